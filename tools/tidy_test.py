#!/usr/bin/env python3
"""Every rule of tidy.py must fail where it should: each case is a small tree with one fault."""
import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tidy  # noqa: E402

HEADER = """/* a header */
#ifndef WOMBAT_H
#define WOMBAT_H
#define WOMBAT_VERSION_MAJOR 0
#define WOMBAT_VERSION_MINOR 1
#define WOMBAT_VERSION_PATCH 0
#define WOMBAT_VERSION_NUMBER 100
/* Documented. */
int wombat_a(int x);
#endif
"""
GOOD = {
    "CMakeLists.txt": "project(Wombat VERSION 0.1.0)\n",
    "capi/include/wombat.h": HEADER,
    "core/base/bytes.h": "/// Bytes.\n#pragma once\n",
    "core/env/posix.cpp": "#include <unistd.h>\n#include \"base/bytes.h\"\n",
    "core/db/db.h": "/// Db.\n#include \"table/block.h\"\n",
    "core/table/block.h": "/// Block.\n#include \"kv/x.h\"\n",
    "core/db/option_table.h": '/// Table.\n#define T(X) \\\n  X(kMemtableSize, "memtable.size", kSize)\n',
    "docs/configuration.md": "| `memtable.size` | bytes |\n",
    "docs/changelog.md": "# Changelog\n\n## Unreleased\n",
    "bench/micro/a.cpp": "#include \"table/block.h\"\n",
}
BAD = [  # rule, path, content, part of the message
    ("include_direction", "core/base/up.h", '/// Up.\n#include "kv/entry.h"\n', "core/base may not include"),
    ("include_direction", "core/table/up.cpp", '#include "version/version.h"\n', "core/table may not include"),
    ("include_direction", "core/shiny/new.h", "/// New.\n", "not a known layer"),
    ("include_direction", "core/kv/dots.h", '/// Dots.\n#include "../base/bytes.h"\n', "write includes from core/"),
    ("include_direction", "core/db/c.cpp", '#include "wombat.h"\n', "does not know wombat.h"),
    ("include_direction", "capi/a.cpp", '#include "table/block.h"\n', "capi may not include"),
    ("include_direction", "bench/a.cpp", '#include "base/bytes.h"\n', "wombat.h only"),
    ("documented_functions", "capi/include/wombat.h", HEADER.replace("/* Documented. */\n", "\n"), "directly above wombat_a"),
    ("documented_functions", "capi/include/wombat.h",
     HEADER.replace("int x);", "int x);\n\nvoid\nwombat_b(void);"), "directly above wombat_b"),
    ("documented_functions", "capi/include/wombat.h", "/* empty */\n", "no functions found"),
    ("file_length", "core/db/long.cpp", "\n" * 501, "501 lines"),
    ("system_calls", "core/db/os.cpp", "#include <unistd.h>\n", "core/env"),
    ("system_calls", "core/db/os.cpp", "void f() { ::close(3); }\n", "core/env"),
    ("system_calls", "core/db/os.cpp", "void f() { fsync(3); }\n", "core/env"),
    ("system_calls", "core/db/os.cpp", "#include <fstream>\n", "core/env"),
    ("unique_names", "core/db/bytes.h", "/// Bytes.\n", "rename one"),
    ("leftovers", "core/db/a.cpp", "// TO" + "DO later\n", "open an issue"),
    ("leftovers", "tests/a.cpp", "  // x = f(y);\n", "code in a comment"),
    ("leftovers", "core/db/a.cpp", 'void f() { printf("x"); }\n', "prints nothing"),
    ("line_length", "tests/a.cpp", "x" * 141 + "\n", "141 characters"),
    ("header_compiles", "capi/include/wombat.h", HEADER.replace("int x", "bool x"), "does not compile as c99"),
    ("header_compiles", "capi/include/wombat.h", HEADER.replace("int x", "int class"), "does not compile as c++11"),
    ("header_compiles", "capi/include/wombat.h", HEADER.replace("#ifndef WOMBAT_H", "#if 1\nenum { a = 1 };"), "does not compile"),
    ("version", "CMakeLists.txt", "project(Wombat VERSION 0.2.0)\n", "WOMBAT_VERSION_MINOR must be 2"),
    ("changelog", "docs/changelog.md", "# Changelog\n## 0.1.0\n", "Unreleased"),
    ("options_documented", "docs/configuration.md", "nothing\n", "`memtable.size` is missing"),
    ("options_documented", "docs/configuration.md", "| `memtable.size` | |\n| `memtable.sise` | |\n", "no option `memtable.sise`"),
    ("head_comments", "core/db/silent.h", "#pragma once\n", "begin with a comment"),
    ("build_products", "bindings/csharp/libx.so.0.1", "x\n", "made by a build"),
    ("build_products", "bindings/csharp/obj/x.json", "x\n", "made by a build"),
    ("machine_paths", "docs/a.md", "see /ho" + "me/someone/notes\n", "one machine"),
]
ALLOWED = [
    ("system_calls", "core/db/ok.cpp", 'Status s = file->close(); // fsync(3)\nauto t = "::close(3)"; db.open(x); File::open(y);\n'),
    ("leftovers", "core/db/ok.cpp", 'snprintf(b, n, "x"); // Returns early: the caller holds the lock.\n// see f(); and the note\n'),
    ("leftovers", "tests/ok.cpp", 'char folder[] = "/tmp/a.XXXXXX";\n'),
    ("include_direction", "tests/unit/kv/a_test.cpp", '#include "db/db.h"\n'),
    ("include_direction", "capi/b.cpp", '#include "wombat.h"\n#include "db/db.h"\n#include "base/bytes.h"\n'),
]


