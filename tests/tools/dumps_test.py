#!/usr/bin/env python3
"""What dumps keep beyond keys and values: when entries expire, and options of keyspaces. Through the wombat command."""
import json
import struct
import time

import wombat_runner

THEN = 32503680000000001  # the year 3000, and not a whole millisecond

# As every version has written them: these bytes must load for ever.
WITHOUT_TIMES = {
    "tsv": b"ada\t1815\ntab\\there\tline\\nend\n",
    "jsonl": b'{"key":"ada","value":"1815"}\n{"key":"tab\\there","value":"line\\nend"}\n',
    "binary": b"\x03\0\0\0\x04\0\0\0ada1815\x08\0\0\0\x08\0\0\0tab\thereline\nend",
}
WITH_TIMES = {
    "tsv": b"ada\t1815\texpires_at_us=32503680000000001\nbob\t1\n",
    "jsonl": b'{"key":"ada","value":"1815","expires_at_us":32503680000000001}\n{"key":"bob","value":"1"}\n',
    "binary": b"\x03\0\0\x80\x04\0\0\0" + struct.pack("<Q", THEN) + b"ada1815\x03\0\0\0\x01\0\0\0bob1",
}
ALL_KEYSPACES = (b'{"keyspace":"default","key":"ada","value":"1815"}\n'
                 b'{"keyspace":"calls","options":{"memtable.size":"8388608","ttl.default_ms":"3600000"}}\n'
                 b'{"keyspace":"calls","key":"1","value":"ada","expires_at_us":32503680000000001}\n'
                 b'{"keyspace":"calls","key":"2","value":"ever","expires_at_us":0}\n'
                 b'{"keyspace":"plain"}\n')


