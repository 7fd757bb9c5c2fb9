#!/usr/bin/env python3
"""Exit codes, messages, reports, locks, interrupts and progress of the wombat command."""
import json
import os
import signal
import subprocess
import time

import wombat_runner


class Usage(wombat_runner.CommandTest):
    def test_help_and_version(self):
        text = self.out("--help").decode()
        commands = ["get", "put", "delete", "exists", "scan", "count", "load", "dump", "stats", "properties", "options", "verify",
                    "compact", "reclaim", "flush", "clean-logs", "destroy", "dump-file", "fill", "bench"]
        for command in commands:
            self.assertIn(f"  {command} ", text)
            self.assertIn("Examples:", self.out(command, "--help").decode())
        self.assertIn("Exit codes:", text)
        self.assertRegex(self.out("--version"), rb"^wombat \d+\.\d+\.\d+\n$")

    def test_wrong_usage_says_what_is_right(self):
        self.assertIn("no command", self.complaint(2))
        self.assertIn("did you mean 'scan'", self.complaint(2, "scna", self.db))
        self.assertIn("wombat get --help", self.complaint(2, "get", self.db))
        self.assertIn("--no-such", self.complaint(2, "get", self.db, "k", "--no-such"))
        self.assertIn("expected a whole number", self.complaint(2, "scan", self.db, "--limit", "many"))
        self.assertIn("from 1 to 1,024", self.complaint(2, "fill", self.db, "--threads", "0"))
        self.assertIn("tsv|jsonl|binary|deb822", self.complaint(2, "load", self.db, "--format", "xml"))
        self.assertIn("NAME=VALUE", self.complaint(2, "put", self.db, "a", "b", "-o", "cache.size"))
        self.assertIn("no value", self.complaint(2, "put", self.db, "a"))
        self.assertIn("--yes", self.complaint(2, "destroy", self.db))
        self.assertFalse(os.path.exists(self.db))

    def test_options_that_do_not_exist_or_do_not_fit(self):
        self.assertIn("cache.size", self.complaint(2, "put", self.db, "a", "b", "-o", "cache.siez=1MiB"))
        self.complaint(2, "put", self.db, "a", "b", "-o", "cache.size=lots")
        self.complaint(2, "put", self.db, "a", "b", "--preset", "fastest")
        self.complaint(2, "put", self.db, "a", "b", "--options-file", self.path("missing"))
        file = self.write("bad.options", b"cache.size=1MiB\nno.such.option=1\n")
        self.assertIn("2", self.complaint(2, "put", self.db, "a", "b", "--options-file", file))
        self.assertFalse(os.path.exists(self.db))

    def test_options_are_taken_from_all_places(self):
        file = self.write("good.options", b"# comment\ncache.size=1MiB\n")
        arguments = ("--preset", "durable", "--options-file", file, "-o", "io.readahead_size=64KiB", "-o", "cache.size=2MiB")
        row = json.loads(self.out("options", "cache.size", "--json", *arguments))
        self.assertEqual((row[0]["name"], row[0]["value"]), ("cache.size", "2MiB"))
        self.run_wombat("put", self.db, "a", "b", *arguments)


