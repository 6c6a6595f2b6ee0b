#!/usr/bin/env python3
"""Damaged model files through the command line: each is run as it is, or refused in one sentence.

    hostile.py [--mneme PROGRAM] [--count 300] [--seed 1]

Takes the tests' recorded GGUF files and Hugging Face folders, changes a few bytes of one file at random (single bits, runs of 0xff, cut
ends, doubled parts), and lets `mneme generate` load and run it. A run must end by itself within 20 seconds, with exit code 0, or with 1 and
one line on standard error. Prints how many of each there were, and every run that broke the rule. Standard library only.
"""

import argparse
import collections
import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def damaged(data, rng, early):
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 8])):
        if not data:
            break
        # Most of a model file is weights, of which any values will do: the description in front is what can be wrong.
        at = rng.randrange(min(len(data), early)) if rng.random() < 0.8 else rng.randrange(len(data))
        kind = rng.randrange(5)
        if kind == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at:at + 8] = b"\xff" * len(data[at:at + 8])
        elif kind == 2:
            del data[at:]
        elif kind == 3:
            data[at:at] = data[at:at + rng.randrange(1, 64)]
        else:
            data[at:at + 4] = rng.randbytes(len(data[at:at + 4]))
    return bytes(data)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mneme", default=ROOT / ".build/release/mneme")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    files = sorted((ROOT / "Tests/TestSupport/Fixtures/architectures").glob("*.gguf"))
    folders = sorted({p.parent for p in (ROOT / "Tests/ModelFilesTests/Fixtures").rglob("config.json")})
    counts, broken = collections.Counter(), []
    with tempfile.TemporaryDirectory() as place:
        for turn in range(options.count):
            target = Path(place) / "model"
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir()
            if rng.random() < 0.5 or not folders:
                source = rng.choice(files)
                model = changed = target / "model.gguf"
                shutil.copy(source, model)
                kind = "gguf"
            else:
                source = rng.choice(folders)
                model = target / "folder"
                shutil.copytree(source, model)
                changed = rng.choice([p for p in sorted(model.iterdir()) if p.is_file()])
                kind = changed.name if changed.suffix != ".safetensors" else "safetensors"
            changed.write_bytes(damaged(changed.read_bytes(), rng, 4096))
            command = [str(options.mneme), "generate", "--model", str(model), "a b", "--tokens", "3", "--quiet", "--json"]
            try:
                run = subprocess.run(command, capture_output=True, timeout=20)
            except subprocess.TimeoutExpired:
                broken.append((turn, kind, "does not end"))
                continue
            lines = run.stderr.decode("utf-8", "replace").strip().splitlines()
            counts[kind, run.returncode] += 1
            if run.returncode not in (0, 1) or run.returncode == 1 and len(lines) != 1:
                broken.append((turn, kind, f"exit code {run.returncode}, {lines[:3]}"))
            if run.returncode == 0:
                json.loads(run.stdout)
    for (kind, code), count in sorted(counts.items()):
        print(f"{kind:24} {'refused' if code else 'runs':8} {count}")
    for turn, kind, what in broken:
        print(f"run {turn} ({kind}): {what}")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
