#!/usr/bin/env python3
"""Transactions from scripts, prepared ones, conditional writes, reads of the past, and what dumps and dump-file show of them."""
import datetime
import json
import os
import time

import wombat_runner

HISTORY = ("-o", "history.retention_s=3600")


class Scripts(wombat_runner.CommandTest):
    def txn(self, script, *arguments, **settings):
        return self.run_wombat("txn", self.db, *arguments, stdin=script.encode(), **settings)

    def rows(self, *arguments):
        return self.out("scan", self.db, "-e", *arguments).decode().splitlines()

    def test_a_script_is_one_transaction(self):
        out, err = self.txn("# a comment\n\nput a 1\nput 'b c' \"d # e\"   # another\nget a\nget 'b c' a\nget nobody\n"
                            "exists a\nexists nobody\nscan -n 1\nscan -r -k\ncount\n")
        self.assertEqual(out, b"1\nb c\td # e\na\t1\npresent\nabsent\na\t1\nb c\na\n2\n")
        self.assertEqual(err, b"wombat: standard input:7: not found: 'nobody'\ntxn: 1 transaction committed at timestamp 2\n")
        self.assertEqual(self.rows(), ["a\t1", "b c\td # e"])

    def test_all_kinds_of_writes(self):
        self.txn("put a 1\nput b 2\nput ba 2\nput c 3\nput short 4 --ttl 1\n")
        self.txn("delete a nobody\ndelete-range --prefix b\nput bb 5\nmerge append:, c 4\nmerge int64_add n -2\n")
        self.assertEqual(self.rows(), ["bb\t5", "c\t3,4", "n\t\\xfe" + "\\xff" * 7])
        self.txn("delete-range --all\nput -- --x -1\n")
        self.assertEqual(self.rows(), ["--x\t-1"])

    def test_keys_and_values_in_hexadecimal_and_with_escapes(self):
        self.txn("put 00ff 0a\nassert 00ff = 0A\n", "--hex")
        self.txn("put a\\tb '\\x01'\nassert \\0\\xff = \\n\n", "-e")
        self.assertEqual(self.txn("scan\n", "--hex")[0], b"00ff\t0a\n610962\t01\n")

    def test_json(self):
        out, _ = self.txn("put a 1\nget a nobody\nexists a\ncount\nscan -k\ncommit\nbegin\nput b 1\nrollback\n"
                          "put c 1\nprepare p\n", "--json")
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(lines, [
            {"op": "get", "line": 2, "key": "a", "value": "1"}, {"op": "get", "line": 2, "key": "nobody", "value": None},
            {"op": "exists", "line": 3, "key": "a", "exists": True}, {"op": "count", "line": 4, "count": 1},
            {"op": "scan", "line": 5, "key": "a"}, {"op": "commit", "line": 6, "timestamp": 2, "retries": 0},
            {"op": "rollback", "line": 9}, {"op": "prepare", "line": 11, "name": "p", "retries": 0}])

    def test_assertions_guard_what_is_written(self):
        guarded = "assert ada = 100\nassert-absent bob\nassert-present ada\nput ada 90\nput bob 110\n"
        self.run_wombat("put", self.db, "ada", "100")
        self.txn(guarded)
        self.assertEqual(self.rows(), ["ada\t90", "bob\t110"])
        for script, found in ((guarded, "1: assert: 'ada' is '90', not '100'"),
                              ("get ada\nput x 1\nassert y = 1", "3: assert: 'y' is absent, not '1'"),
                              ("get ada\nput x 1\nassert-absent ada", "3: assert-absent: 'ada' is '90'"),
                              ("get ada\nput x 1\nassert-present y", "3: assert-present: 'y' is absent")):
            out, err = self.txn(script, code=1)
            self.assertEqual(out, b"")
            self.assertIn(f"standard input:{found}; nothing of this transaction was applied".encode(), err)
            self.assertEqual(self.rows(), ["ada\t90", "bob\t110"])

    def test_several_transactions_and_what_a_failure_leaves(self):
        err = self.txn("begin\nput a 1\ncommit\nbegin snapshot\nput b 1\nrollback\nbegin read_committed pessimistic\nput c 1\n"
                       "get-for-update c\ncommit\nbegin read-only\nscan\ncommit\n")[1]
        self.assertEqual(err, b"txn: 3 transactions committed at timestamp 3, 1 rolled back\n")
        self.assertEqual(self.rows(), ["a\t1", "c\t1"])
        err = self.txn("put d 1\ncommit\nput e 1\nuse nowhere\nput f 1\n", code=3)[1]
        self.assertIn(b"standard input:4: use: keyspace 'nowhere'", err)
        self.assertIn(b"nothing of this transaction was applied, the one before it stays", err)
        self.assertEqual(self.rows(), ["a\t1", "c\t1", "d\t1"])

    def test_savepoints(self):
        self.txn("put a 1\nsavepoint\nput b 1\nsavepoint\nput c 1\nrelease-savepoint\nrollback-to-savepoint\nput d 1\n")
        self.assertEqual(self.rows(), ["a\t1", "d\t1"])
        self.assertIn(b"standard input:2: rollback-to-savepoint: there is no savepoint",
                      self.txn("put e 1\nrollback-to-savepoint\n", code=2)[1])
        self.assertEqual(self.rows(), ["a\t1", "d\t1"])

    def test_keyspaces(self):
        self.run_wombat("keyspaces", "create", self.db, "visits")
        self.txn("put a 1\nuse visits\nput v 1\nuse default\nput b 1\ncommit\nput c 1\n")
        self.assertEqual(self.rows(), ["a\t1", "b\t1", "c\t1"])
        self.assertEqual(self.rows("--keyspace", "visits"), ["v\t1"])
        self.txn("put w 1\nuse default\nput d 1\n", "--keyspace", "visits")
        self.assertEqual(self.rows("--keyspace", "visits"), ["v\t1", "w\t1"])
        self.assertEqual(self.rows()[-1], "d\t1")

    def test_dry_run(self):
        self.complaint(3, "txn", self.db, "--dry-run", stdin=b"put a 1\n")
        self.assertFalse(os.path.exists(self.db))
        self.run_wombat("put", self.db, "a", "1")
        out, err = self.txn("put a 2\nget a\n", "--dry-run")
        self.assertEqual(out, b"2\n")
        self.assertIn(b"dry run", err)
        self.assertEqual(self.rows(), ["a\t1"])

    def test_scripts_that_only_read_take_no_lock(self):
        self.run_wombat("put", self.db, "a", "1")
        writer = self.start("load", self.db, "--batch-size", "1")
        try:
            writer.stdin.write(b"loaded\tyes\n")
            writer.stdin.flush()
            deadline = time.monotonic() + 60
            while self.code_of("exists", self.db, "loaded") != 0:
                self.assertLess(time.monotonic(), deadline, "the loader did not begin")
            self.assertEqual(self.txn("assert a = 1\nget a\n")[0], b"1\n")
            self.complaint(8, "txn", self.db, stdin=b"put a 2\n")
        finally:
            writer.communicate(b"")

    def test_malformed_scripts_do_nothing(self):
        cases = [("putt a 1", "there is no operation 'putt'; did you mean 'put'?"), ("frobnicate", "use one of get, "),
                 ("put a", "expected put KEY VALUE [--ttl MILLISECONDS], found 1 arguments"), ("put 'a 1", "expected another '"),
                 ("put a 1 --ttl", "expected a value behind --ttl"), ("put a 1 --ttl soon", "expected a whole number behind --ttl"),
                 ("put a 1 --sync", "found --sync"), ("assert a 1 2", "found '1' for ="), ("scan a", "found 1 arguments"),
                 ("delete-range", "no range was given"), ("merge int64_add n x", "'x' is not a number"), ("use", "expected use KEYSPACE"),
                 ("begin", "the transaction of line 1 is not over"), ("scan -r -r", "given twice"),
                 ("commit\ncommit", "no transaction to end"), ("commit\nbegin soon", "found 'soon'"),
                 ("commit\nbegin read-only\nput b 1", "put in a read-only transaction"),
                 ("commit\nbegin read-only\nprepare x", "cannot be prepared"), ("commit\nbegin\nput b 1", "this transaction has no end")]
        for script, expected in cases:
            with self.subTest(script):
                file = self.write("script.txn", ("put z 1\n" + script + "\n").encode())
                message = self.complaint(6, "txn", self.db, file)
                line = 3 if "no end" in expected else 2 + script.count("\n")
                self.assertIn(f"{file}:{line}: ", message)
                self.assertIn(expected, message)
                self.assertFalse(os.path.exists(self.db))
        self.assertIn("hexadecimal", self.complaint(6, "txn", self.db, "--hex", stdin=b"get xy\n"))
        self.complaint(2, "txn", self.db, self.path("missing.txn"))
        self.complaint(2, "txn", self.db, "--isolation", "chaos", stdin=b"")
        self.complaint(2, "txn", self.db, "--retries", "some", stdin=b"")

    def test_an_empty_script(self):
        self.run_wombat("put", self.db, "a", "1")
        self.assertEqual(self.txn("# nothing\n"), (b"", b"txn: the script is empty\n"))


