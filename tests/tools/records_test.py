#!/usr/bin/env python3
"""Single records, scans and the formats of load and dump, through the wombat command."""
import base64
import json
import os
import random
import struct

import wombat_runner

SEED = int(os.environ.get("WOMBAT_TEST_SEED", "20240614"))

AWKWARD = [
    (b"", b"empty key"),
    (b"empty value", b""),
    (b"tab\tin key", b"line\nends\r\nand \\ backslash"),
    (bytes(range(256)), bytes(reversed(range(256)))),
    ("käse".encode(), "größe \u2028 \U0001f9a1".encode()),
    (b"\xff\xfe", b"\xc3\x28 not utf-8"),
    (b"nul\0inside", b"\0"),
    (b"long", b"x" * 300000),
]


def packed(records):
    return b"".join(struct.pack("<II", len(k), len(v)) + k + v for k, v in records)


def unpacked(data):
    records, position = [], 0
    while position < len(data):
        key_size, value_size = struct.unpack_from("<II", data, position)
        position += 8
        records.append((data[position:position + key_size], data[position + key_size:position + key_size + value_size]))
        position += key_size + value_size
    return records


class SingleRecords(wombat_runner.CommandTest):
    def test_put_get_exists_delete(self):
        self.assertEqual(self.out("put", self.db, "ada", "1815"), b"")
        self.assertEqual(self.out("get", self.db, "ada"), b"1815\n")
        self.assertEqual(self.out("get", "--raw", self.db, "ada"), b"1815")
        self.assertEqual(self.out("exists", self.db, "ada"), b"present\n")
        self.run_wombat("put", self.db, "ada", "1816")
        self.assertEqual(self.out("get", self.db, "ada"), b"1816\n")
        self.run_wombat("delete", self.db, "ada", "nobody")
        self.run_wombat("get", self.db, "ada", code=1)
        self.assertEqual(self.out("exists", self.db, "ada", code=1), b"absent\n")
        self.assertEqual(self.out("exists", "--json", self.db, "ada", code=1), b'{"exists":false}\n')

    def test_values_from_files_and_pipes_keep_every_byte(self):
        data = bytes(range(256)) * 40
        self.run_wombat("put", self.db, "piped", "-", stdin=data)
        self.run_wombat("put", self.db, "file", "--file", self.write("value", data))
        self.run_wombat("put", self.db, "nothing", "-", stdin=b"")
        self.assertEqual(self.out("get", "-r", self.db, "piped"), data)
        self.assertEqual(self.out("get", "-r", self.db, "file"), data)
        self.assertEqual(self.out("get", "-r", self.db, "nothing"), b"")

    def test_hexadecimal_and_escapes(self):
        self.run_wombat("put", "-e", self.db, r"a\x00b\tc", r"\xff\n\\")
        self.assertEqual(self.out("get", "--hex", self.db, "6100620963"), b"ff0a5c\n")
        self.assertEqual(self.out("get", "-e", self.db, r"a\0b\tc"), b"\\xff\\n\\\\\n")
        self.run_wombat("put", "--hex", self.db, "00FF", "")
        self.assertEqual(self.out("get", "-r", "--hex", self.db, "00ff"), b"")
        self.assertIn("hexadecimal", self.complaint(2, "get", "--hex", self.db, "xy"))
        self.assertIn("even number", self.complaint(2, "get", "--hex", self.db, "abc"))
        self.assertIn(r"expected \t", self.complaint(2, "get", "-e", self.db, r"\q"))

    def test_arguments_that_look_like_something_else(self):
        for key in ("[a,b]", "{}", "a b", "%s", "a=b", "$x", "'", '"', "-", "put", "scan", "--", "[]", "\x01[x]"):
            self.run_wombat("put", self.db, "--", key, "[" + key + "]")
            self.assertEqual(self.out("get", self.db, "--", key), f"[{key}]\n".encode())
            self.assertEqual(json.loads(self.out("scan", self.db, "--json", "--from=" + key, "-n1"))["value"], f"[{key}]")
        self.run_wombat("delete", self.db, "[a,b]", "{}")
        self.run_wombat("get", self.db, "[a,b]", code=1)
        self.run_wombat("put", self.db, "--", "--from", "-x")
        self.assertEqual(self.out("get", self.db, "--", "--from"), b"-x\n")
        self.run_wombat("put", self.db, "", "")
        self.assertEqual(self.out("get", self.db, ""), b"\n")

    def test_several_keys_at_once(self):
        self.run_wombat("put", self.db, "a", "1")
        self.run_wombat("put", self.db, "b", "x\ty")
        out, err = self.run_wombat("get", self.db, "a", "b", "c", code=1)
        self.assertEqual(out, b"a\t1\nb\tx\\ty\n")
        self.assertIn(b"not found: 'c'", err)
        rows = [json.loads(line) for line in self.out("get", "--json", self.db, "a", "b").splitlines()]
        self.assertEqual(rows, [{"key": "a", "value": "1"}, {"key": "b", "value": "x\ty"}])


