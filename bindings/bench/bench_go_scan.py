#!/usr/bin/env python3
"""What a loop over all rows costs in Go: Wombat, and goleveldb, which is written in Go.

    bench_go_scan.py [--rows N] [--turns N] [--keep] FOLDER WOMBAT_PROGRAM GOLEVELDB_PROGRAM

Target bench_go_scan builds both programs and calls this. Each fills a database with 10,000,000 rows (--rows), key%013d -> 100
bytes, without compression, and compacts it; then they take turns at reading it (--turns), three loops at a turn. The best loop
of each counts, with its nanoseconds a row. What lies in FOLDER from an earlier run with --keep is used again.
"""
import argparse
import pathlib
import shutil
import subprocess


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("wombat")
    parser.add_argument("goleveldb")
    arguments = parser.parse_args()
    programs = {"wombat": arguments.wombat, "goleveldb": arguments.goleveldb}
    for name, program in programs.items():
        database = arguments.folder / name
        if not database.exists():
            database.mkdir(parents=True)
            subprocess.run([program, "fill", database, str(arguments.rows)], check=True)
    best = {}
    for _ in range(arguments.turns):
        for name, program in programs.items():
            output = subprocess.run([program, "read", arguments.folder / name], check=True, capture_output=True, text=True).stdout
            count, nanoseconds = output.split()
            if int(count) != arguments.rows:
                raise SystemExit(f"{name} has {count} rows instead of {arguments.rows}")
            best[name] = min(float(nanoseconds), best.get(name, float("inf")))
    print("| store | ns a row | rows a second |\n|---|---|---|")
    for name, nanoseconds in best.items():
        print(f"| {name} | {nanoseconds:.1f} | {1e9 / nanoseconds:,.0f} |")
    if not arguments.keep:
        shutil.rmtree(arguments.folder)


main()