class Opening(wombat_runner.CommandTest):
    def test_databases_that_cannot_be_opened(self):
        for command in (("get", "k"), ("scan",), ("delete", "k"), ("verify",), ("compact",), ("reclaim",), ("stats",),
                        ("destroy", "--yes")):
            with self.subTest(command):
                self.complaint(3, command[0], self.db, *command[1:])
                self.assertFalse(os.path.exists(self.db))

    def test_a_file_in_place_of_a_directory(self):
        file = self.write("file", b"hello")
        self.complaint(3, "get", file, "k")
        self.complaint(3, "put", file, "k", "v")

    def test_a_directory_that_is_no_database(self):
        os.mkdir(self.db)
        self.write("db/notes.txt", b"hello")
        self.complaint(3, "get", self.db, "k")
        self.complaint(3, "destroy", self.db, "--yes")
        self.assertTrue(os.path.exists(self.path("db/notes.txt")))

    def test_a_locked_database_can_still_be_read(self):
        self.run_wombat("put", self.db, "k", "v")
        writer = self.start("load", self.db, "--batch-size", "1")
        try:
            writer.stdin.write(b"loaded\tyes\n")
            writer.stdin.flush()
            deadline = time.monotonic() + 60
            while self.code_of("exists", self.db, "loaded") != 0:  # takes no lock, so it cannot get in the loader's way
                self.assertLess(time.monotonic(), deadline, "the loader did not begin")
            self.complaint(8, "put", self.db, "k", "w")
            self.complaint(8, "destroy", self.db, "--yes")
            self.assertEqual(self.out("get", self.db, "k"), b"v\n")
        finally:
            writer.communicate(b"")
        self.assertEqual(writer.returncode, 0)
        self.run_wombat("put", self.db, "k", "w")

    def test_read_only(self):
        self.run_wombat("put", self.db, "k", "v")
        self.complaint(2, "put", self.db, "k", "w", "--read-only")
        self.complaint(2, "load", self.db, "--read-only", stdin=b"k\tw\n")
        self.assertEqual(self.out("get", self.db, "k"), b"v\n")
        self.assertIn("--read-only", self.complaint(2, "destroy", self.db, "--yes", "--read-only"))

    def test_destroy(self):
        self.run_wombat("put", self.db, "k", "v")
        self.run_wombat("destroy", self.db, "--yes")
        self.assertFalse(os.path.exists(self.db))

    def test_damage_is_found_and_named(self):
        self.run_wombat("fill", self.db, "-n", "2000", "-q")
        self.run_wombat("compact", self.db, "-q")
        self.assertIn(b"ok", self.out("verify", self.db))
        table = max(name for name in os.listdir(self.db) if name.endswith(".table"))
        with open(os.path.join(self.db, table), "r+b") as file:
            file.seek(20000)
            byte = file.read(1)
            file.seek(20000)
            file.write(bytes([byte[0] ^ 1]))
        self.assertIn(table, self.complaint(4, "verify", self.db))

    def test_output_that_cannot_be_written(self):
        self.run_wombat("put", self.db, "k", "v" * 100)
        with open("/dev/full", "wb") as full:
            for command in (("get", self.db, "k"), ("scan", self.db), ("dump", self.db), ("options",)):
                process = self.start(*command, stdout=full)
                _, err = process.communicate()
                self.assertEqual((process.returncode, err[:8]), (5, b"wombat: "), command)


class Reports(wombat_runner.CommandTest):
    def test_stats_and_properties(self):
        self.run_wombat("put", self.db, "k", "v")
        json.loads(self.out("stats", self.db, "--json"))
        self.assertTrue(self.out("stats", self.db))
        rows = [json.loads(line) for line in self.out("properties", self.db, "--json").splitlines()]
        self.assertTrue(all(set(row) == {"name", "value", "help"} for row in rows))
        self.assertIn("disk.bytes", [row["name"] for row in rows])
        self.assertGreater(int(self.out("properties", self.db, "disk.bytes")), 0)
        self.complaint(2, "properties", self.db, "disk.byts")

    def test_options(self):
        names = self.out("options", "--names").decode().split()
        self.assertIn("open.read_only", names)
        self.assertEqual(names, sorted(names))
        rows = json.loads(self.out("options", "--json"))
        self.assertEqual([row["name"] for row in rows], names)
        table = self.out("options", "--markdown").decode().splitlines()
        self.assertEqual(len(table), len(names) + 2)
        self.assertTrue(all(line.count(" | ") >= 5 for line in table[2:]))
        self.assertIn("default", self.out("options", "cache.size").decode())
        self.assertIn("cache.size", self.complaint(2, "options", "cache.sizes"))

    def test_maintenance(self):
        self.run_wombat("fill", self.db, "-n", "3000", "-q", "--order", "random")
        self.run_wombat("flush", self.db)
        self.assertIn("bytes_after", json.loads(self.out("compact", self.db, "--json", "--from", "0", "--to", "9")))
        self.assertIn("removed", json.loads(self.out("clean-logs", self.db, "--json")))
        self.assertEqual(json.loads(self.out("verify", self.db, "--json")), {"ok": True})
        self.assertEqual(self.out("count", self.db), b"3000\n")

    def test_every_file_of_a_database_can_be_shown(self):
        self.run_wombat("put", self.db, "first", "1")
        self.run_wombat("flush", self.db)
        self.run_wombat("put", self.db, "second", "2")
        shown = b""
        for name in sorted(os.listdir(self.db)):
            if name != "LOCK":
                shown += self.out("dump-file", os.path.join(self.db, name), "--entries", "--values")
        for text in (b"kind table", b"kind log", b"kind manifest", b"names manifest", b'put "first"', b'put "second"'):
            self.assertIn(text, shown)
        objects = []
        for name in sorted(os.listdir(self.db)):
            if name != "LOCK":
                lines = self.out("dump-file", os.path.join(self.db, name), "--entries", "--values", "--json").splitlines()
                objects += [json.loads(line) for line in lines]
        types = {line["type"] for line in objects}
        self.assertEqual(types, {"header", "current", "link", "batch", "operation", "edit", "end", "table", "entry"})
        rows = [(line["kind"], line["key"], line["value"]) for line in objects if line["type"] in ("entry", "operation")]
        self.assertIn(("put", "first", "1"), rows)
        self.assertIn(("put", "second", "2"), rows)
        added = [table for line in objects for table in line.get("added", [])]
        self.assertIn(("first", "first", 1), [(table["smallest_key"], table["largest_key"], table["entries"]) for table in added])
        self.complaint(3, "dump-file", self.write("foreign", b"x" * 100))
        self.run_wombat("dump-file", self.path("db/999999.table"), code=4)

    def test_bench(self):
        rows = [json.loads(line) for line in self.out("bench", "-n", "2000", "--json").splitlines()]
        self.assertEqual([row["name"] for row in rows], ["fillrandom", "readrandom", "readseq", "fillsync"])
        self.assertEqual([name for name in os.listdir(self.scratch.name) if name.startswith("wombat-")], [])