class Scans(wombat_runner.CommandTest):
    def setUp(self):
        super().setUp()
        self.keys = [f"{letter}{number}" for letter in "abc" for number in range(5)]
        self.run_wombat("load", self.db, stdin="".join(f"{k}\tv-{k}\n" for k in self.keys).encode())

    def keys_of(self, *arguments):
        return self.out("scan", self.db, "--keys-only", *arguments).decode().split()

    def test_ranges(self):
        self.assertEqual(self.keys_of(), self.keys)
        self.assertEqual(self.keys_of("--prefix", "b"), self.keys[5:10])
        self.assertEqual(self.keys_of("--from", "a3", "--to", "b1"), self.keys[3:6])
        self.assertEqual(self.keys_of("--from", "b", "--prefix", "b", "--to", "b2"), self.keys[5:7])
        self.assertEqual(self.keys_of("--prefix", "z"), [])
        self.assertEqual(self.keys_of("--to", ""), [])
        self.assertEqual(self.keys_of("--from", ""), self.keys)

    def test_reverse_and_limit(self):
        self.assertEqual(self.keys_of("--reverse"), self.keys[::-1])
        self.assertEqual(self.keys_of("--reverse", "--limit", "2"), ["c4", "c3"])
        self.assertEqual(self.keys_of("-r", "--prefix", "b", "-n", "2"), ["b4", "b3"])
        self.assertEqual(self.keys_of("--limit", "3"), self.keys[:3])

    def test_count(self):
        self.assertEqual(self.out("count", self.db), b"15\n")
        self.assertEqual(self.out("count", self.db, "--prefix", "c", "--json"), b'{"count":5}\n')

    def test_output_forms(self):
        self.assertEqual(self.out("scan", self.db, "-n", "1"), b"a0\tv-a0\n")
        self.assertEqual(self.out("scan", self.db, "-n", "1", "--hex"), b"6130\t762d6130\n")
        self.assertEqual(json.loads(self.out("scan", self.db, "-n", "1", "--json")), {"key": "a0", "value": "v-a0"})
        self.assertEqual(self.out("scan", self.db, "--from", "6334", "--hex", "-k"), b"6334\n")

    def test_bounds_in_the_wrong_order_are_refused(self):
        self.complaint(2, "scan", self.db, "--from", "b", "--to", "a")


class Formats(wombat_runner.CommandTest):
    def load_awkward(self):
        self.run_wombat("load", self.db, "--format", "binary", stdin=packed(AWKWARD))

    def test_every_format_brings_every_byte_back(self):
        self.load_awkward()
        expected = sorted(AWKWARD)
        self.assertEqual(unpacked(self.out("dump", self.db, "--format", "binary")), expected)
        for kind in ("tsv", "jsonl", "binary"):
            with self.subTest(kind):
                copy = self.path("copy-" + kind)
                text = self.out("dump", self.db, "--format", kind)
                self.run_wombat("load", copy, "--format", kind, stdin=text)
                self.assertEqual(unpacked(self.out("dump", copy, "--format", "binary")), expected)
                file = self.path("records." + kind)
                self.run_wombat("dump", self.db, file, "--format", kind)
                self.run_wombat("load", copy + "2", file, "--format", kind)
                self.assertEqual(unpacked(self.out("dump", copy + "2", "-f", "binary")), expected)

    def test_scan_and_dump_in_tsv_agree(self):
        self.load_awkward()
        self.assertEqual(self.out("scan", self.db), self.out("dump", self.db))

    def test_random_records_survive_every_format(self):
        dice = random.Random(SEED)
        records = {bytes(dice.choices(b"ab\t\n\\\r\x00\xff\xc3\xa4\"x", k=dice.randrange(12))):
                   bytes(dice.choices(range(256), k=dice.randrange(60))) for _ in range(400)}
        with self.subTest(seed=SEED):
            self.run_wombat("load", self.db, "-f", "binary", "--batch-size", "7", stdin=packed(records.items()))
            for kind in ("tsv", "jsonl"):
                copy = self.path(kind)
                self.run_wombat("load", copy, "-f", kind, stdin=self.out("dump", self.db, "-f", kind))
                self.assertEqual(unpacked(self.out("dump", copy, "-f", "binary")), sorted(records.items()))

    def test_json_lines_are_json(self):
        self.load_awkward()
        rows = [json.loads(line) for line in self.out("dump", self.db, "--format", "jsonl").splitlines()]

        def member(row, name):
            return row[name].encode() if name in row else base64.b64decode(row[name + "_base64"])

        self.assertEqual([(member(r, "key"), member(r, "value")) for r in rows], sorted(AWKWARD))

    def test_the_ending_of_the_file_says_the_format(self):
        self.run_wombat("put", self.db, "k", "v")
        self.run_wombat("dump", self.db, self.path("x.jsonl"))
        with open(self.path("x.jsonl"), encoding="utf-8") as file:
            self.assertEqual(json.load(file), {"key": "k", "value": "v"})
        self.run_wombat("load", self.path("other"), self.path("x.jsonl"))
        self.assertEqual(self.out("get", self.path("other"), "k"), b"v\n")

    def test_package_index_stanzas(self):
        text = (b"# a comment\n\nPackage: zlib\nVersion: 1.3\nDescription: first line\n second line\n .\n third\n\n\n"
                b"package: ada\nVersion: 2\n\nPackage: last\nVersion: 3")
        self.run_wombat("load", self.db, "--format", "deb822", stdin=text)
        self.assertEqual(self.out("scan", self.db, "-k"), b"ada\nlast\nzlib\n")
        self.assertEqual(self.out("get", "-r", self.db, "zlib"),
                         b"Package: zlib\nVersion: 1.3\nDescription: first line\n second line\n .\n third\n")
        other = self.path("other")
        self.run_wombat("load", other, "-f", "deb822", "--key-field", "Package,Version", "--key-prefix", "deb:", stdin=text)
        self.assertEqual(self.out("scan", other, "-k"), b"deb:ada/2\ndeb:last/3\ndeb:zlib/1.3\n")

    def test_later_records_win_and_counts_are_told(self):
        report = json.loads(self.out("load", self.db, "--json", "-q", stdin=b"k\t1\nk\t2\nj\t3\n"))
        self.assertEqual((report["records"], report["bytes"]), (3, 6))
        self.assertEqual(self.out("scan", self.db), b"j\t3\nk\t2\n")