class Prepared(wombat_runner.CommandTest):
    def prepare(self, script, name):
        self.run_wombat("txn", self.db, stdin=f"{script}\nprepare {name}\n".encode())

    def test_list_commit_and_rollback(self):
        self.prepare("put a 1", "first")
        self.prepare("put b 1", "second")
        self.assertEqual(self.out("prepared", "list", self.db), b"first\nsecond\n")
        self.assertEqual(self.out("prepared", "list", self.db, "--json"), b'{"prepared":"first"}\n{"prepared":"second"}\n')
        self.assertEqual(self.out("properties", self.db, "prepared.count"), b"2\n")
        self.assertEqual(self.out("scan", self.db), b"")
        self.run_wombat("prepared", "rollback", self.db, "second")
        self.assertGreater(json.loads(self.out("prepared", "commit", self.db, "first", "--json"))["timestamp"], 0)
        self.assertEqual(self.out("prepared", "list", self.db), b"")
        self.assertEqual(self.out("scan", self.db), b"a\t1\n")
        self.assertIn("there is no prepared transaction 'first'", self.complaint(3, "prepared", "commit", self.db, "first"))

    def test_wrong_usage(self):
        self.complaint(2, "prepared", "forget", self.db, "x")
        self.complaint(2, "prepared", "commit", self.db)
        self.complaint(2, "prepared", "list", self.db, "x")
        self.complaint(3, "prepared", "list", self.db)

    def test_a_conflict_is_tried_again_and_then_told(self):
        self.prepare("put a 1", "waits")
        began = time.monotonic()
        message = self.complaint(8, "txn", self.db, "--retries", "2", "-o", "retry.first_delay_ms=100", "-o", "retry.jitter=0",
                                 stdin=b"put a 2\n")
        self.assertGreater(time.monotonic() - began, 0.2)
        self.assertIn("'waits'", message)
        self.assertIn("in each of 3 attempts; nothing of this transaction was applied", message)
        self.assertNotIn("attempts", self.complaint(8, "txn", self.db, "-o", "retry.attempts=0", stdin=b"put a 2\n"))
        self.assertNotIn("attempts", self.complaint(8, "txn", self.db, "--retries", "0", stdin=b"put a 2\n"))


