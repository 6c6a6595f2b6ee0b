#!/usr/bin/env python3
"""Speed of one neural memory layer, Mneme against titans-pytorch, same sizes, same machine, taking turns in one run.

    compare_neural.py [--mneme .build/release/mneme] [--rounds 3] [--threads N] [--json OUT]

Both sides do a whole layer: projections to queries, keys and values, per-token gates, gradients, the write with momentum
and decay, the read, and the projection back. Mneme's is the memory that a session wires in (`WiredNeuralMemory`), segments of
one chunk; it runs on the calling thread. A row is the fastest of the rounds, tokens per second. The anchor moves every
`chunk` tokens on both sides (titans-pytorch: batch_size = chunk_size). `decode` is token by token.
Needs torch and titans-pytorch (measured with 0.5.5).
"""

import argparse
import json
import os
import subprocess
import time
from pathlib import Path

import torch
from titans_pytorch import MemoryMLP, NeuralMemory

ROOT = Path(__file__).resolve().parents[2]
SIZES = [  # width, heads, head columns, expansion, depth, chunk, tokens
    (384, 4, 64, 4, 2, 64, 2048),
    (384, 4, 64, 4, 2, 16, 2048),
    (384, 4, 64, 4, 2, 4, 512),
    (256, 1, 256, 2, 2, 16, 1024),
]
DECODED = 64


def theirs(width, heads, columns, expansion, depth, chunk, tokens):
    """Tokens per second: a pass over `tokens`, then one at a time."""
    torch.manual_seed(0)
    layer = NeuralMemory(
        dim=width, heads=heads, dim_head=columns, chunk_size=chunk, batch_size=chunk, momentum=True, qk_rmsnorm=True,
        default_step_transform_max_lr=0.1, model=MemoryMLP(columns, depth=depth, expansion_factor=expansion)).eval()
    x = torch.randn(1, tokens, width)
    with torch.no_grad():
        layer(x[:, : 2 * chunk])
        start = time.perf_counter()
        _, state = layer(x)
        prefill = tokens / (time.perf_counter() - start)
        start = time.perf_counter()
        for index in range(DECODED):
            _, state = layer(x[:, index : index + 1], state=state)
        decode = DECODED / (time.perf_counter() - start)
    return prefill, decode


def ours(mneme, sizes):
    names = ("width", "heads", "columns", "expansion", "depth", "chunk", "tokens")
    text = ",".join(f"{name}={value}" for name, value in zip(names, sizes))
    done = subprocess.run(
        [mneme, "bench", "--neural-layer", text, "--json"], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    return found["prefill_per_second"], found["decode_per_second"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mneme", default=ROOT / ".build/release/mneme")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, help="of torch (default: all processors)")
    parser.add_argument("--json")
    options = parser.parse_args()
    threads = options.threads or len(os.sched_getaffinity(0))
    torch.set_num_threads(threads)
    print(f"torch {torch.__version__}, {threads} threads of torch; fastest of {options.rounds} rounds, tokens per second")
    print("width heads columns expansion depth chunk | pass: theirs, ours, ratio | decode: theirs, ours, ratio")
    rows = []
    for sizes in SIZES:
        best = [[0.0, 0.0], [0.0, 0.0]]
        for _ in range(options.rounds):
            for side, found in enumerate((theirs(*sizes), ours(options.mneme, sizes))):
                best[side] = [max(a, b) for a, b in zip(best[side], found)]
        (p, d), (q, e) = best
        print(*sizes[:6], f"| {p:9.0f} {q:9.0f} {q / p:6.1f} | {d:9.0f} {e:9.0f} {e / d:6.1f}", flush=True)
        rows.append({"sizes": sizes, "theirs": [p, d], "ours": [q, e]})
    if options.json:
        Path(options.json).write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