class Times(wombat_runner.CommandTest):
    def test_dumps_of_any_age_load_and_come_out_as_they_were(self):
        for age, dumps in (("old", WITHOUT_TIMES), ("new", WITH_TIMES)):
            for kind, dump in dumps.items():
                with self.subTest(age + " " + kind):
                    db = self.path(age + kind)
                    self.run_wombat("load", db, "--format", kind, stdin=dump)
                    self.assertEqual(self.out("dump", db, "--format", kind), dump)
                    self.run_wombat("compact", db)
                    self.assertEqual(self.out("dump", db, "--format", kind), dump)
                    self.assertEqual(self.out("get", db, "ada"), b"1815\n")

    def test_every_format_keeps_the_times(self):
        lines = [f"key{n:04}\tv{n}" + (f"\texpires_at_us={THEN + n}\n" if n % 3 else "\n") for n in range(1000)]
        self.run_wombat("load", self.db, stdin="".join(lines).encode())
        self.run_wombat("put", self.db, "--ttl", "3600000", "for an hour", "v")
        self.run_wombat("put", self.db, "--ttl", "3600000", "merged", "v")
        self.run_wombat("merge", self.db, "append", "merged", "+")
        rows = {row["key"]: row for row in map(json.loads, self.out("dump", self.db, "-f", "jsonl").splitlines())}
        self.assertEqual(len(rows), 1002)
        self.assertNotIn("expires_at_us", rows["key0003"])
        self.assertEqual(rows["key0998"]["expires_at_us"], THEN + 998)
        soon = rows["for an hour"]["expires_at_us"] / 1e6 - time.time()
        self.assertTrue(3000 < soon <= 3600, soon)
        self.assertEqual(rows["merged"]["value"], "v+")
        self.assertIn("expires_at_us", rows["merged"])
        for kind in ("tsv", "jsonl", "binary"):
            for batch in ("1", "7", "100000"):
                with self.subTest(kind + " in batches of " + batch):
                    copy = self.path(kind + batch)
                    dump = self.out("dump", self.db, "--format", kind)
                    self.run_wombat("load", copy, "--format", kind, "--batch-size", batch, stdin=dump)
                    self.assertEqual(self.out("dump", copy, "--format", kind), dump)

    def test_the_later_of_two_records_wins_with_its_time(self):
        self.run_wombat("load", self.db, stdin=f"a\t1\texpires_at_us={THEN}\na\t2\nb\t1\nb\t2\texpires_at_us={THEN}\n".encode())
        self.assertEqual(self.out("dump", self.db), f"a\t2\nb\t2\texpires_at_us={THEN}\n".encode())

    def test_what_has_expired_is_left_out_and_counted(self):
        dump = b"a\t1\texpires_at_us=1\nb\t2\nc\t3\texpires_at_us=1700000000000000\nd\t4\texpires_at_us=0\n"
        self.run_wombat("put", self.db, "a", "was here")
        report = json.loads(self.out("load", self.db, "--json", "-q", stdin=dump))
        self.assertEqual((report["records"], report["expired"], report["bytes"]), (2, 2, 4))
        self.assertEqual(self.out("dump", self.db), b"a\twas here\nb\t2\nd\t4\n")
        self.assertIn(b"2 more had expired", self.run_wombat("load", self.db, stdin=dump)[1])
        self.assertNotIn(b"expired", self.run_wombat("load", self.db, stdin=b"e\t1\n")[1])

    def test_loaded_entries_expire(self):
        soon = int((time.time() + 1) * 1e6)
        self.run_wombat("load", self.db, stdin=f"soon\tv\texpires_at_us={soon}\nlater\tv\n".encode())
        while self.out("count", self.db) != b"1\n":
            self.assertLess(time.time() * 1e6, soon + 60e6)
        self.assertEqual(self.out("dump", self.db), b"later\tv\n")

    def test_the_default_time_to_live_is_for_records_that_say_nothing(self):
        dump = b"says nothing\tv\nsays never\tv\texpires_at_us=0\n"
        self.run_wombat("load", self.db, "-o", "ttl.default_ms=3600000", stdin=dump)
        rows = [json.loads(line) for line in self.out("dump", self.db, "-f", "jsonl").splitlines()]
        self.assertEqual([(row["key"], "expires_at_us" in row) for row in rows],
                         [("says never", False), ("says nothing", True)])
        # A load with such a default needs to be told of those that stay.
        dump = self.out("dump", self.db, "-o", "ttl.default_ms=3600000")
        self.assertTrue(dump.startswith(b"says never\tv\texpires_at_us=0\n"), dump)

    def test_malformed(self):
        number, kinds = 0, {
            "tsv": [b"a\tb\texpires_at_us=\n", b"a\tb\texpires_at_us=-1\n", b"a\tb\texpires_at_us=1 \n", b"a\tb\t7\n",
                    b"a\tb\texpires_at_us=18446744073709551616\n", b"a\tb\texpires_at_us=1\t\n", b"a\tb\texpires_at_us=1\r\n"],
            "jsonl": [b'{"key":"a","value":"b","expires_at_us":"1"}\n', b'{"key":"a","value":"b","expires_at_us":-1}\n',
                      b'{"key":"a","value":"b","expires_at_us":1.5}\n', b'{"key":"a","value":"b","expires_at_us":null}\n',
                      b'{"key":"a","value":"b","expires_at_us":18446744073709551616}\n', b'{"expires_at_us":1}\n',
                      b'{"options":{}}\n', b'{"key":"a","value":"b","options":{}}\n',
                      b'{"keyspace":"k","key":"a","value":"b","options":{}}\n', b'{"keyspace":"k","options":[]}\n',
                      b'{"keyspace":"k","options":{"memtable.size":1}}\n', b'{"keyspace":"k","expires_at_us":1}\n'],
            "binary": [b"\1\0\0\x80\1\0\0\0", b"\1\0\0\x80\1\0\0\0" + b"\0" * 7, b"\1\0\0\x80\1\0\0\0" + b"\0" * 9,
                       b"\0\0\1\x80\1\0\0\0" + b"\0" * 100, b"\0\0\0\xc0\0\0\0\0" + b"\0" * 100],
        }
        for kind, records in kinds.items():
            for record in records:
                with self.subTest(record):
                    number += 1
                    db = self.path(str(number))
                    good = {"tsv": b"k\tv\n", "jsonl": b'{"key":"k","value":"v"}\n', "binary": b"\1\0\0\0\1\0\0\0kv"}[kind]
                    message = self.complaint(6, "load", db, "--format", kind, stdin=good + record)
                    self.assertIn("record 2" if kind == "binary" else "line 2", message)
                    self.assertEqual(self.out("dump", db), b"k\tv\n")


