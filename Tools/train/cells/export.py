#!/usr/bin/env python3
"""Puts trained cells into one file, 16 bits a weight, with what the program needs to know of them in its metadata.

    Tools/train/cells/export.py --work DIR [--babi babi_train.tar.xz] [--out Sources/CTrainedWeights/cells.safetensors]

Beside it goes cells.json: seed, steps, loss over time and what each cell gets right at each size (`train.py`). A cell of which DIR has nothing stays
as it is in the program.
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from train import LOG, RUNS, WEIGHTS, made


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", required=True)
    parser.add_argument("--babi")
    parser.add_argument("--out", default=WEIGHTS)
    parser.add_argument("--log", default=LOG)
    args = parser.parse_args()
    tensors, entries, logs = {}, {}, {}
    with safe_open(WEIGHTS, "pt") as file:
        before = json.loads(file.metadata()["cells"])
    weights, logged = load_file(WEIGHTS), json.loads(LOG.read_text())
    for name in RUNS:
        path = Path(args.work) / f"{name}.pt"
        saved = torch.load(path, weights_only=False) if path.exists() else None
        if saved is None or not saved["log"]["curve"]:
            print(f"{name}: {'not trained' if saved is None else 'not measured yet'}{', stays as it is' if name in before else ''}")
            if name in before:
                entries[name], logs[name] = before[name], logged[name]
                tensors |= {key: values for key, values in weights.items() if key.startswith(f"{name}.")}
            continue
        log = saved["log"]
        cell, task, *_ = made(name, args.babi)
        shape = {"controller": "lstm", "writes": 1, "encoded": 0, "masked": False, "erasing": False, "sharp": False, "sparse": 0} | cell.shape
        entries[name] = {"shape": {"kind": cell.kind} | shape}
        if hasattr(task, "vocabulary"):
            entries[name]["vocabulary"] = json.loads(task.vocabulary())
        for key, value in saved["cell"].items():
            tensors[f"{name}.{key}"] = value.half().contiguous()
        # Every tenth point of the loss is enough for its picture.
        logs[name] = log | {"loss": log["loss"][:: max(1, len(log["loss"]) // 12)]}
        print(name, log["steps"], "steps", log["seconds"], "s", json.dumps(log["curve"]))
    save_file(tensors, args.out, metadata={"cells": json.dumps(entries, sort_keys=True)})
    lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(log)}" for name, log in logs.items())
    Path(args.log).write_text("{\n" + lines + "\n}\n")
    print(Path(args.out).stat().st_size, "bytes")


main()