class SingleCalls(wombat_runner.CommandTest):
    def test_put_if_absent(self):
        self.run_wombat("put", self.db, "k", "1", "--if-absent")
        self.assertIn(b"'k' is there already", self.run_wombat("put", self.db, "k", "2", "--if-absent", code=1)[1])
        self.assertEqual(self.out("put", self.db, "k", "2", "--if-absent", "--json", code=1), b'{"written":false}\n')
        self.assertEqual(self.out("put", self.db, "l", "2", "--if-absent", "--json"), b'{"written":true}\n')
        self.assertEqual(self.out("scan", self.db), b"k\t1\nl\t2\n")

    def test_cas(self):
        self.run_wombat("put", self.db, "k", "1")
        self.run_wombat("cas", self.db, "k", "1", "2")
        self.run_wombat("cas", self.db, "k", "1", "3", code=1)
        self.run_wombat("cas", self.db, "nobody", "1", "3", code=1)
        self.assertEqual(self.out("cas", self.db, "k", "2", "", "--json"), b'{"written":true}\n')
        self.assertEqual(self.out("scan", self.db), b"k\t\n")
        self.run_wombat("cas", self.db, "k", "", "--delete")
        self.assertEqual(self.out("scan", self.db), b"")
        self.complaint(2, "cas", self.db, "k", "1")
        self.complaint(2, "cas", self.db, "k", "1", "2", "--delete")
        self.complaint(3, "cas", self.path("missing"), "k", "1", "2")

    def test_add(self):
        self.assertEqual(self.out("add", self.db, "n", "5"), b"5\n")
        self.assertEqual(self.out("add", self.db, "n", "-7"), b"-2\n")
        self.assertEqual(json.loads(self.out("add", self.db, "n", "1", "--json")), {"before": -2, "after": -1})
        self.assertEqual(self.out("add", self.db, "n", str(-2**63)), f"{2**63 - 1}\n".encode())
        self.complaint(2, "add", self.db, "n", "one")
        self.run_wombat("put", self.db, "text", "abc")
        self.complaint(2, "add", self.db, "text", "1")

    def test_times_to_live(self):
        self.run_wombat("put", self.db, "a", "1", "--if-absent", "--ttl", "1")
        self.run_wombat("add", self.db, "n", "1", "--ttl", "1")
        time.sleep(0.05)
        self.assertEqual(self.out("scan", self.db), b"")