class Keyspaces(wombat_runner.CommandTest):
    def dump(self, db=None):
        return self.out("dump", db or self.db, "--all-keyspaces")

    def load(self, dump, db=None):
        return self.run_wombat("load", db or self.db, "--format", "jsonl", stdin=dump)

    def test_options_come_back(self):
        self.load(ALL_KEYSPACES)
        self.assertEqual(self.dump(), ALL_KEYSPACES)
        self.load(self.dump(), self.path("copy"))
        self.assertEqual(self.dump(self.path("copy")), ALL_KEYSPACES)
        # They hold: what is put now gets the time to live of its keyspace.
        self.run_wombat("put", self.db, "--keyspace", "calls", "3", "new")
        self.run_wombat("put", self.db, "--keyspace", "plain", "3", "new")
        rows = [json.loads(line) for line in self.dump().splitlines()]
        self.assertGreater(next(row for row in rows if row.get("key") == "3" and row["keyspace"] == "calls")["expires_at_us"], 0)
        self.assertNotIn("expires_at_us", next(row for row in rows if row.get("key") == "3" and row["keyspace"] == "plain"))

    def test_those_of_the_command_line_are_in_the_dump(self):
        self.run_wombat("put", self.db, "k", "v")
        self.run_wombat("keyspaces", "create", self.db, "a", "-o", "memtable.size=8MiB")
        self.assertIn(b'{"keyspace":"a","options":{"memtable.size":"8388608"}}\n', self.dump())
        self.assertIn(b"options of its own", self.run_wombat("dump", self.db, "--keyspace", "a")[1])
        self.assertNotIn(b"options of its own", self.run_wombat("dump", self.db)[1])

    def test_a_keyspace_that_is_there_keeps_its_own(self):
        self.run_wombat("put", self.db, "k", "v")
        self.run_wombat("keyspaces", "create", self.db, "calls", "-o", "ttl.default_ms=7200000")
        message = self.load(ALL_KEYSPACES)[1]
        self.assertIn(b"'calls' was there; it keeps its own options", message)
        self.assertIn(b'{"keyspace":"calls","options":{"ttl.default_ms":"7200000"}}\n', self.dump())
        self.assertNotIn(b"was there", self.load(self.dump())[1])

    def test_dumps_without_options_load(self):
        old = (b'{"keyspace":"default","key":"k","value":"v"}\n{"keyspace":"empty"}\n{"keyspace":"full"}\n'
               b'{"keyspace":"full","key":"k","value":"v"}\n')
        self.load(old)
        self.assertEqual(self.dump(), old)
        self.load(b'{"keyspace":"not announced","key":"k","value":"v"}\n')
        self.assertIn(b'{"keyspace":"not announced","key":"k","value":"v"}\n', self.dump())

    def test_options_that_cannot_be_set_are_named(self):
        for name, text in (("memtable.sise", "memtable.size"), ("wal.sync", "belongs to the whole database")):
            line = json.dumps({"keyspace": "k", "options": {name: "always"}}).encode() + b"\n"
            process = self.start("load", self.db, "--format", "jsonl")
            message = process.communicate(line, timeout=60)[1].decode()
            self.assertNotEqual(process.returncode, 0)
            self.assertIn("keyspace 'k'", message)
            self.assertIn(text, message)


if __name__ == "__main__":
    wombat_runner.main()
