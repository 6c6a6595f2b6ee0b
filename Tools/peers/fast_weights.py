#!/usr/bin/env python3
"""The rule of the neural memory's fast weights in PyTorch: a text scored window by window, low-rank updates of the feed-forward
matrices stepped on each chunk after its window was scored.

    fast_weights.py MODEL.gguf TEXT --mneme .build/release/mneme [--tokens 32768] [--blocks 28] [--rank 16] ...

Prints perplexity without and with learning, over the whole and the second half, and tokens per second of the steps. `mneme perplexity
--memory M --learn` on a memory of form `weights` is what it is compared with; A_0 is the same. Needs torch, transformers and gguf.
"""

import argparse
import json
import math
import subprocess
import time

import numpy as np
import torch
import torch.nn.functional as F
from transformers import AutoModelForCausalLM

SITES = ["gate_proj", "up_proj", "down_proj"]
LEAD = 32


def uniform(count, state):
    """Numbers of SplitMix64 in -1..<1, and its state after them."""
    gamma = np.uint64(0x9E3779B97F4A7C15)
    with np.errstate(over="ignore"):
        z = state + gamma * np.arange(1, count + 1, dtype=np.uint64)
        end = z[-1]
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(40)).astype(np.float32) / 8388608 - 1, end


class LowRank(torch.nn.Module):
    """W x + B (A x) beside a frozen W."""

    def __init__(self, linear, rank, state):
        super().__init__()
        self.linear = linear
        values, self.state = uniform(rank * linear.in_features, state)
        self.down = torch.nn.Parameter(torch.from_numpy(values.reshape(rank, -1)) / math.sqrt(linear.in_features))
        self.up = torch.nn.Parameter(torch.zeros(linear.out_features, rank))

    def forward(self, x):
        return self.linear(x) + F.linear(F.linear(x, self.down), self.up)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("text")
    parser.add_argument("--mneme", default=".build/release/mneme", help="whose tokenizer is used")
    parser.add_argument("--tokens", type=int, default=32768)
    parser.add_argument("--context", type=int, default=1024)
    parser.add_argument("--chunk", type=int, default=512)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--skipped", type=float, default=0.06)
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--spread", type=float, default=0.95)
    parser.add_argument("--trust", type=float, default=4)
    parser.add_argument("--seed", type=lambda s: int(s, 0), default=0x4D6E656D65)
    options = parser.parse_args()
    assert options.context % options.chunk == 0, "a window holds whole chunks"
    torch.manual_seed(0)
    out = subprocess.run([options.mneme, "tokenize", "--model", options.model, "--json", "--file", options.text], capture_output=True, text=True, check=True).stdout
    ids = json.loads(out)["ids"][: options.tokens]
    folder, _, name = options.model.rpartition("/")
    model = AutoModelForCausalLM.from_pretrained(folder or ".", gguf_file=name, dtype=torch.float32)
    model.eval().requires_grad_(False)
    layers = model.model.layers
    state = np.uint64(options.seed)
    updates = []
    for layer in layers[int(round(options.skipped * len(layers))):]:
        for site in SITES:
            update = LowRank(getattr(layer.mlp, site), options.rank, state)
            state = update.state
            setattr(layer.mlp, site, update)
            updates += [update.down, update.up]
    first = [torch.zeros_like(u) for u in updates]
    second = [torch.zeros_like(u) for u in updates]
    steps, longest, busy, learned = 0, 0.0, 0.0, 0

    def step(tokens, begin):
        """One step on the tokens from row `begin` on."""
        nonlocal steps, longest, busy, learned
        start = time.time()
        batch = torch.tensor([tokens])
        logits = model(batch).logits[0, max(0, begin - 1):-1]
        loss = F.cross_entropy(logits, batch[0, max(1, begin):])
        gradients = torch.autograd.grad(loss, updates)
        with torch.no_grad():
            length = math.sqrt(sum(float((g.double() ** 2).sum()) for g in gradients))
            bound = options.trust * longest if longest else length
            scale = bound / length if length > bound else 1
            longest = max(longest, length * scale)
            steps += 1
            for u, g, m, v in zip(updates, gradients, first, second):
                m.mul_(options.momentum).add_(g, alpha=(1 - options.momentum) * scale)
                v.mul_(options.spread).addcmul_(g * scale, g * scale, value=1 - options.spread)
                root = (v / (1 - options.spread**steps)).sqrt() + 1e-8
                u.addcdiv_(m, root, value=-options.rate / (1 - options.momentum**steps))
        busy += time.time() - start
        learned += len(tokens) - begin

    def score(learns):
        values = []
        for start in range(0, len(ids), options.context):
            window = ids[start:start + options.context]
            with torch.no_grad():
                logits = model(torch.tensor([window])).logits[0, :-1]
                values.append(F.cross_entropy(logits, torch.tensor(window[1:]), reduction="none").double())
            if not learns:
                continue
            for begin in range(0, len(window), options.chunk):
                end = begin + options.chunk
                if end <= len(window):
                    lead = min(LEAD, begin)
                    step(window[begin - lead:end], lead)
            done = torch.cat(values)
            print(f"{start + len(window)} {math.exp(done.mean()):.3f}", flush=True)
        values = torch.cat(values)
        half = len(values) // 2
        return math.exp(values.mean()), math.exp(values[half:].mean())

    plain = score(False)
    print(f"plain: {plain[0]:.3f}, second half {plain[1]:.3f}", flush=True)
    now = score(True)
    print(f"learning: {now[0]:.3f} ({100 * (now[0] / plain[0] - 1):+.1f} %), second half {now[1]:.3f} ({100 * (now[1] / plain[1] - 1):+.1f} %)")
    print(f"{learned / busy:.0f} tokens per second in steps")


main()