class Past(wombat_runner.CommandTest):
    def moment(self):
        time.sleep(0.3)
        now = datetime.datetime.now(datetime.timezone.utc)
        time.sleep(1)  # "-1200ms" means a later time until the command has started
        return now

    def setUp(self):
        super().setUp()
        self.run_wombat("put", self.db, "a", "1", *HISTORY)
        self.first = self.out("properties", self.db, "timestamp.last").decode().strip()
        self.then = self.moment()
        self.run_wombat("txn", self.db, *HISTORY, stdin=b"put a 2\nput b 2\n")

    def test_by_time_and_by_commit(self):
        utc = self.then.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        east = self.then.astimezone(datetime.timezone(datetime.timedelta(hours=2))).isoformat()
        self.run_wombat("compact", self.db, *HISTORY)
        for when in (utc, east, self.first):
            with self.subTest(when):
                self.assertEqual(self.out("get", self.db, "a", "--as-of", when), b"1\n")
                self.run_wombat("get", self.db, "b", "--as-of=" + when, code=1)
                self.run_wombat("exists", self.db, "b", "--as-of", when, code=1)
                self.assertEqual(self.out("scan", self.db, "--as-of", when), b"a\t1\n")
                self.assertEqual(self.out("count", self.db, "--as-of", when), b"1\n")
                self.assertEqual(self.out("dump", self.db, "--as-of", when), b"a\t1\n")
        age = datetime.datetime.now(datetime.timezone.utc) - self.then
        self.assertEqual(self.out("get", self.db, "a", "--as-of", f"-{int(age.total_seconds() * 1000)}ms"), b"1\n")
        self.assertEqual(self.out("scan", self.db), b"a\t2\nb\t2\n")

    def test_what_is_not_kept_is_refused(self):
        self.assertIn("no commit of that time is kept; the oldest that is kept is that at commit",
                      self.complaint(2, "get", self.db, "a", "--as-of", "2020-01-01T00:00:00Z"))
        self.assertIn("there is no commit 999999 yet", self.complaint(2, "get", self.db, "a", "--as-of", "999999"))
        self.run_wombat("put", self.db, "a", "3")  # without the option: what was kept is given up
        self.assertIn("is not kept any more", self.complaint(2, "get", self.db, "a", "--as-of", self.first))
        for wrong in ("yesterday", "0", "-10", "-m", "2026-13-01T00:00:00Z", "2026-11-20T12:00:00", "2026-11-20", "-1h30"):
            self.assertIn("expected a commit timestamp", self.complaint(2, "get", self.db, "a", "--as-of=" + wrong), wrong)


