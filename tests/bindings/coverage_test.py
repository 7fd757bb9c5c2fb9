#!/usr/bin/env python3
"""Every function of wombat.h is in every language.

Compares the table in docs/bindings.md with the declarations of wombat.h (each has a row, no row names what is not there), the
shim (each function of wombat.h that takes pointers is called there) and the sources of the languages (each member that the
table names is declared, publicly, in the type it names).

    coverage_test.py [ROOT]
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
ROOT = ROOT if ROOT.is_dir() else ROOT.parents[2]
# Made of keys and bytes only: each language has its own, checked against the shared vectors.
IN_EACH_LANGUAGE = re.compile(r"wombat_key_")
# What another function does as well, faster for callers of another language.
DONE_BY = {
    "wombat_multi_get": "wombat_multi_get_packed",
    "wombat_iterator_next": "wombat_iterator_read_batch",
    "wombat_iterator_prev": "wombat_iterator_read_batch",
    "wombat_txn_run": "wombat_txn_retry_delay",
}
# For C programs alone: a virtual machine would have to be entered by threads of the library, and for every read.
C_ONLY = {"wombat_options_set_merge_operator", "wombat_options_set_compaction_filter"}


def read(path):
    return path.read_text(encoding="utf-8")


def declared():
    header = re.sub(r"/\*.*?\*/", "", read(ROOT / "capi/include/wombat.h"), flags=re.S)
    names = re.findall(r"(?m)^(?!typedef|#)[A-Za-z_][\w \t*\n]*?\b(wombat_\w+)\s*\([^;{}]*\)\s*;", header)
    if len(names) < 50:
        sys.exit("wombat.h: too few functions found; has the form of the declarations changed?")
    return names


def table():
    rows = {}
    for line in read(ROOT / "docs/bindings.md").splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
        if len(cells) == 4 and cells[0].startswith("wombat_"):
            rows[cells[0]] = cells[1:]
    return rows


def java_has(name):
    *types, member = name.split(".")
    folder = ROOT / "bindings/java/src/main/java/org/wombatdb"
    if types[:1] == ["typed"]:
        folder, types = folder / "typed", types[1:]
    if types[:1] == ["Status"]:
        return member == "name" or f" {member}()" in read(ROOT / "bindings/generate_constants.py")
    path = folder / ((types or [member])[0] + ".java")
    return path.exists() and bool(re.search(rf"\bpublic [^;{{=]*\b{member}\b", read(path)))


def go_has(name):
    sources = "\n".join(read(path) for path in (ROOT / "bindings/go").glob("*.go") if not path.name.endswith("_test.go"))
    *types, member = name.split(".")
    receiver = rf"\(\w+ \*?{types[0]}\) " if types else ""
    return bool(re.search(rf"(?m)^func {receiver}{member}\(", sources) or (not types and re.search(rf"(?m)^type {member} ", sources)))


def csharp_has(name):
    *types, member = name.split(".")
    owner = (types or [member])[0]
    for path in (ROOT / "bindings/csharp/src").rglob("*.cs"):
        source = read(path)
        if re.search(rf"public [\w ]*(?:class|struct) {owner}\b", source) and re.search(rf"\bpublic [^;={{]*\b{member}\b", source):
            return True
    return False


def main():
    problems = []
    rows = table()
    names = [name for name in declared() if name not in C_ONLY]
    shim = "\n".join(read(path) for path in (ROOT / "bindings/swig").glob("*.[ci]"))
    for name in names:
        if name not in rows:
            problems.append(f"docs/bindings.md: {name} of wombat.h has no row: which Java, Go and C# have it?")
        if not IN_EACH_LANGUAGE.match(name) and not re.search(rf"\b{DONE_BY.get(name, name)}\b", shim):
            problems.append(f"bindings/swig: nothing calls {name}")
    for name, members in rows.items():
        if name not in names:
            problems.append(f"docs/bindings.md: wombat.h has no {name}")
        for language, has, member in zip(("Java", "Go", "C#"), (java_has, go_has, csharp_has), members):
            if not has(member):
                problems.append(f"docs/bindings.md: {name}: {language} has no public {member}")
    print("\n".join(problems + [f"coverage: {len(names)} functions, {len(problems)} problems"]))
    return 1 if problems else 0


sys.exit(main())
