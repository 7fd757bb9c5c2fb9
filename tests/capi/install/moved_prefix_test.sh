#!/bin/bash
# Installs to a prefix, moves the tree elsewhere, and builds a C program against it in the four ways that users have.
#   moved_prefix_test.sh BUILD_DIR [has_tools]
set -eu
source "$(dirname "$0")/install_lib.sh"
build=$1
has_tools=${2-}

step "install, then move"
quietly cmake --install "$build" --prefix "$scratch/first"
mv "$scratch/first" "$scratch/moved"
root=$scratch/moved
need_files "$root" include/wombat.h 'lib*/libwombat.so' 'lib*/libwombat.so.0' 'lib*/libwombat.a' 'lib*/pkgconfig/wombat.pc' \
  'lib*/cmake/Wombat/WombatConfig.cmake' 'lib*/cmake/Wombat/WombatConfigVersion.cmake'
[ -z "$has_tools" ] || need_files "$root" bin/wombat
[ -z "$(find "$root/include" -type f ! -name wombat.h)" ] || fail "more than wombat.h is installed as a header"
found=$(grep -rlE "$scratch|$build" "$root" --include='*.pc' --include='*.cmake' || true)
[ -z "$found" ] || fail "names the folder of the build or of the first prefix: $found"
readelf -d "$(library_folder "$root")/libwombat.so.0" >"$scratch/dynamic"
grep -q 'SONAME.*\[libwombat.so.0\]' "$scratch/dynamic" || fail "wrong SONAME"
if grep -qE 'RPATH|RUNPATH' "$scratch/dynamic"; then fail "the library has an RPATH"; fi

use_pkg_config "$root"
step "pkg-config, shared"
[ "$(pkg-config --modversion wombat)" = "$(sed -n 's/^Version: //p' "$PKG_CONFIG_PATH/wombat.pc")" ] || fail "version"
read -ra flags < <(pkg-config --cflags --libs wombat)
compile "$scratch/pkg_shared" "${flags[@]}"
run_shared "$scratch/pkg_shared" "$root"

step "pkg-config, static"
read -ra flags < <(pkg-config --static --cflags --libs wombat)
compile "$scratch/pkg_static" -static "${flags[@]}"
run_static "$scratch/pkg_static"

for kind in shared static; do
  step "CMake, $kind"
  quietly cmake -S "$here/project" -B "$scratch/cmake_$kind" -DKIND=$kind -DCMAKE_PREFIX_PATH="$root" -DCMAKE_BUILD_TYPE=Release
  quietly cmake --build "$scratch/cmake_$kind"
done
run_shared "$scratch/cmake_shared/consumer" "$root"
run_static "$scratch/cmake_static/consumer"

step "CMake refuses another minor version"
if cmake -S "$here/project" -B "$scratch/refused" -DWANTED=0.99 -DCMAKE_PREFIX_PATH="$root" >"$scratch/log" 2>&1; then
  fail "find_package(Wombat 0.99) should fail"
fi
grep -q 'considered but not accepted' "$scratch/log" || { cat "$scratch/log"; fail "another failure than expected"; }
echo "ok"