def run(rule, files, exceptions=""):
    with tempfile.TemporaryDirectory() as root:
        for path, text in {**files, "tools/tidy_exceptions.txt": exceptions}.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        tree = tidy.Tree(root)
        problems = tidy.RULES[rule](tree)
        return problems, tidy.check_exceptions(tree)


class TidyTest(unittest.TestCase):
    def test_a_good_tree_has_no_problems(self):
        for rule in tidy.RULES:
            with self.subTest(rule=rule):
                self.assertEqual(run(rule, GOOD)[0], [])

    def test_each_fault_is_found(self):
        for rule, path, text, expected in BAD:
            with self.subTest(rule=rule, text=text[:60]):
                problems = run(rule, {**GOOD, path: text})[0]
                self.assertTrue(any(expected in p for p in problems), f"{expected!r} not in {problems}")

    def test_what_only_looks_like_a_fault_is_left_alone(self):
        for rule, path, text in ALLOWED:
            with self.subTest(rule=rule, text=text):
                self.assertEqual(run(rule, {**GOOD, path: text})[0], [])

    def test_exports_and_declarations_are_compared_both_ways(self):
        with tempfile.TemporaryDirectory() as root:
            library, source = os.path.join(root, "l.so"), os.path.join(root, "l.c")
            os.makedirs(os.path.join(root, "capi/include"))
            for path, text in ((source, "int wombat_b(void) { return 1; }\n"),
                               (os.path.join(root, "capi/include/wombat.h"), HEADER)):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o", library, source], check=True)
            problems = tidy.rule_exported_symbols(tidy.Tree(root, library))
            self.assertEqual(len(problems), 2, problems)
            self.assertIn("wombat_a is declared", problems[0])
            self.assertIn("wombat_b is exported", problems[1])

    def test_every_rule_has_a_faulty_case(self):
        self.assertEqual(set(tidy.RULES) - {case[0] for case in BAD}, {"exported_symbols"})

    def test_an_exception_silences_its_file_and_needs_a_reason(self):
        files = {**GOOD, "core/db/long.cpp": "\n" * 501}
        self.assertEqual(run("file_length", files, "file_length core/db/long.cpp # one table\n"), ([], []))
        self.assertIn("reason", run("file_length", files, "file_length core/db/long.cpp\n")[1][0])

    def test_an_exception_that_is_not_needed_is_reported(self):
        self.assertIn("not need", run("file_length", GOOD, "file_length core/db/gone.cpp # old\n")[1][0])


if __name__ == "__main__":
    unittest.main()