class Fill(wombat_runner.CommandTest):
    def test_orders_and_threads_write_the_same_records(self):
        expected = None
        for i, extra in enumerate(((), ("--order", "random"), ("--threads", "3"), ("--batch-size", "64", "--threads", "2"))):
            db = self.path(f"db{i}")
            acknowledged = self.out("fill", db, "-n", "1000", "--start", "500", "--ack", "-q", *extra).split()
            self.assertEqual(sorted(map(int, acknowledged)), list(range(500, 1500)))
            dump = self.out("dump", db, "-q")
            expected = expected or dump
            self.assertEqual(dump, expected)

    def test_check_finds_what_is_missing_and_what_is_wrong(self):
        self.run_wombat("fill", self.db, "-n", "20", "-q")
        numbers = "".join(f"{n}\n" for n in range(20)).encode()
        self.assertEqual(self.out("fill", self.db, "--check", stdin=numbers), b"20 right, 0 missing, 0 wrong\n")
        self.run_wombat("delete", self.db, f"{7:016}")
        self.run_wombat("fill", self.db, "--check", stdin=numbers, code=1)
        self.run_wombat("put", self.db, f"{8:016}", "other")
        report = json.loads(self.out("fill", self.db, "--check", "--json", stdin=numbers, code=4))
        self.assertEqual(report, {"right": 18, "missing": 1, "wrong": 1})


class Interrupts(wombat_runner.CommandTest):
    def test_a_cancelled_load_keeps_what_it_acknowledged(self):
        process = self.start("load", self.db, "--batch-size", "1")
        for i in range(100):
            process.stdin.write(f"k{i:03}\tv\n".encode())
        process.stdin.write(b"half a rec")
        process.stdin.flush()
        deadline = time.monotonic() + 30
        while self.code_of("exists", self.db, "k099") != 0:
            self.assertLess(time.monotonic(), deadline)
        process.send_signal(signal.SIGINT)
        err = process.stderr.read().decode()
        self.assertEqual(process.wait(timeout=30), 7, err)
        process.stdin.close()
        process.stdout.close()
        process.stderr.close()
        self.assertIn("100 records were loaded and stay", err)
        self.assertEqual(self.out("count", self.db), b"100\n")

    def test_a_cancelled_fill_keeps_what_it_acknowledged(self):
        process = self.start("fill", self.db, "-n", "100M", "--ack", "--sync", "never", stdout=subprocess.PIPE)
        first = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 7, err)
        self.run_wombat("fill", self.db, "--check", stdin=first + out)


class ProgressDisplay(wombat_runner.CommandTest):
    def slow_load(self, *arguments):
        process = self.start("load", self.db, "--batch-size", "10", *arguments)
        for _ in range(14):
            process.stdin.write(b"".join(b"key%d\tvalue\n" % i for i in range(100)))
            process.stdin.flush()
            time.sleep(0.5)
        out, err = process.communicate()
        self.assertEqual((process.returncode, out), (0, b""))
        return err.decode()

    def test_a_pipe_gets_plain_lines_now_and_then(self):
        text = self.slow_load()
        self.assertRegex(text, r"(?m)^load: .* [kM]?B, .*/s$")
        self.assertRegex(text, r"(?m)^load: 1,400 records, ")
        self.assertNotIn("\r", text)
        self.assertNotIn("\x1b", text)

    def test_quiet_is_silent(self):
        self.assertEqual(self.slow_load("--quiet"), "")


if __name__ == "__main__":
    wombat_runner.main()
