#!/usr/bin/env python3
"""What Neural Turing Machines and Differentiable Neural Computers say and hold, by PyTorch, with weights drawn at random.

    Tools/golden/cells.py --out Tests/MemoryModulesTests/Fixtures/cells.safetensors

The metadata's `cases` names each case and its shape. Of each: its weights `<case>.weights.<name>`, `<case>.inputs` [steps, inputs], and what it says
`<case>.outputs` [steps, outputs]; `<case>.state.<name>` is the state after the last step. For the trained cells, by their names in
`trained`, `<name>.inputs` and `<name>.outputs` of one sample of their tasks.
"""

import argparse
import json
import sys
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "Tools/train/cells"))
from dnc import DNC  # noqa: E402
from ntm import NTM  # noqa: E402
from tasks import Stories  # noqa: E402
from train import TASKS  # noqa: E402

SMALL = dict(rows=7, columns=5, hidden=9)
CASES = {
    "ntm": NTM(4, 3, **SMALL),
    "ntm.heads": NTM(4, 3, **SMALL, reads=2, writes=2, controller="feed-forward"),
    "dnc": DNC(4, 3, **SMALL, reads=2, masked=False, erasing=False, sharp=False),
    "dnc.masked": DNC(4, 3, **SMALL, reads=2, masked=True, erasing=False, sharp=False),
    "dnc.erasing": DNC(4, 3, **SMALL, reads=2, masked=False, erasing=True, sharp=False),
    "dnc.sharp": DNC(4, 3, **SMALL, reads=2, masked=False, erasing=False, sharp=True),
    "dnc.repaired": DNC(4, 3, **SMALL, reads=3, encoded=6, controller="feed-forward"),
    "dnc.sparse": DNC(4, 3, **SMALL, reads=2, sparse=3),
}
# The size of a trained cell's sample; of one whose task needs texts the steps, and a few of its inputs are then one.
SIZE, STEPS = 4, 24


def said(cell, inputs):
    state, outputs = cell.start(1), []
    with torch.no_grad():
        for step in inputs:
            out, state = cell(step[None], state)
            outputs.append(out[0])
    return torch.stack(outputs), {name: value[0] for name, value in state.items()}


def sample(task, inputs):
    """Inputs of a trained cell, of its task where that can be drawn: elsewhere a machine amplifies what rounding does."""
    if task is Stories:
        return (torch.rand(STEPS, inputs) < 3 / inputs).float()
    return task(None).batch(1, torch.Generator().manual_seed(3), low=SIZE, high=SIZE)[0][:, 0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--cells", default=ROOT / "Sources/CTrainedWeights/cells.safetensors")
    args = parser.parse_args()
    torch.manual_seed(11)
    tensors, shapes, trained = {}, {}, []
    for name, cell in CASES.items():
        with torch.no_grad():
            for value in cell.parameters():
                value.copy_(0.6 * torch.randn_like(value))
        inputs = torch.randn(12, 4)
        outputs, state = said(cell, inputs)
        tensors |= {f"{name}.weights.{key}": value.detach().clone() for key, value in cell.named_parameters()}
        tensors |= {f"{name}.inputs": inputs, f"{name}.outputs": outputs} | {f"{name}.state.{key}": value.contiguous().clone() for key, value in state.items()}
        plain = {"writes": 1, "encoded": 0, "masked": False, "erasing": False, "sharp": False, "sparse": 0}
        shapes[name] = plain | cell.shape | {"kind": cell.kind}
    if Path(args.cells).exists():
        with safe_open(args.cells, "pt") as file:
            for name, entry in json.loads(file.metadata()["cells"]).items():
                shape = {key: value for key, value in entry["shape"].items() if key != "kind"}
                kind = DNC if entry["shape"]["kind"] == "dnc" else NTM
                known = {key: value for key, value in shape.items() if key in kind(1, 1).shape}
                cell = kind(**known)
                cell.load_state_dict({key[len(name) + 1:]: file.get_tensor(key).float() for key in file.keys() if key.startswith(name + ".")})
                inputs = sample(TASKS[name.split(".")[1]], shape["inputs"])
                tensors |= {f"{name}.inputs": inputs, f"{name}.outputs": said(cell, inputs)[0]}
                trained.append(name)
    save_file(tensors, args.out, metadata={"cases": json.dumps(shapes), "trained": json.dumps(trained)})


main()
