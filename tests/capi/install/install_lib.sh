# shellcheck shell=bash
# Shared by the installation tests: scratch folder, messages, checks. Sourced with `set -eu` in force.
scratch=$(mktemp -d "${TMPDIR:-/tmp}/wombat-install.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cc=${CC:-cc}

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

step() { echo "--- $*"; }

# quietly COMMAND...: shows the output only when the command fails.
quietly() {
  "$@" >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; fail "$*"; }
}

need_files() {
  local root=$1 name
  shift
  for name in "$@"; do
    compgen -G "$root/$name" >/dev/null || fail "$name is missing below $root"
  done
}

# use_pkg_config ROOT: pkg-config sees the wombat.pc below ROOT, and those of the system.
use_pkg_config() {
  local file
  file=$(find "$1" -name wombat.pc)
  [ -n "$file" ] || fail "no wombat.pc below $1"
  export PKG_CONFIG_PATH=${file%/*}
}

library_folder() { dirname "$(find "$1" -name 'libwombat.so.0')"; }

# compile OUTPUT FLAGS...: consumer.c as strict C99.
compile() {
  local output=$1
  shift
  quietly "$cc" -std=c99 -Wall -Wextra -Werror -pedantic -o "$output" "$here/consumer.c" "$@"
}

run_shared() {
  local program=$1 root=$2 folder
  folder=$(library_folder "$root")
  LD_LIBRARY_PATH=$folder ldd "$program" | grep -q "libwombat.so.0 => $folder/libwombat.so.0" ||
    fail "$program does not use $folder/libwombat.so.0"
  LD_LIBRARY_PATH=$folder "$program" "$scratch/database" || fail "$program"
}

run_static() {
  if ldd "$1" 2>/dev/null | grep -q libwombat; then fail "$1 should not need libwombat.so"; fi
  env -u LD_LIBRARY_PATH "$1" "$scratch/database" || fail "$1"
}
