#!/usr/bin/env python3
"""The man page and the completion know every command and every flag that `--help` knows, and no others."""
import os
import re
import subprocess

import wombat_runner

TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools")


def read(name):
    with open(os.path.join(TOOLS, name), encoding="utf-8") as file:
        return file.read()


class Documents(wombat_runner.CommandTest):
    def setUp(self):
        super().setUp()
        overview = self.out("--help").decode()
        listing = overview[overview.index("\nRecords:"):overview.index("\nExamples:")]
        self.commands = re.findall(r"(?m)^  ([a-z-]+)  ", listing)
        self.global_flags = self.flags_in(overview[:overview.index("\nRecords:")])
        self.flags = {command: self.flags_in(self.out(command, "--help").decode()) for command in self.commands}

    @staticmethod
    def flags_in(help_text):
        options = help_text[help_text.index("\nOptions:"):].split("\nExamples:")[0]
        lines = re.findall(r"(?m)^  (-\S+)", options)
        return {flag for line in lines for flag in line.split(",")}

    def test_help_was_understood(self):
        self.assertEqual(len(self.commands), 27)
        self.assertIn("--preset", self.global_flags)
        self.assertLessEqual({"-r", "--reverse", "-n", "--limit", "--from"}, self.flags["scan"])

    def test_man_page(self):
        page = read("wombat.1")
        self.assertEqual(set(re.findall(r"(?m)^\.It Cm ([a-z-]+)", page)), set(self.commands))
        words = re.findall(r"Fl (-?[\w-]+)(?: , (-?[\w-]+))?", page)
        in_page = {"-" + word for pair in words for word in pair if word}
        in_help = set.union(self.global_flags, *self.flags.values())
        self.assertEqual(in_help - in_page, set())
        self.assertEqual(in_page - in_help - {"-"}, set())

    def test_man_page_is_well_formed(self):
        try:
            process = subprocess.run(["groff", "-mdoc", "-Tutf8", "-ww", "-z", os.path.join(TOOLS, "wombat.1")],
                                     capture_output=True, check=False)
        except FileNotFoundError:
            self.skipTest("groff is not installed")
        self.assertEqual((process.returncode, process.stderr), (0, b""))

    def complete(self, *words):
        """What bash offers for the last of `words`."""
        script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _wombat; printf "%s\\n" "${COMPREPLY[@]}"')
        line = [wombat_runner.PROGRAM, *words]
        output = subprocess.run(["bash", "-c", script, "bash", os.path.join(TOOLS, "wombat.bash-completion"), *line],
                                capture_output=True, check=True, cwd=self.scratch.name)
        return set(output.stdout.decode().split())

    def test_completion_offers_commands_and_flags(self):
        self.assertEqual(self.complete(""), set(self.commands))
        self.assertEqual(self.complete("dum"), {"dump", "dump-file"})
        self.assertEqual(self.complete("-"), self.global_flags)
        for command in self.commands:
            self.assertEqual(self.complete(command, "-"), self.flags[command] | self.global_flags - {"-V", "--version"}, command)

    def test_completion_offers_values(self):
        self.assertEqual(self.complete("options", "open.read"), {"open.read_only"})
        self.assertEqual(self.complete("put", "-o", "open.read"), {"open.read_only="})
        self.assertEqual(self.complete("--preset", "write"), {"write_heavy"})
        self.assertEqual(self.complete("load", "db", "--format", "d"), {"deb822"})
        self.assertEqual(self.complete("dump", "db", "-f", ""), {"tsv", "jsonl", "binary"})
        self.write("people", b"")
        self.assertEqual(self.complete("get", "peo"), {"people"})


if __name__ == "__main__":
    wombat_runner.main()
