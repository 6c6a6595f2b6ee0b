#!/usr/bin/env python3
"""An unread novel with as many attended rows for every arm: the plain window, and a shorter window beside remembered rows.

    Tools/acceptance/novel.py --essay NOVEL.txt [--rows 512] [--limit 32768] [--model smollm2] [--arm "transformer-xl transformer-xl.rows=256"]

Every window is scored before it is learned. The plain arm has windows of --rows tokens, the others of half as many beside memories of as many
rows as the other half (--arm; a memory's file is made anew). Prints the mean surprisal in nats, all in all and by the place in the window, and what an arm gains on
the plain one: the mean difference over stretches of 4,096 tokens, with its standard error. The novel must not have been trained on.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

from natural import ROOT, switches

ARMS = ["transformer-xl transformer-xl.rows={half}", "transformer-xl transformer-xl.rows={half} transformer-xl.sinks=4",
        "compressive compressive.function=mean compressive.recent={quarter} compressive.slots={quarter} compressive.rate=4",
        "compressive compressive.function=matching compressive.recent={quarter} compressive.slots={quarter} compressive.rate=4"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--essay", required=True)
    parser.add_argument("--rows", type=int, default=512)
    parser.add_argument("--limit", type=int, default=32768)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--arm", action="append", default=[], help="kinds and switches; {half} and {quarter} are replaced")
    parser.add_argument("--threads", default="1")
    parser.add_argument("--mneme", default=str(ROOT / ".build/release/mneme"))
    options = parser.parse_args()

    def mneme(*words):
        done = subprocess.run([options.mneme, *map(str, words)], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(map(str, words))}: {done.stderr.strip()}")
        return done.stdout

    def measure(context, *words):
        return json.loads(mneme("perplexity", options.essay, "--model", options.model, "--threads", options.threads, "--context", context,
                                "--limit", options.limit, "--json", "--quiet", *words))

    half, quarter = options.rows // 2, options.rows // 4
    plain = measure(options.rows)
    runs = {f"plain window of {options.rows}": plain, f"plain window of {half}": measure(half)}
    head = [f"{i}/8" for i in range(1, 9)]
    print(f"| arm | nats | gain on the plain window | {' | '.join(head)} of the window |\n|{'---|' * 11}", flush=True)

    def show(name, run):
        gains = [a["nll"] - b["nll"] for a, b in zip(plain["buckets"], run["buckets"])]
        mean = sum(gains) / len(gains)
        error = math.sqrt(sum((g - mean) ** 2 for g in gains) / max(1, len(gains) - 1) / len(gains))
        places = " | ".join(f"{place['nll']:.3f}" for place in run["places"])
        print(f"| {name} | {run['nll']:.4f} | {mean:+.4f} ± {error:.4f} | {places} |", flush=True)

    for name, run in runs.items():
        show(name, run)
    with tempfile.TemporaryDirectory() as folder:
        for index, arm in enumerate(options.arm or ARMS):
            arm = arm.replace("{half}", str(half)).replace("{quarter}", str(quarter))
            file = Path(folder) / f"{index}.mneme"
            mneme("memory", "create", file, "--model", options.model, "--no-journal", "--quiet", *switches(arm.split()))
            show(arm, measure(half, "--memory", file, "--learn"))


if __name__ == "__main__":
    main()
