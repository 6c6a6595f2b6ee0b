#!/usr/bin/env python3
"""Trains a Neural Turing Machine or a Differentiable Neural Computer on one of its paper's tasks; goes on where it stopped when it is given again.

    Tools/train/cells/train.py ntm.copy --work DIR [--minutes 15] [--seed 1] [--rate R] [--exported] [--babi babi_train.tar.xz]

DIR/<cell>.<task>.pt is the checkpoint, DIR/<cell>.<task>.json the log: the seed, the loss over time, and after training what the cell, with its
weights rounded to 16 bits as they are exported, gets right at each size of the task, smaller and larger than those it was trained at.
`export.py` puts all of DIR into one file. One thread; minutes are of its processor time, of all runs together. With `--exported` a cell that has no
checkpoint goes on from its weights in the program and from its log.
"""

import argparse
import json
import os
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from dnc import DNC
from ntm import NTM
from tasks import Copy, Recall, RepeatCopy, Stories, Traversal

ROOT = Path(__file__).resolve().parents[3]
WEIGHTS, LOG = ROOT / "Sources/CTrainedWeights/cells.safetensors", ROOT / "Tools/train/cells/cells.json"
TASKS = {"copy": lambda babi: Copy(), "repeat-copy": lambda babi: RepeatCopy(), "associative-recall": lambda babi: Recall(),
         "traversal": lambda babi: Traversal(), "stories": Stories}
# The cell of each run, its batch, its rate, and the sizes it begins with, each with the one it grows to and the level from which on it grows: once a
# size is learned, larger ones are.
RUNS = {
    "ntm.copy": (dict(rows=128, columns=20, hidden=100), 4, 2e-4, {}),
    "ntm.repeat-copy": (dict(rows=128, columns=20, hidden=100), 4, 2e-4, {}),
    "ntm.associative-recall": (dict(rows=128, columns=20, hidden=100), 4, 2e-4, {}),
    "dnc.copy": (dict(rows=32, columns=16, hidden=64, reads=1), 4, 2e-4, {}),
    "dnc.associative-recall": (dict(rows=32, columns=16, hidden=64, reads=2), 4, 2e-4, {}),
    "dnc.traversal": (dict(rows=16, columns=24, hidden=64, reads=1), 16, 1e-3, dict(places=(3, 6, 0), high=(1, 4, 3))),
    "dnc.stories": (dict(rows=32, columns=24, hidden=80, reads=3, encoded=64), 24, 2e-3, {}),
}


def run(cell, x):
    state, said = cell.start(x.shape[1]), []
    for step in x:
        out, state = cell(step, state)
        said.append(out)
    return torch.stack(said)


def loss_of(task, said, y, asked):
    if task.loss == "bits":
        return F.binary_cross_entropy_with_logits(said[asked], y[asked])
    return F.cross_entropy(said[asked], y[asked].argmax(-1))


def measured(cell, task, size, random, /, **range):
    """What is wrong at a size: bits a sequence and the share of sequences without an error, or the share of answers."""
    with torch.no_grad():
        x, y, asked = task.batch(size, random, **range)
        said = run(cell, x)
    if task.loss == "bits":
        wrong = ((said > 0) != (y > 0.5)).float() * asked[..., None]
        return {"bit errors": round(wrong.sum((0, 2)).mean().item(), 4), "perfect": round((wrong.sum((0, 2)) == 0).float().mean().item(), 4)}
    right = (said.argmax(-1) == y.argmax(-1)) | ~asked
    return {"error": round(1 - ((right & asked).sum() / asked.sum()).item(), 4), "answers": int(asked.sum()),
            "perfect": round(right.all(0).float().mean().item(), 4)}


def rounded(cell):
    """The same cell with its weights as they are exported."""
    with torch.no_grad():
        for values in cell.parameters():
            values.copy_(values.half().float())
    return cell


def made(name, babi):
    kind, task = name.split(".")
    task = TASKS[task](babi)
    shape, batch, rate, first = RUNS[name]
    return (NTM if kind == "ntm" else DNC)(task.inputs, task.outputs, **shape), task, batch, rate, first


