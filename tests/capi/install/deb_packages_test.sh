#!/bin/bash
# Builds the Debian packages, looks at their contents and dependencies, unpacks them and uses them.
#   deb_packages_test.sh SOURCE_DIR VERSION
set -eu
source "$(dirname "$0")/install_lib.sh"
source_dir=$1
version=$2
for tool in dpkg-deb dpkg-shlibdeps; do
  command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed (package dpkg-dev)"; exit 77; }
done

step "build"
quietly cmake --preset package -S "$source_dir" -B "$scratch/package"
quietly cmake --build "$scratch/package"
(cd "$scratch/package" && quietly cpack -G DEB -B "$scratch/debs")

root=$scratch/root
mkdir "$root"
unpack() { # NAME: checks that the package is there, unpacks it
  local deb
  deb=$(compgen -G "$scratch/debs/${1}_${version}_*.deb") || fail "no package $1 $version"
  dpkg-deb -c "$deb" | sed -E 's/.* \.\//\//' >"$scratch/$1.files"
  dpkg-deb -f "$deb" Depends >"$scratch/$1.depends"
  dpkg-deb -x "$deb" "$root"
  echo "$1: $(grep -vc '/$' "$scratch/$1.files") files; depends on $(cat "$scratch/$1.depends")"
}
has_file() { grep -qE "$2" "$scratch/$1.files" || { cat "$scratch/$1.files"; fail "$1 lacks $2"; }; }
has_no_file() { if grep -E "$2" "$scratch/$1.files"; then fail "$1 should not have $2"; fi; }
depends_on() { grep -qF "$2" "$scratch/$1.depends" || fail "$1 does not depend on $2"; }

step "libwombat0"
unpack libwombat0
has_file libwombat0 "/usr/lib/.*/libwombat\.so\.0 -> libwombat\.so\.$version"
has_file libwombat0 "/usr/lib/.*/libwombat\.so\.$version\$"
has_file libwombat0 '/usr/share/doc/libwombat0/copyright'
has_no_file libwombat0 '\.h$|\.a$|\.pc$|\.cmake$|libwombat\.so( |$)|/bin/'
depends_on libwombat0 libc6
depends_on libwombat0 'libstdc++6'
for library in zlib1g liblz4-1 libzstd1 libsnappy1v5; do depends_on libwombat0 "$library"; done
dpkg-deb -e "$scratch/debs"/libwombat0_*.deb "$scratch/control"
grep -q '^libwombat 0 libwombat0' "$scratch/control/shlibs" || fail "libwombat0 has no shlibs entry"

step "libwombat-dev"
unpack libwombat-dev
for file in include/wombat.h 'lib/.*/libwombat\.so -> libwombat\.so\.0' 'lib/.*/libwombat\.a' 'lib/.*/pkgconfig/wombat\.pc' \
  'lib/.*/cmake/Wombat/WombatConfig\.cmake' 'share/doc/libwombat-dev/copyright'; do
  has_file libwombat-dev "/usr/$file"
done
has_no_file libwombat-dev '/libwombat\.so\.|/bin/'
depends_on libwombat-dev "libwombat0 (= $version)"

step "wombat-tools"
unpack wombat-tools
has_file wombat-tools '/usr/bin/wombat$'
has_no_file wombat-tools '\.so|\.h$'
depends_on wombat-tools libc6
[ ! -e "$source_dir/tools/wombat.1" ] || has_file wombat-tools '/usr/share/man/man1/wombat\.1'
[ ! -e "$source_dir/tools/wombat.bash-completion" ] || has_file wombat-tools '/usr/share/bash-completion/completions/wombat'

step "the unpacked packages work together"
use_pkg_config "$root"
read -ra flags < <(pkg-config --cflags --libs wombat)
compile "$scratch/from_deb" "${flags[@]}"
run_shared "$scratch/from_deb" "$root"
LD_LIBRARY_PATH=$(library_folder "$root") "$root/usr/bin/wombat" --version | grep -qF "$version" || fail "wombat --version"
echo "ok"