class MalformedInput(wombat_runner.CommandTest):
    """Exit code 6, the line number and what was expected; what came before stays."""

    def check(self, kind, text, place, expected, kept):
        message = self.complaint(6, "load", self.db, "--format", kind, stdin=text)
        self.assertIn(place, message)
        self.assertIn(expected, message)
        self.assertEqual(self.out("count", self.db), f"{kept}\n".encode())

    def test_tsv(self):
        cases = [(b"no tab here\n", "expected key, TAB, value"), (b"\n", "found no TAB"), (b"a\tb\tc\n", "second one"),
                 (b"a\tb\\q\n", "value: expected \\t"), (b"a\\x0\tb\n", "key: expected"), (b"a\tb\r\n", "CR LF"),
                 (b"k" * 65536 + b"\tv\n", "at most 65,535 bytes")]
        for i, (line, expected) in enumerate(cases):
            with self.subTest(line[:20]):
                self.db = self.path(f"tsv{i}")
                self.check("tsv", b"one\t1\ntwo\t2\n" + line + b"four\t4\n", "line 3", expected, 2)

    def test_json_lines(self):
        cases = [(b"{]", "expected a JSON object"), (b"[1]", "found array"), (b"7", "found number"), (b'{"key":"a"}', "neither"),
                 (b'{"key":1,"value":""}', "expected a string"), (b'{"key":"a","value":"b","more":1}', '"more"'),
                 (b'{"key":"a","key_base64":"","value":""}', "both"), (b'{"key_base64":"a","value":""}', "base64"),
                 (b'{"key_base64":"a=bc","value":""}', "base64"), (b'{"key":"\xff","value":""}', "expected a JSON object")]
        for i, (line, expected) in enumerate(cases):
            with self.subTest(line):
                self.db = self.path(f"json{i}")
                good = b'{"key":"one","value":"1"}\n\n'
                self.check("jsonl", good + line + b"\n", "line 3", expected, 1)

    def test_binary(self):
        good = packed([(b"one", b"1"), (b"two", b"2")])
        cases = [(good + b"\1\0", "record 3 at byte 24", "expected 8 bytes of sizes"),
                 (good + struct.pack("<II", 3, 9) + b"abcde", "record 3 at byte 24", "expected 12 bytes of key and value"),
                 (good + struct.pack("<II", 70000, 1), "record 3", "a key of at most 65,535"),
                 (good + struct.pack("<II", 1, 0xFFFFFFFF), "record 3", "a value of at most")]
        for i, (data, place, expected) in enumerate(cases):
            with self.subTest(expected):
                self.db = self.path(f"binary{i}")
                self.check("binary", data, place, expected, 2)

    def test_package_index(self):
        cases = [(b"Version: 1\n\n", "line 4", "expected a field 'Package:'"), (b" continuation\n", "line 4", "continuation"),
                 (b"Package: b\nno colon\n", "line 5", "expected 'Field: value'"),
                 (b"Package: b\nPackage: c\n", "line 5", "found it again")]
        for i, (text, place, expected) in enumerate(cases):
            with self.subTest(text):
                self.db = self.path(f"deb{i}")
                self.check("deb822", b"Package: a\nVersion: 1\n\n" + text, place, expected, 1)

    def test_record_numbers_of_fill(self):
        self.run_wombat("fill", self.db, "-n", "5", "-q")
        self.assertIn("line 2", self.complaint(6, "fill", self.db, "--check", stdin=b"1\nx\n"))


if __name__ == "__main__":
    wombat_runner.main()
