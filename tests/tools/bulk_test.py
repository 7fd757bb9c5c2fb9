#!/usr/bin/env python3
"""Bulk loading and databases in memory, through the wombat command."""
import json
import os
import random
import signal
import struct
import time

import wombat_runner

SEED = int(os.environ.get("WOMBAT_TEST_SEED", "20240711"))


def packed(records):
    return b"".join(struct.pack("<II", len(k), len(v)) + k + v for k, v in records)


def key_of(number):
    return b"key%07d" % number


class BulkLoads(wombat_runner.CommandTest):
    def rows(self, *arguments):
        data, rows, at = self.out("dump", self.db, "--format", "binary", *arguments), {}, 0
        while at < len(data):
            key_size, value_size = struct.unpack_from("<II", data, at)
            at += 8
            rows[data[at:at + key_size]] = data[at + key_size:at + key_size + value_size]
            at += key_size + value_size
        return rows

    def left_behind(self):
        return [name for name in os.listdir(self.scratch.name) if name.startswith("wombat-load")]

    def load(self, records, *arguments, **settings):
        return self.run_wombat("load", self.db, "--format", "binary", "-o", "table.size=64KiB", *arguments,
                               stdin=packed(records), **settings)

    def test_sorted_input_becomes_tables(self):
        records = [(key_of(i), b"v%d" % i * (i % 50)) for i in range(20000)]
        out, err = self.load(records, "--sorted", "--json")
        self.assertEqual(json.loads(out)["records"], 20000)
        self.assertEqual(self.rows(), dict(records))
        self.run_wombat("verify", self.db)
        self.assertEqual(self.left_behind(), [])

    def test_sorted_input_that_is_not(self):
        self.run_wombat("put", self.db, "old", "1")
        for wrong in (b"a", b"b"):
            text = self.complaint(6, "load", self.db, "--sorted", stdin=b"a\t1\nb\t2\n" + wrong + b"\t3\n")
            self.assertIn("line 3", text)
            self.assertIn("'%s' does not come after 'b'" % wrong.decode(), text)
            self.assertIn("--sort instead", text)
        self.assertEqual(self.rows(), {b"old": b"1"})
        self.assertEqual(self.left_behind(), [])

    def test_any_order_the_last_one_counts(self):
        chance = random.Random(SEED)
        records = [(key_of(chance.randrange(30000)), chance.randbytes(chance.randrange(200))) for _ in range(60000)]
        records += [(b"", b"empty"), (b"k", b""), (b"key", b"\0"), (b"key\0", b"x")]
        expected = dict(records)
        # Runs in memory and in files, one thread and several.
        for arguments in (["--memory", "1MiB", "--threads", "3"], ["--memory", "1GiB"], ["--threads", "1", "--memory", "4MiB"]):
            out, _ = self.load(records, "--sort", "--json", *arguments)
            self.assertEqual(json.loads(out)["records"], len(expected))
            self.assertEqual(self.rows(), expected)
            self.run_wombat("verify", self.db)
            self.run_wombat("destroy", self.db, "--yes")
        self.assertEqual(self.left_behind(), [])

    def test_over_what_is_there(self):
        self.load([(key_of(i), b"old") for i in range(0, 3000, 2)])
        self.load([(key_of(i), b"new") for i in range(1000, 2000)], "--sorted")
        expected = {key_of(i): b"old" for i in range(0, 3000, 2)}
        expected.update({key_of(i): b"new" for i in range(1000, 2000)})
        self.assertEqual(self.rows(), expected)
        self.run_wombat("compact", self.db)
        self.assertEqual(self.rows(), expected)

    def test_keyspaces_and_times(self):
        lines = [
            {"keyspace": "b", "options": {"ttl.default_ms": "1000000"}},
            {"keyspace": "b", "key": "2", "value": "x"},
            {"key": "1", "value": "y", "expires_at_us": 4000000000000000},
            {"keyspace": "b", "key": "1", "value": "z", "expires_at_us": 0},
            {"key": "0", "value": "gone", "expires_at_us": 1},
        ]
        text = "".join(json.dumps(line) + "\n" for line in lines).encode()
        for option, db in (("--sort", "one"), ("plain", "other")):
            self.run_wombat("load", self.path(db), "--format", "jsonl", *([option] if option != "plain" else []), stdin=text)
        dumps = [self.out("dump", self.path(db), "--all-keyspaces", "--format", "jsonl") for db in ("one", "other")]
        strip = lambda dump: [{k: v for k, v in json.loads(line).items() if k != "expires_at_us" or v in (0, 4000000000000000)}
                              for line in dump.splitlines()]
        self.assertEqual(strip(dumps[0]), strip(dumps[1]))
        self.assertIn(4000000000000000, [line.get("expires_at_us") for line in strip(dumps[0])])

    def test_malformed_input_loads_nothing(self):
        text = self.complaint(6, "load", self.db, "--sort", stdin=b"a\t1\nno tab\n")
        self.assertIn("nothing was loaded", text)
        self.assertEqual(self.rows(), {})
        self.complaint(2, "load", self.db, "--sort", "--sorted", stdin=b"")
        self.complaint(5, "load", self.db, "--sort", "--temp-dir", self.path("missing"), stdin=b"a\t1\n")
        self.run_wombat("load", self.db, "--sort", stdin=b"")
        self.run_wombat("load", self.db, "--sorted", stdin=b"")

    def test_interrupt_cleans_up(self):
        process = self.start("load", self.db, "--sort", "--memory", "1MiB", "--format", "binary")
        process.stdin.write(packed([(key_of(i * 7919 % 100000), b"x" * 100) for i in range(100000)]))
        process.stdin.flush()
        time.sleep(0.3)
        self.assertEqual(len(self.left_behind()), 1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 7, err)
        self.assertIn(b"nothing was loaded", err)
        self.assertEqual(self.left_behind(), [])
        self.assertEqual(self.rows(), {})


class InMemory(wombat_runner.CommandTest):
    def test_commands_that_make_sense(self):
        self.run_wombat("fill", ":memory:", "--entries", "1000")
        self.run_wombat("put", ":memory:", "a", "b")
        self.run_wombat("load", ":memory:", "--sort", stdin=b"b\t1\na\t2\n")
        self.assertFalse(os.path.exists(":memory:"))

    def test_those_that_do_not(self):
        self.assertIn("new database", self.complaint(2, "get", ":memory:", "a"))
        self.assertIn("has no name", self.complaint(2, "put", ":memory:x", "a", "b"))
        self.assertIn("nothing to destroy", self.complaint(2, "destroy", ":memory:", "--yes"))


if __name__ == "__main__":
    wombat_runner.main()
