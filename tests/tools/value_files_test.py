#!/usr/bin/env python3
"""Commands about value files: reclaim, dump-file of whole and damaged ones, what stats tell."""
import glob
import json
import os
import re

import wombat_runner

THRESHOLD = ("-o", "value_log.threshold=50")
HEADER_SIZE = 64
HEAD_SIZE = 32


def rows(count, turn):
    return "".join(f"key{n:03}\t{chr(97 + (n + turn) % 26) * (100 + n)}\n" for n in range(count)).encode()


class ValueFiles(wombat_runner.CommandTest):
    def load(self, db, count=5, turn=0, *options):
        self.run_wombat("load", db, "-q", *THRESHOLD, *options, stdin=rows(count, turn))

    def value_files(self, db):
        return sorted(glob.glob(os.path.join(db, "*.values")))

    def json_lines(self, *arguments, code=0):
        return [json.loads(line) for line in self.run_wombat(*arguments, "--json", code=code)[0].splitlines()]


class OtherDirectories(ValueFiles):
    def test_files_apart_are_shown_checked_and_destroyed(self):
        values = self.db + "-values"
        cold = self.db + "-cold"
        apart = ("-o", f"value_log.directory={values}", "-o", f"cold.directory={cold}", "-o", "cold.level=1")
        self.load(self.db, 40, 0, *apart)
        self.run_wombat("compact", self.db, *apart)
        self.assertEqual(self.value_files(self.db), [])
        self.assertNotEqual(self.value_files(values), [])
        tables = glob.glob(os.path.join(cold, "*.table"))
        self.assertNotEqual(tables, [])
        self.assertEqual(self.out("scan", self.db), rows(40, 0))  # found without the options
        self.run_wombat("verify", self.db)
        self.assertEqual(len([line for line in self.json_lines("dump-file", self.value_files(values)[0])
                              if line["type"] == "value"]), 40)
        self.assertIn(b"entries 40", self.out("dump-file", tables[0]))
        self.assertIn(os.path.abspath(self.db).encode(), self.out("dump-file", os.path.join(cold, "OWNER")))
        self.assertEqual(self.json_lines("dump-file", os.path.join(cold, "OWNER"))[-1]["home"],
                         os.path.abspath(self.db))
        stats = json.loads(self.out("stats", self.db, "-o", f"cold.directory={cold}", "--json"))
        self.assertIn("cold", json.dumps(stats))
        self.assertIn("is none itself", self.complaint(3, "destroy", cold, "--yes"))
        os.rename(values, values + "-away")
        self.assertIn(values, self.complaint(4, "get", self.db, "key001"))
        os.rename(values + "-away", values)
        self.run_wombat("destroy", self.db, "--yes")
        for folder in (self.db, values, cold):
            self.assertFalse(os.path.exists(folder), folder)


class Reclaim(ValueFiles):
    def test_gives_space_back(self):
        for turn in range(2):
            self.load(self.db, 400, turn)
        message = self.run_wombat("compact", self.db)[1]
        message = self.run_wombat("reclaim", self.db)[1].decode()
        self.assertRegex(message, r"reclaim: \d.* in value files before, \d.* after")
        report = json.loads(self.out("reclaim", self.db, "--json", "--dead-percent", "10"))
        self.assertEqual(report["bytes_before"], report["bytes_after"])
        self.assertEqual(self.out("scan", self.db), rows(400, 1))
        self.run_wombat("verify", self.db)

    def test_reports_how_much(self):
        never = ("-o", "value_log.reclaim_ratio=0")
        for turn in range(2):
            self.load(self.db, 400, turn, *never)
        self.run_wombat("compact", self.db, *never)
        report = json.loads(self.out("reclaim", self.db, *never, "--json"))
        # The older file goes when nothing points into it, without that.
        self.assertLessEqual(report["bytes_after"], report["bytes_before"])
        live = sum(len(line) for line in rows(400, 1).splitlines())
        self.assertLess(report["bytes_after"], live + 400 * (HEAD_SIZE + 10) + HEADER_SIZE + 1000)
        self.assertEqual(self.run_wombat("reclaim", self.db, "-q")[1], b"")

    def test_what_is_wrong_is_said(self):
        self.complaint(3, "reclaim", self.db)
        self.assertIn("from 0 to 100", self.complaint(2, "reclaim", self.db, "--dead-percent", "101"))
        self.load(self.db)
        self.run_wombat("reclaim", self.db, "--read-only", code=2)


