#!/usr/bin/env python3
"""Checks the rules of the tree that a compiler does not know. Each rule is one function below; its text is its manual.

    tools/tidy.py [--root DIR] [--library build/dev/capi/libwombat.so] [--list] [rule ...]

Exit code 1 when a rule is broken. Exceptions, with their reasons, are in tools/tidy_exceptions.txt.
"""
import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile

SOURCE_FOLDERS = ("core", "capi", "bindings", "tools", "tests", "bench", "examples")
CODE_ENDINGS = (".h", ".c", ".cpp", ".i", ".java", ".go", ".cs", ".py")
SKIPPED_FOLDERS = {".git", "build", "install", "__pycache__", "testdata", "seeds"}

LAYERS = {  # folder of core -> folders it may include besides itself
    "base": (),
    "env": ("base",),
    "kv": ("base",),
    "codec": ("base",),
    "journal": ("base", "env", "codec"),
    "memtable": ("base", "kv"),
    "table": ("base", "env", "kv", "codec"),
    "vlog": ("base", "env", "kv", "codec", "table"),
    "txn": ("base", "env", "kv"),
    "version": ("base", "env", "kv", "journal"),
    "compaction": ("base", "env", "kv", "memtable", "table", "vlog", "version"),
    "db": ("base", "env", "kv", "codec", "journal", "memtable", "table", "vlog", "version", "compaction", "txn"),
}
CAPI_MAY_INCLUDE = ("db", "kv", "base")

FILE_LINES_MAX = 500
LINE_LENGTH_MAX = 140


class Tree:
    """The files of the project, read once, and the list of exceptions."""

    def __init__(self, root, library=None):
        self.root = root
        self.library = library
        self.texts = {}
        self.used_exceptions = set()
        self.skipped = []
        self.exceptions = self.read_exceptions()
        self.files = sorted(self.walk())

    def walk(self):
        for folder, folders, names in os.walk(self.root):
            folders[:] = [f for f in folders if f not in SKIPPED_FOLDERS]
            for name in names:
                yield os.path.relpath(os.path.join(folder, name), self.root).replace(os.sep, "/")

    def read(self, path):
        if path not in self.texts:
            with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as file:
                self.texts[path] = file.read()
        return self.texts[path]

    def has(self, path):
        return os.path.exists(os.path.join(self.root, path))

    def sources(self, folders=SOURCE_FOLDERS, endings=CODE_ENDINGS):
        return [f for f in self.files if f.split("/")[0] in folders and f.endswith(endings)]

    def read_exceptions(self):
        exceptions = {}
        path = "tools/tidy_exceptions.txt"
        if self.has(path):
            for number, line in enumerate(self.read(path).splitlines(), 1):
                if line.strip() and not line.startswith("#"):
                    rule_and_path, _, reason = line.partition(" # ")
                    words = rule_and_path.split()
                    exceptions[tuple(words)] = (number, reason.strip())
        return exceptions

    def is_excepted(self, rule, path):
        if (rule, path) in self.exceptions:
            self.used_exceptions.add((rule, path))
            return True
        return False

    def skip(self, text):
        self.skipped.append(text)
        return []


def without_comments_and_strings(text):
    """Blanks comments, strings and characters, keeping every line end."""
    pattern = r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\''

    def blank(match):
        kept = "".join(c if c == "\n" else " " for c in match.group(0))
        return kept

    return re.sub(pattern, blank, text, flags=re.S)


def matches_by_line(text, pattern):
    for number, line in enumerate(text.splitlines(), 1):
        match = re.search(pattern, line)
        if match:
            yield number, match


def quoted_includes(tree, path):
    for number, match in matches_by_line(tree.read(path), r'^\s*#\s*include\s*"([^"]+)"'):
        yield number, match.group(1)


def declared_functions(header):
    """Names of the functions that wombat.h declares, with the offset of each declaration."""
    code = re.sub(r"(?m)^[ \t]*#.*$", lambda m: " " * len(m.group(0)), without_comments_and_strings(header))
    found = {}
    for match in re.finditer(r"(?m)^(?!typedef)[A-Za-z_][\w \t*\n]*?\b(wombat_\w+)\s*\([^;{}]*\)\s*;", code):
        found[match.group(1)] = match.start()
    return found


# --- the rules ----------------------------------------------------------------------------------------------------------


