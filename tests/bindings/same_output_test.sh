#!/bin/sh
# The same small program in several languages prints the same.
#   same_output_test.sh FOLDER COMMAND...     each runs in an empty folder
set -eu
folder=$1
shift
rm -rf "$folder"
number=0
for command; do
  number=$((number + 1))
  mkdir -p "$folder/$number"
  (cd "$folder/$number" && sh -c "$command") >"$folder/$number.txt"
  if ! cmp -s "$folder/1.txt" "$folder/$number.txt"; then
    echo "$command prints something else than $1:"
    diff "$folder/1.txt" "$folder/$number.txt" || exit 1
  fi
done
cat "$folder/1.txt"
[ -s "$folder/1.txt" ]
