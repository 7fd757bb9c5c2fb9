#!/bin/sh
# A command line prints a text.
#   expect_output_test.sh FOLDER TEXT COMMANDS     the commands run in an empty folder
set -eu
rm -rf "$1"
mkdir -p "$1"
output=$(cd "$1" && sh -ec "$3")
echo "$output"
case "$output" in *"$2"*) ;; *) echo "\"$2\" is not in it"; exit 1 ;; esac