def exported(name):
    """The weights of a cell in the program, which are of 16 bits."""
    return {key.removeprefix(f"{name}."): values.float() for key, values in load_file(WEIGHTS).items() if key.startswith(f"{name}.")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=RUNS)
    parser.add_argument("--work", required=True)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, help="another learning rate than the run's own")
    parser.add_argument("--exported", action="store_true")
    parser.add_argument("--babi")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    cell, task, batch, rate, first = made(args.name, args.babi)
    rate = args.rate or rate
    random = torch.Generator().manual_seed(args.seed)
    # RMSprop with momentum, as Graves trains: Adam was an order slower to learn to copy. What is added to the second moment keeps steps small once
    # little is wrong: with a tiny addition the machine forgot again and again what it had learned.
    optimiser = torch.optim.RMSprop(cell.parameters(), lr=rate, momentum=0.9, alpha=0.95, eps=1e-4)
    work = Path(args.work)
    work.mkdir(parents=True, exist_ok=True)
    checkpoint, log_file = work / f"{args.name}.pt", work / f"{args.name}.json"
    log = {"cell": args.name, "seed": args.seed, "shape": cell.shape, "batch": batch, "rate": rate, "steps": 0, "level": 0, "seconds": 0, "loss": [], "curve": {}}
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=False)
        log = saved["log"]
        cell.load_state_dict(saved["cell"])
        optimiser.load_state_dict(saved["optimiser"])
        random.set_state(saved["random"])
    elif args.exported:
        log = json.loads(LOG.read_text())[args.name] | {"curve": {}}
        cell.load_state_dict(exported(args.name))
        # Other batches than the first ones, which the cell has seen.
        random.manual_seed(args.seed + log["steps"])
    log["rate"], limit = rate, 60 * args.minutes

    def keep():
        temporary = checkpoint.with_suffix(".new")
        torch.save({"cell": cell.state_dict(), "optimiser": optimiser.state_dict(), "random": random.get_state(), "log": log}, temporary)
        os.replace(temporary, checkpoint)
        log_file.write_text(json.dumps(log, indent=1) + "\n")

    small = []
    levels = max([begins + end - start for start, end, begins in first.values()], default=0)
    last, recent, norms, perfect, saved_at = time.process_time(), [], [], 0, time.time()
    while log["seconds"] < limit:
        # The last third of the time cools down.
        left = 1 - log["seconds"] / limit
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1, max(0.05, 3 * left), (log["steps"] + 1) / 100)
        # Four batches of five are of the sizes that are learned now, the fifth of any.
        grown = {name: min(end, start + max(0, log["level"] - begins)) for name, (start, end, begins) in first.items()} if log["steps"] % 5 else {}
        x, y, asked = task.batch(batch, random, **grown)
        loss = loss_of(task, run(cell, x), y, asked)
        optimiser.zero_grad()
        loss.backward()
        # One gradient far larger than its predecessors undoes what many have learned: it counts little more than they did (after AutoClip, 2007.14469).
        usual = sorted(norms[-100:])[len(norms[-100:]) * 9 // 10] if norms else 10.0
        norm = torch.nn.utils.clip_grad_norm_(cell.parameters(), usual)
        if torch.isfinite(norm):
            norms.append(norm.item())
            optimiser.step()
        recent.append(loss.item())
        if grown:
            small.append(recent[-1])
        if len(small) >= 60 and sum(small[-60:]) / 60 < 0.03 and log["level"] < levels:
            log["level"], small = log["level"] + 1, []
        log["steps"] += 1
        now = time.process_time()
        log["seconds"], last = log["seconds"] + now - last, now
        if len(recent) == 200:
            log["loss"].append([log["steps"], round(log["seconds"]), round(sum(recent) / len(recent), 5)])
            print(*log["loss"][-1], log["level"], flush=True)
            # Long without an error: done before its time.
            perfect = perfect + 1 if log["loss"][-1][2] < 1e-4 else 0
            recent = []
            if perfect >= 5:
                break
        if time.time() - saved_at > 30:
            keep()
            saved_at = time.time()
    rounded(cell)
    for size, range in task.curve().items():
        log["curve"][size] = measured(cell, task, 100, torch.Generator().manual_seed(1000), **range)
    log["seconds"] = round(log["seconds"])
    keep()
    print(json.dumps(log["curve"]))


if __name__ == "__main__":
    main()