class Dumps(wombat_runner.CommandTest):
    def fill(self):
        for name in ("empty", "visits"):
            self.run_wombat("keyspaces", "create", self.db, name)
        self.run_wombat("txn", self.db, stdin=b"put a 1\nput gone 1\nmerge append a 2\ndelete gone\nuse visits\nput v\t1 --ttl 600000\n"
                                              b"merge int64_add n 3\ndelete-range --from x --to y\n")

    def test_a_whole_database_survives(self):
        self.fill()
        out, err = self.run_wombat("dump", self.db, "--all-keyspaces", "--keyspace", "visits", code=2)
        self.assertIn(b"both given", err)
        out, err = self.run_wombat("dump", self.db)
        self.assertEqual(out, b"a\t12\n")
        self.assertIn(b"there are 2 more, see --keyspace and --all-keyspaces", err)
        out = self.out("dump", self.db, "--all-keyspaces", "-q")
        copy = self.path("copy")
        self.run_wombat("load", copy, "--format", "jsonl", stdin=out)
        self.assertEqual(self.out("keyspaces", "list", copy), b"default\nempty\nvisits\n")
        self.assertEqual(self.out("dump", copy, "--all-keyspaces", "-q"), out)
        self.assertEqual(self.out("scan", copy, "--keyspace", "visits"), self.out("scan", self.db, "--keyspace", "visits"))
        self.assertIn(b'"expires_at_us":', out)

    def test_formats_without_keyspaces_and_wrong_records(self):
        self.fill()
        for arguments in (("--format", "tsv"), ("--format", "binary"), (self.path("x.tsv"),), (self.path("x.bin"),)):
            self.complaint(2, "dump", self.db, "--all-keyspaces", *arguments)
        self.run_wombat("dump", self.db, self.path("x.jsonl"), "--all-keyspaces")
        self.complaint(2, "load", self.path("copy"), self.path("x.jsonl"), "--keyspace", "default")
        for line in (b'{"keyspace":1}', b'{"keyspace":"","key":"a","value":"b"}', b'{"keyspace":"x","key":"a"}'):
            self.assertIn("line 1", self.complaint(6, "load", self.path("other"), "-f", "jsonl", stdin=line + b"\n"))

    def shown(self, *arguments):
        files = sorted(name for name in os.listdir(self.db) if name.endswith((".log", ".table", ".manifest")))
        return b"".join(self.out("dump-file", os.path.join(self.db, name), "--entries", *arguments) for name in files)

    def test_dump_file_shows_what_entries_mean(self):
        self.fill()
        self.run_wombat("txn", self.db, *HISTORY, stdin=b"put p 1\nuse visits\nmerge append q 2\nprepare both\n")
        expected = [b'merge "n" in keyspace 2 "visits", operator "int64_add"', b", expires at 20",
                    b'delete range "x" to "y" in keyspace 2 "visits"', b'prepared transaction "both": claims 2 keys, 0 ranges; writes',
                    b'    put "p", value of 1 bytes', b'    merge "q" in keyspace 2 "visits", operator "append"',
                    b'created as "visits"']
        text = self.shown()
        for part in expected:
            self.assertIn(part, text)
        self.assertRegex(text, rb"time 20\d\d-\d\d-\d\dT[\d:.]+Z: commit \d+ was the newest")
        lines = [json.loads(line) for line in self.shown("--json").splitlines()]
        made = [keyspace["created"] for line in lines for keyspace in line.get("keyspaces", []) if "created" in keyspace]
        self.assertLessEqual({"empty", "visits", "\x01system"}, set(made))
        prepared = [line["prepared"] for line in lines if "prepared" in line]
        self.assertEqual([(row["keyspace_name"], row["kind"], row["key"]) for row in prepared[0]["operations"]],
                         [("default", "put", "p"), ("visits", "merge", "q")])
        self.run_wombat("flush", self.db)
        text = self.shown()
        for part in (b'of keyspace 2 "visits"', b"of system keyspace", b'merge "n" at ', b'prepared transaction "both" at '):
            self.assertIn(part, text)
        tables = [line for line in map(json.loads, self.shown("--json").splitlines()) if line["type"] == "table"]
        ranges = {table.get("keyspace_name"): table.get("range_deletes") for table in tables}
        self.assertIn("visits", ranges)


if __name__ == "__main__":
    wombat_runner.main()
