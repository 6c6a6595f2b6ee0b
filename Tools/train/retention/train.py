#!/usr/bin/env python3
"""Trains the agents of `lemn` and the write policy of `dct` on logs of `mneme adapter log`.

    Tools/train/retention/train.py --work DIR [--steps 200] --out Sources/CTrainedWeights/retention.safetensors

DIR holds lemn-train*.jsonl, lemn-test*.jsonl, dct-train*.jsonl and dct-test*.jsonl. An agent's loss is the expected worth of what it
lets go, over all that could go (the policy gradient with every action's reward known); which one goes while training is drawn from the
agent's own odds. Checkpoints lie in DIR; given again, training goes on. Prints what is kept on the streams for testing.
"""

import argparse
import json
import random
from pathlib import Path

import torch
from safetensors.torch import save_file

from policies import FEATURES, InputMatching, Spatial, SpatioTemporal, Write, exported
from simulation import Streams, plain_scores, play


def joined(parts):
    """Several files of streams as one."""
    if len(parts) == 1:
        return parts[0]
    whole = object.__new__(Streams)
    whole.count, whole.things = sum(part.count for part in parts), max(part.things for part in parts)
    whole.sizes = torch.cat([part.sizes for part in parts])
    for name in ("static", "worth", "words"):
        tables = [getattr(part, name) for part in parts]
        shape = [max(table.shape[axis] for table in tables) for axis in (1, 2)]
        whole_table = torch.zeros(whole.count, *shape)
        start = 0
        for table in tables:
            whole_table[start : start + table.shape[0], : table.shape[1], : table.shape[2]] = table
            start += table.shape[0]
        setattr(whole, name, whole_table)
    return whole


def agent(module, streams, steps, work):
    place = work / f"{module.name}.pt"
    optimizer = torch.optim.Adam(module.parameters(), lr=5e-3)
    done = 0
    if place.exists():
        state = torch.load(place)
        module.load_state_dict(state["module"])
        optimizer.load_state_dict(state["optimizer"])
        done = state["done"]
    schedule = lambda step: 5e-3 * min(1, 2 * (1 - step / steps) + 0.02)
    drawn = random.Random(7 + done)
    shuffling = torch.Generator().manual_seed(7 + done)
    whole = streams.repeated(3)
    for step in range(done, steps):
        for group in optimizer.param_groups:
            group["lr"] = schedule(step)
        kept, cost, _ = play(whole.shuffled(shuffling), drawn.choice([4, 6, 8, 12, 16, 24]), module, greedy=False)
        optimizer.zero_grad()
        cost.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()
        if (step + 1) % 20 == 0:
            torch.save({"module": module.state_dict(), "optimizer": optimizer.state_dict(), "done": step + 1}, place)
            print(f"{module.name} step {step + 1}: kept {kept.mean():.3f}, cost {cost:.3f}", flush=True)
    return module


def write_samples(paths):
    """Features of segments, and what keeping them whole and compressing them was worth; nats, at most what there was to gain."""
    features, targets = [], []
    for path in paths:
        for line in open(path):
            log = json.loads(line)
            for number, thing in enumerate(log["things"]):
                whole = compressed = 0.0
                for plain, row in zip(log["plain"], log["worth"]):
                    whole += min(max(row[number][0], 0.0), -plain)
                    compressed += min(max(row[number][1], 0.0), -plain)
                features.append(thing["features"])
                targets.append([whole - compressed, compressed])
    return torch.tensor(features), torch.tensor(targets)


def write(paths, tests):
    features, targets = write_samples(paths)
    torch.manual_seed(1)
    module = Write()
    optimizer = torch.optim.AdamW(module.parameters(), lr=1e-2, weight_decay=1e-2)
    scale = targets.std(0) + 1e-6
    for _ in range(1500):
        loss = ((module(features) - targets / scale) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    held, goals = write_samples(tests)
    with torch.no_grad():
        made = module(held)
    for index, name in enumerate(("whole", "compressed")):
        agreement = torch.corrcoef(torch.stack([made[:, index], goals[:, index]]))[0, 1]
        best = torch.corrcoef(torch.stack([held[:, 0], goals[:, index]]))[0, 1]
        print(f"write, {name}: correlation with what it is worth {agreement:.2f}; of surprise alone {best:.2f}")
    return module


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    torch.manual_seed(0)
    streams = joined([Streams(path) for path in sorted(options.work.glob("lemn-train*.jsonl"))])
    tests = joined([Streams(path) for path in sorted(options.work.glob("lemn-test*.jsonl"))])
    modules = [agent(kind(), streams, options.steps, options.work) for kind in (InputMatching, Spatial, SpatioTemporal)]
    sizes = (4, 6, 8, 12, 16, 24)
    print("share of what could be kept, by slots: " + " ".join(f"{size:5d}" for size in sizes))
    with torch.no_grad():
        for name, score in plain_scores().items():
            print(f"{name:>37s}: " + " ".join(f"{play(tests, size, score=score)[0].mean():5.2f}" for size in sizes))
        for module in modules:
            print(f"{module.name:>37s}: " + " ".join(f"{play(tests, size, module)[0].mean():5.2f}" for size in sizes))
    segments = [sorted(options.work.glob(f"dct-{part}*.jsonl")) for part in ("train", "test")]
    modules.append(write(*segments))
    save_file(exported(modules), options.out)
    print(f"wrote {options.out}")


main()