def rule_include_direction(tree):
    """Layers include only what lies below them (table in docs/architecture.md)."""
    problems = []

    def check(path, number, included, allowed, who):
        layer = included.split("/")[0] if "/" in included else None
        if layer in LAYERS and layer not in allowed:
            names = ", ".join(sorted(allowed)) or "nothing of core"
            problems.append(f'{path}:{number}: {who} may not include "{included}". It may include: {names}. '
                            f"Move what you need down, or pass it in as a parameter.")

    for path in tree.sources(("core",), (".h", ".cpp")):
        layer = path.split("/")[1]
        if layer not in LAYERS:
            problems.append(f"{path}: core/{layer} is not a known layer: add it to LAYERS in tools/tidy.py "
                            f"and to the table in docs/architecture.md")
            continue
        for number, included in quoted_includes(tree, path):
            check(path, number, included, set(LAYERS[layer]) | {layer}, f"core/{layer}")
            if included.startswith("."):
                problems.append(f'{path}:{number}: write includes from core/ ("table/block.h"), not "{included}"')
            if included.endswith("wombat.h"):
                problems.append(f"{path}:{number}: the engine does not know wombat.h; only capi/ translates to it")
    for path in tree.sources(("capi",), (".h", ".cpp")):
        for number, included in quoted_includes(tree, path):
            check(path, number, included, CAPI_MAY_INCLUDE, "capi")
    for path in tree.sources(("bench", "bindings", "examples"), (".h", ".c", ".cpp", ".i")):
        if not path.startswith("bench/micro/"):
            for number, included in quoted_includes(tree, path):
                check(path, number, included, (), f"{path.split('/')[0]} (it sees wombat.h only)")
    return problems


def rule_exported_symbols(tree):
    """libwombat.so exports exactly the functions that wombat.h declares."""
    if not tree.library:
        return tree.skip("exported_symbols: no --library given")
    declared = set(declared_functions(tree.read("capi/include/wombat.h")))
    output = subprocess.run(["nm", "-D", "--defined-only", tree.library], check=True, capture_output=True, text=True).stdout
    exported = set()
    for line in output.splitlines():
        kind, name = line.split()[-2:]
        if kind != "A":  # version nodes
            exported.add(name.split("@")[0])
    problems = [f"capi: {name} is declared in wombat.h but not exported: define it in capi/" for name in sorted(declared - exported)]
    problems += [f"capi: {name} is exported but not declared in wombat.h: make it static, or declare it"
                 for name in sorted(exported - declared)]
    return problems


def rule_documented_functions(tree):
    """A comment stands directly before every function of wombat.h."""
    path = "capi/include/wombat.h"
    header = tree.read(path)
    problems = []
    for name, offset in declared_functions(header).items():
        before = header[:offset]
        if not re.search(r"(\*/|//[^\n]*)[ \t]*\n[ \t]*$", before):
            number = before.count("\n") + 1
            problems.append(f"{path}:{number}: say directly above {name} what it does, its results and errors")
    if not problems and not declared_functions(header):
        problems.append(f"{path}: no functions found; has the form of the declarations changed?")
    return problems


def rule_file_length(tree):
    """No file has more than 500 lines without a reason on the list."""
    problems = []
    for path in tree.sources():
        count = tree.read(path).count("\n")
        if count > FILE_LINES_MAX and not tree.is_excepted("file_length", path):
            problems.append(f"{path}: {count} lines, the limit is {FILE_LINES_MAX}. Split it by noun, or give the reason in "
                            f"tools/tidy_exceptions.txt: `file_length {path} # why`")
    return problems


def rule_system_calls(tree):
    """Nothing in core outside core/env names an operating system facility."""
    headers = r'^\s*#\s*include\s*<((?:sys|linux|netinet)/[\w/]+\.h|(?:unistd|fcntl|dirent|pthread|sched|windows)\.h|fstream|filesystem)>'
    calls = (r"(?<![\w.>:])(?:::|std::)?(?:fopen|freopen|tmpfile|openat|pread|preadv|pwrite|pwritev|fsync|fdatasync|msync|"
             r"sync_file_range|renameat|unlink|unlinkat|mkdirat|rmdir|mmap|munmap|mremap|madvise|ftruncate|fallocate|"
             r"posix_fallocate|posix_fadvise|flock|opendir|readdir|pthread_\w+)\s*\("
             r"|(?<![\w>.:])::(?:open|close|read|write|rename|remove|mkdir|fork|stat|fstat|getpid)\s*\("
             r"|\bstd::(?:rename|remove|[io]?fstream)\b\s*[({ ][^;]*(?:path|name|file)")
    problems = []
    for path in tree.sources(("core",), (".h", ".cpp")):
        if path.startswith("core/env/"):
            continue
        found = list(matches_by_line(tree.read(path), headers)) + list(
            matches_by_line(without_comments_and_strings(tree.read(path)), calls))
        if found and not tree.is_excepted("system_calls", path):
            problems += [f"{path}:{number}: `{match.group(0).strip()}` belongs behind an interface in core/env"
                         for number, match in found]
    return problems


