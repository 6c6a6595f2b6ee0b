#!/usr/bin/env python3
"""What the trained cells get right, from cells.json, as a table in Markdown.

    Tools/train/cells/card.py
"""

import json
from pathlib import Path

LOG = Path(__file__).with_name("cells.json")


def line(name, log):
    shape = log["shape"]
    values = []
    for size, own in log["curve"].items():
        if "bit errors" in own:
            values.append(f"{size}: {100 * own['perfect']:.0f} % ({own['bit errors']:.2g})")
        else:
            values.append(f"{size}: {100 * own['error']:.1f} %")
    what = "error" if "error" in own else "sequences without an error (wrong bits a sequence)"
    return f"| `{name}` | {shape['rows']} x {shape['columns']}, {shape['hidden']} | {log['seed']} | {log['steps']}, {log['seconds'] / 60:.0f} min | {what}: {', '.join(values)} |"


def main():
    print("| cell | memory, controller | seed | steps, time of one core | measured |")
    print("|---|---|---|---|---|")
    for name, log in json.loads(LOG.read_text()).items():
        print(line(name, log))


main()
