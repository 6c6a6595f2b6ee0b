#!/usr/bin/env python3
"""Compares two files of logits over the same tokens; exit status 1 when they differ by more than the limit.

    compare_logits.py OURS.safetensors THEIRS.safetensors [--limit 1e-3]

The difference is the largest absolute difference over the largest absolute logit of THEIRS (relative, max norm).
"""

import argparse
import sys

import numpy as np
from safetensors.numpy import load_file


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ours")
    parser.add_argument("theirs")
    parser.add_argument("--limit", type=float, default=1e-3)
    options = parser.parse_args()
    ours, theirs = load_file(options.ours), load_file(options.theirs)
    if not np.array_equal(ours["tokens"], theirs["tokens"]):
        sys.exit("the files are about different tokens")
    a, b = ours["logits"].astype(np.float64), theirs["logits"].astype(np.float64)
    if a.shape != b.shape:
        sys.exit(f"the logits have other extents: {a.shape} and {b.shape}")
    difference = np.abs(a - b).max() / np.abs(b).max()
    same = (a.argmax(axis=1) == b.argmax(axis=1)).mean()
    verdict = "within" if difference <= options.limit else "beyond"
    print(f"{a.shape[0]} tokens: relative difference {difference:.2e}, {verdict} {options.limit:g}; same best token {same:.4f}")
    sys.exit(0 if difference <= options.limit else 1)


if __name__ == "__main__":
    main()
