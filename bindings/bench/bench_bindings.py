#!/usr/bin/env python3
"""What a call costs in each language, against C, on one database in one run.

    bench_bindings.py [--turns N] [--keep] FOLDER WOMBAT_COMMAND NAME=COMMAND...

c must be among the names; target bench_bindings calls this with what was built. Every COMMAND DATABASE prints lines "CASE
NANOSECONDS" (an operation), of the best of 48 rounds of the same work; with the name of a case behind it, of that only (not c).
The database has 1,000,000 rows: key%013d -> 100 bytes. The programs take turns, twice (--turns); the best of each case
counts. A database that lies in FOLDER from an earlier run with --keep is used again.

Goals: a get into a buffer at most 1.35 times C in Java and C#, 1.5 times in Go; a put in a batch of 1000 1.3 times; a row of a
full scan 1.5 times C's loop of single steps (scan_looking: the same loop when it looks at the first byte of each value).
"""
import argparse
import json
import pathlib
import shlex
import shutil
import subprocess

ROWS = 1_000_000
BASE = {"get_new": "get_buffer", "get_direct": "get_buffer", "scan_looking": "scan"}


def fill(command, database):
    rows = b"".join(b"key%013d\t%s\n" % (i, b"v" * 100) for i in range(ROWS))
    subprocess.run([command, "load", "--format", "tsv", database, "-"], input=rows, check=True, stdout=subprocess.DEVNULL)
    subprocess.run([command, "compact", database], check=True, stdout=subprocess.DEVNULL)


def measure(name, command, database):
    words = shlex.split(command) + [database]
    if name == "c":
        output = subprocess.run(words + ["--benchmark_format=json"], check=True, capture_output=True, text=True).stdout
        best = {}
        for run in json.loads(output)["benchmarks"]:
            if run["run_type"] == "iteration":
                case, ns = run["name"].split("/")[0], 1e9 / run["items_per_second"]
                best[case] = min(ns, best.get(case, ns))
        return best
    output = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    return {case: float(ns) for case, ns in (line.split() for line in output.splitlines() if line)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("wombat")
    parser.add_argument("programs", nargs="+")
    arguments = parser.parse_args()
    programs = [pair.split("=", 1) for pair in arguments.programs]
    database = str(arguments.folder / "db")
    if not pathlib.Path(database).exists():
        arguments.folder.mkdir(parents=True, exist_ok=True)
        fill(arguments.wombat, database)
    best = {name: {} for name, _ in programs}
    for _ in range(arguments.turns):
        for name, command in programs:
            for case, ns in measure(name, command, database).items():
                best[name][case] = min(ns, best[name].get(case, ns))
    print("| case | language | ns | x C |\n|---|---|---|---|")
    for case in ("get_buffer", "get_direct", "get_new", "get_hot", "batch_put", "transaction", "four_calls", "scan", "scan_looking"):
        for name, _ in programs:
            if case in best[name]:
                base = best["c"][BASE.get(case, case)]
                print(f"| {case} | {name} | {best[name][case]:.1f} | {best[name][case] / base:.2f} |")
    if not arguments.keep:
        shutil.rmtree(arguments.folder)


main()
