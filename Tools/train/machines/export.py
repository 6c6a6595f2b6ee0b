#!/usr/bin/env python3
"""Puts trained wires (train.py) into an adapter of their own, for `mneme memory create --adapter`.

    Tools/train/machines/export.py --adapter MET.adapter.safetensors --work DIR --out Models/smollm2.wires.adapter.safetensors ntm.18 dnc.18

MET is an adapter of the same model, as `mneme adapter train` or a first meeting makes it, or a memory file with these kinds (`mneme memory create
--module ntm --module dnc`): taken from it is what concerns these kinds, and how keys are made. Facts then reach the answer through the wires alone.
"""
import argparse
import json
import os
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import save_file


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wires", nargs="+", help="names of checkpoints")
    parser.add_argument("--adapter", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--out", required=True)
    o = parser.parse_args()
    with safe_open(o.adapter, "np") as file:
        metadata = {key: value for key, value in file.metadata().items() if key in ("mneme.adapter", "mneme.model")}
        described = json.loads(metadata["mneme.adapter"])
        held = {key: file.get_tensor(key) for key in file.keys()}
    kinds, tensors = {}, {key: value for key, value in held.items() if key.startswith("adapter.key.")}
    for name in o.wires:
        saved = torch.load(Path(o.work) / f"{name}.pt", weights_only=False)
        kind = saved["kind"]
        module = described["modules"][kind]
        configuration = json.loads(module["configuration"])
        configuration["facts"]["readout"] = "votes"
        configuration["wiring"] = {"layer": saved["layer"], "columns": saved["columns"], "slots": 8192}
        # The wire has a gate of its own.
        kinds[kind] = module | {"configuration": json.dumps(configuration, sort_keys=True)}
        kinds[kind]["gate"] = module["gate"] | {"opensInAnswers": True}
        tensors |= {key: value for key, value in held.items() if key.startswith(f"adapter.{kind}.")}
        for key, value in saved["wire"].items():
            # As exact as half precision: no more was learned.
            tensors[f"adapter.{kind}.{key}"] = value.half().float().numpy()
        print(name, saved["steps"], "steps", round(saved["seconds"]), "s", saved["figures"])
    described["modules"] = kinds
    save_file({key: np.ascontiguousarray(value) for key, value in tensors.items()}, o.out + ".new", metadata | {"mneme.adapter": json.dumps(described, sort_keys=True)})
    os.replace(o.out + ".new", o.out)
    print(f"{o.out}: {len(tensors)} tensors, {os.path.getsize(o.out) / 1e6:.1f} MB")


main()
