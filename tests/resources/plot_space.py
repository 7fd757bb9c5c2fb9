#!/usr/bin/env python3
"""Draws what space_ceiling_test has sampled: plot_space.py samples.csv chart.svg"""
import csv
import sys

WIDTH, HEIGHT, MARGIN = 900, 420, 60


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], newline="", encoding="utf-8") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    if not rows:
        sys.exit(sys.argv[1] + " has no samples")
    last = max(row["seconds"] for row in rows) or 1
    most = 1.1 * max(max(row["bytes"], row["ceiling"]) for row in rows)

    def x(seconds):
        return MARGIN + seconds / last * (WIDTH - 2 * MARGIN)

    def y(size):
        return HEIGHT - MARGIN - size / most * (HEIGHT - 2 * MARGIN)

    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" '
             'font-size="12">', '<rect width="100%" height="100%" fill="white"/>']
    for name, color in (("live", "#2a7"), ("ceiling", "#c33")):
        size = rows[0][name]
        lines.append(f'<line x1="{MARGIN}" x2="{WIDTH - MARGIN}" y1="{y(size):.1f}" y2="{y(size):.1f}" '
                     f'stroke="{color}" stroke-dasharray="6 3"/>')
        lines.append(f'<text x="{MARGIN + 4}" y="{y(size) - 4:.1f}" fill="{color}">{name} {size / 1e6:.1f} MB</text>')
    points = " ".join(f'{x(row["seconds"]):.1f},{y(row["bytes"]):.1f}' for row in rows)
    lines.append(f'<polyline points="{points}" fill="none" stroke="#24c"/>')
    lines.append(f'<text x="{WIDTH - MARGIN}" y="{HEIGHT - MARGIN + 20}" text-anchor="end">{last:.1f} s</text>')
    lines.append(f'<text x="{MARGIN}" y="{MARGIN - 20}">bytes that the files take</text></svg>')
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