def rule_unique_names(tree):
    """File names are unique in core, so that a name alone says which file is meant."""
    first, problems = {}, []
    for path in tree.sources(("core",), (".h", ".cpp")):
        name = path.split("/")[-1]
        if name in first:
            problems.append(f"{path}: there is {first[name]} already; rename one of them")
        first.setdefault(name, path)
    return problems


def rule_leftovers(tree):
    """No markers for later, no code in comments, no debugging output in core."""
    problems = []
    marker = r"\b(" + "TO" + "DO|FIX" + "ME|XX" + r"X)\b"
    dead_code = (r"^\s*//\s*(?:(?:if|for|while|switch)\s*\(.*\)\s*\{?|return\b.*;|(?:const\s+)?(?:auto|int|bool|size_t|u?int\d+_t)\s+\w+"
                 r".*;|[\w.>:-]+\(.*\);|[\w.>-]+\s*=\s*[^=].*;|#include\b.*)\s*$")
    debug = r"\b(?:std::)?(?:printf|fprintf|puts|putchar|perror)\s*\(|\bstd::(?:cout|cerr|clog)\b"
    for path in tree.sources():
        text = tree.read(path)
        for number, match in matches_by_line(text, marker):
            problems.append(f"{path}:{number}: `{match.group(0)}`: do it, or open an issue and remove the remark")
        if path.endswith((".h", ".c", ".cpp")):
            for number, _ in matches_by_line(text, dead_code):
                problems.append(f"{path}:{number}: code in a comment: delete it (if it is prose, word it as prose)")
        if path.startswith("core/"):
            found = list(matches_by_line(without_comments_and_strings(text), debug))
            if found and not tree.is_excepted("leftovers", path):
                problems += [f"{path}:{number}: `{match.group(0)}`: the engine prints nothing; use the log callback"
                             for number, match in found]
    return problems


def rule_line_length(tree):
    """No source line is longer than 140 characters."""
    problems = []
    for path in tree.sources():
        if tree.is_excepted("line_length", path):
            continue
        for number, line in enumerate(tree.read(path).splitlines(), 1):
            if len(line) > LINE_LENGTH_MAX:
                problems.append(f"{path}:{number}: {len(line)} characters, the limit is {LINE_LENGTH_MAX}: break the line")
    return problems


def rule_header_compiles(tree):
    """wombat.h compiles alone, twice, as C99, C11 and C++11, with every warning as an error."""
    cc, cxx = os.environ.get("CC", "cc"), os.environ.get("CXX", "c++")
    strict = ["-Wall", "-Wextra", "-Werror", "-pedantic-errors", "-fsyntax-only"]
    include = ["-I", os.path.join(tree.root, "capi/include")]
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        for compiler, standard, ending in ((cc, "c99", "c"), (cc, "c11", "c"), (cxx, "c++11", "cpp")):
            source = os.path.join(folder, "twice." + ending)
            with open(source, "w", encoding="utf-8") as file:
                file.write("#include <wombat.h>\n#include <wombat.h>\nint main(void) { return 0; }\n")
            command = compiler.split() + ["-std=" + standard] + strict + include + [source]
            result = subprocess.run(command, capture_output=True, text=True, check=False)
            if result.returncode != 0:
                problems.append(f"capi/include/wombat.h: does not compile as {standard}:\n{result.stderr}")
    return problems


def rule_version(tree):
    """wombat.h and project() name the same version."""
    project = re.search(r"project\(Wombat VERSION (\d+)\.(\d+)\.(\d+)", tree.read("CMakeLists.txt"))
    header = tree.read("capi/include/wombat.h")
    problems = []
    for part, wanted in zip(("MAJOR", "MINOR", "PATCH"), project.groups()):
        found = re.search(rf"#define WOMBAT_VERSION_{part} (\d+)", header)
        if not found or found.group(1) != wanted:
            problems.append(f"capi/include/wombat.h: WOMBAT_VERSION_{part} must be {wanted}, as in project() of CMakeLists.txt")
    major, minor, patch = (int(n) for n in project.groups())
    number = 10000 * major + 100 * minor + patch
    if not re.search(rf"#define WOMBAT_VERSION_NUMBER {number}\b", header):
        problems.append(f"capi/include/wombat.h: WOMBAT_VERSION_NUMBER must be {number}")
    return problems