class DumpFile(ValueFiles):
    def setUp(self):
        super().setUp()
        self.run_wombat("put", self.db, "first", "v")
        self.run_wombat("keyspaces", "create", self.db, "other")
        self.load(self.db)
        self.file = max(self.value_files(self.db), key=os.path.getsize)
        with open(self.file, "rb") as file:
            self.bytes = file.read()

    def damaged(self, contents):
        return self.write("000009.values", contents)

    def values_of(self, lines):
        return [line for line in lines if line["type"] == "value"]

    def test_every_record_is_shown(self):
        values = self.values_of(self.json_lines("dump-file", self.file, "--values"))
        self.assertEqual([(v["key"], v["value_bytes"], v["is_whole"]) for v in values],
                         [(f"key{n:03}", 100 + n, True) for n in range(5)])
        self.assertEqual(values[2]["value"], "c" * 102)
        self.assertEqual(values[0]["offset"], HEADER_SIZE)
        self.assertEqual(values[1]["offset"], values[0]["offset"] + values[0]["bytes"])
        text = self.out("dump-file", self.file).decode()
        self.assertIn("kind value log", text)
        self.assertIn('value of "key003"', text)
        self.assertIn(f"records 5, damaged places 0, end at offset {len(self.bytes)}", text)
        self.assertNotIn("dddd", text)
        self.assertIn("dddd", self.out("dump-file", self.file, "-v").decode())

    def test_keyspaces_and_codecs(self):
        self.run_wombat("load", self.db, "-q", "--keyspace", "other", *THRESHOLD, "-o", "value_log.codec=zlib", stdin=rows(3, 1))
        self.run_wombat("put", self.db, *THRESHOLD, "long", "z" * 100_000)
        found = []
        for file in self.value_files(self.db):
            found += self.values_of(self.json_lines("dump-file", file))
        self.assertIn(100_000, [v["value_bytes"] for v in found])
        self.assertTrue(all(v["is_whole"] for v in found))

    def test_damage_anywhere_is_found_and_the_rest_shown(self):
        whole = self.values_of(self.json_lines("dump-file", self.file, "--values"))
        for at in range(HEADER_SIZE, len(self.bytes), 5):
            with self.subTest(at):
                changed = bytearray(self.bytes)
                changed[at] ^= 0x55
                lines = self.json_lines("dump-file", self.damaged(changed), "--values", code=4)
                hit = next(v for v in reversed(whole) if v["offset"] <= at)
                self.assertEqual([v for v in self.values_of(lines) if v["is_whole"]], [v for v in whole if v is not hit])
                damages = [line for line in lines if line["type"] == "damage"]
                self.assertEqual(len(damages), 1)
                self.assertEqual(damages[0]["offset"], hit["offset"])
                self.assertRegex(damages[0]["problem"], r"^000009\.values at \d+: expected .+, found .+")
                passed = [line for line in lines if line["type"] == "passed_over"]
                in_front = at < hit["offset"] + hit["bytes"] - hit["value_bytes"]
                self.assertEqual(passed, [{"type": "passed_over", "offset": hit["offset"], "bytes": hit["bytes"]}] if in_front else [])
                self.assertEqual(lines[-1]["damaged"], 1)

    def test_cut_short_anywhere(self):
        whole = self.values_of(self.json_lines("dump-file", self.file))
        ends = [HEADER_SIZE] + [v["offset"] + v["bytes"] for v in whole]
        for size in range(HEADER_SIZE, len(self.bytes), 9):
            with self.subTest(size):
                is_torn = size not in ends
                lines = self.json_lines("dump-file", self.damaged(self.bytes[:size]), code=4 if is_torn else 0)
                self.assertEqual(self.values_of(lines), [v for v in whole if v["offset"] + v["bytes"] <= size])
                self.assertEqual(lines[-1]["end_offset"], size)
        self.complaint(4, "dump-file", self.damaged(self.bytes[:HEADER_SIZE - 1]))

    def test_foreign_bytes_between_records(self):
        """Records are bound to their places: moved ones are no records."""
        second = re.search(rb"key001", self.bytes).start() - HEAD_SIZE
        moved = self.bytes[:second] + b"\0" * 3 + self.bytes[second:]
        lines = self.json_lines("dump-file", self.damaged(moved), code=4)
        self.assertEqual([v["key"] for v in self.values_of(lines)], ["key000"])
        text = self.run_wombat("dump-file", self.damaged(moved), code=4)[0].decode()
        self.assertIn(f"damaged: 000009.values at {second}: expected ", text)
        self.assertIn(f"passed over: {len(moved) - second} bytes from offset {second} on", text)


class Stats(ValueFiles):
    def test_tell_about_values_and_compactions(self):
        self.load(self.db, 50)
        self.run_wombat("fill", self.db, "-q", "-n", "50000", "-o", "memtable.size=1MiB")
        text = self.out("stats", self.db).decode()
        for name in ("value_log.bytes", "value_log.files", "value_log.live_bytes", "compaction.is_paused"):
            self.assertRegex(text, rf"(?m)^  {re.escape(name)} +\d+$")
        self.assertRegex(text, r"(?m)^  compaction\.levels\n    level 0, runs \d+, tables \d+, \d")
        self.assertRegex(text, r"(?m)^  compaction\.jobs\n    running: ")
        self.assertNotIn("{", text.split("compaction.jobs")[1].split("compression")[0])
        properties = json.loads(self.out("stats", self.db, "--json"))["properties"]
        self.assertGreater(properties["value_log.bytes"], 5000)
        self.assertEqual(properties["compaction.is_paused"], 0)
        self.assertEqual(json.loads(properties["compaction.levels"])[0]["level"], 0)
        self.assertIn("ended", json.loads(properties["compaction.jobs"]))


if __name__ == "__main__":
    wombat_runner.main()
