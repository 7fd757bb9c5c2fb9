#!/bin/sh
# One database, written and read by all languages that were built.
#   exchange_test.sh FOLDER NAME=COMMAND...
# Each COMMAND `write DATABASE NAME` writes 100 rows: the key is (NAME, i * 7919 - 400000, i seconds after 1970, i / 8 - 5,
# whether i is odd, a UUID, the bytes 00 and i), the value "NAME:i". Languages that know keyspaces also make the keyspace NAME, and
# leave four rows in it: "expires" = "later", put with an hour to live; "stays" = "here", put before a range delete of "gone" up to
# "gonf" that hides "gone"; "sum" = 42, merged by int64_add from 40 and 2; "text" = "a-b", merged by append:- in a transaction. Then each `check DATABASE NAME...` reads what all have written.
# In between each `leave DATABASE NAME` ends with everything open and a thread at work, which must be no more than that.
set -eu
folder=$1
shift
rm -rf "$folder"
mkdir -p "$folder"
names=
for pair; do
  name=${pair%%=*}
  echo "$name writes"
  sh -c "${pair#*=} write '$folder/db' $name"
  names="$names $name"
done
for pair; do
  echo "${pair%%=*} leaves"
  sh -c "${pair#*=} leave '$folder/db' ${pair%%=*}"
done
for pair; do
  echo "${pair%%=*} reads$names"
  sh -c "${pair#*=} check '$folder/db' $names"
done
