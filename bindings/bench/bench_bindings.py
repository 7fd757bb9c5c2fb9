#!/usr/bin/env python3
"""What a call costs in each language, against C, on one database in one run.

    bench_bindings.py [--turns N] FOLDER WOMBAT_COMMAND NAME=COMMAND...

c must be among the names; target bench_bindings calls this with what was built. Every COMMAND DATABASE prints lines "CASE
NANOSECONDS" (an operation). The database has 1,000,000 rows: key%013d -> 100 bytes. The programs take turns, three times
(--turns); the best of each case counts. Goals: a get into a buffer at most 1.35 times C in Java and C#, 1.5 times in Go; a put in
a batch of 1000 1.3 times; a row of a full scan 1.5 times C's loop of single steps.
"""
import json
import pathlib
import shlex
import shutil
import subprocess
import sys

ROWS = 1_000_000
BASE = {"get_new": "get_buffer", "get_direct": "get_buffer"}


def fill(command, database):
    rows = b"".join(b"key%013d\t%s\n" % (i, b"v" * 100) for i in range(ROWS))
    subprocess.run([command, "load", "--format", "tsv", database, "-"], input=rows, check=True, stdout=subprocess.DEVNULL)
    subprocess.run([command, "compact", database], check=True, stdout=subprocess.DEVNULL)


def measure(name, command, database):
    words = shlex.split(command) + [database]
    if name == "c":
        output = subprocess.run(words + ["--benchmark_format=json"], check=True, capture_output=True, text=True).stdout
        return {b["name"].split("/")[0]: 1e9 / b["items_per_second"] for b in json.loads(output)["benchmarks"]}
    output = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    return {case: float(ns) for case, ns in (line.split() for line in output.splitlines() if line)}


def main(arguments):
    turns = 3
    if arguments[:1] == ["--turns"]:
        turns = int(arguments[1])
        arguments = arguments[2:]
    if len(arguments) < 3:
        sys.exit(__doc__)
    folder = pathlib.Path(arguments[0])
    wombat, programs = arguments[1], [pair.split("=", 1) for pair in arguments[2:]]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    database = str(folder / "db")
    fill(wombat, database)
    best = {name: {} for name, _ in programs}
    for _ in range(turns):
        for name, command in programs:
            for case, ns in measure(name, command, database).items():
                best[name][case] = min(ns, best[name].get(case, ns))
    print("| case | language | ns | x C |\n|---|---|---|---|")
    for case in ("get_buffer", "get_direct", "get_new", "batch_put", "scan"):
        for name, _ in programs:
            if case in best[name]:
                base = best["c"][BASE.get(case, case)]
                print(f"| {case} | {name} | {best[name][case]:.1f} | {best[name][case] / base:.2f} |")
    shutil.rmtree(folder)


main(sys.argv[1:])