def rule_changelog(tree):
    """docs/changelog.md has a section for what is not released yet."""
    path = "docs/changelog.md"
    if not tree.has(path):
        return tree.skip("changelog: there is no docs/changelog.md")
    if not re.search(r"(?im)^##.*\bunreleased\b", tree.read(path)):
        return [f"{path}: begin with a section `## Unreleased`"]
    return []


def rule_options_documented(tree):
    """docs/configuration.md names every option of the options table, and none that does not exist."""
    path = "docs/configuration.md"
    table = "core/db/option_table.h"
    if not tree.has(path) or not tree.has(table):
        return tree.skip(f"options_documented: {path} or {table} is not there")
    keys = set(re.findall(r'^\s*X\(\w+,[\s\\]*"([a-z0-9_.]+)"', tree.read(table), re.M))
    if not keys:
        return [f"{table}: no option names found; adapt rule_options_documented to the form of the table"]
    text = tree.read(path)
    problems = [f"{path}: option `{key}` is missing" for key in sorted(keys) if f"`{key}`" not in text]
    groups = {key.split(".")[0] for key in keys if "." in key}
    documented = set(re.findall(r"^\|\s*`([a-z0-9_]+\.[a-z0-9_.]+)`\s*\|", text, re.M))
    problems += [f"{path}: there is no option `{key}`" for key in sorted(documented - keys) if key.split(".")[0] in groups]
    return problems


def rule_head_comments(tree):
    """Every header of core and capi begins by saying what it is for."""
    return [f"{path}: begin with a comment: what this is, what it owns, its rules"
            for path in tree.sources(("core", "capi"), (".h",)) if not re.match(r"\s*(///?|/\*)", tree.read(path))]


def rule_build_products(tree):
    """Nothing that a build makes lies among the sources."""
    problems = []
    for path in tree.files:
        if path.split("/")[0] not in SOURCE_FOLDERS:
            continue
        if re.search(r"\.(so|a|o|dll|exe|pdb|nupkg|class|jar)(\.[0-9.]+)?$", path) or re.search(r"/(bin|obj)/", path):
            problems.append(f"{path}: made by a build, which is to put it into its own folder")
    return problems


def rule_machine_paths(tree):
    """No path of a developer's machine is in the tree."""
    problems = []
    for path in tree.files:
        if path.endswith((".png", ".svg", ".bin", ".gz")):
            continue
        for number, match in matches_by_line(tree.read(path), r"(?<![\w.~}$)])/(?:work|root|home/[a-z]\w*)/[\w.]*"):
            if not tree.is_excepted("machine_paths", path):
                problems.append(f"{path}:{number}: `{match.group(0)}` is a path of one machine: make it relative")
    return problems


RULES = {name[len("rule_"):]: function for name, function in sorted(globals().items()) if name.startswith("rule_")}


def check_exceptions(tree):
    problems = []
    for (key, (number, reason)) in tree.exceptions.items():
        if len(key) != 2 or not reason:
            problems.append(f"tools/tidy_exceptions.txt:{number}: write `rule path # reason`")
        elif key[0] not in RULES:
            problems.append(f"tools/tidy_exceptions.txt:{number}: there is no rule `{key[0]}`")
        elif key not in tree.used_exceptions:
            problems.append(f"tools/tidy_exceptions.txt:{number}: {key[1]} does not need this exception any more: remove the line")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser.add_argument("--library", help="libwombat.so, for rule exported_symbols")
    parser.add_argument("--list", action="store_true", help="list the rules")
    parser.add_argument("rules", nargs="*", metavar="rule", help="only these rules")
    arguments = parser.parse_args()
    if arguments.list:
        for name, function in RULES.items():
            print(f"{name:22} {function.__doc__}")
        return 0
    unknown = [name for name in arguments.rules if name not in RULES]
    if unknown:
        parser.error(f"no rule named {', '.join(unknown)}; --list shows them")
    tree = Tree(os.path.abspath(arguments.root), arguments.library)
    names = arguments.rules or list(RULES)
    problems = [(name, problem) for name in names for problem in RULES[name](tree)]
    if not arguments.rules:
        problems += [("exceptions", problem) for problem in check_exceptions(tree)]
    for name, problem in problems:
        print(f"{problem}  [{name}]")
    for text in tree.skipped:
        print(f"not checked: {text}")
    print(f"tidy: {len(names)} rules, {len(tree.files)} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
