#!/usr/bin/env python3
"""What trained wires make of rows and where their heads point, by PyTorch, with weights drawn at random.

    Tools/golden/machines.py --out Tests/MemoryModulesTests/Fixtures/machines.safetensors

Of each kind: `<kind>.weights.<name>`; what was told, `<kind>.rows` and `<kind>.means` [slots, width], its `<kind>.contents` [slots, columns]; an
answer, `<kind>.heard` [rows, width] after a question of mean `<kind>.mean` [width], where the head points, `<kind>.pointed` [rows, slots], and the
openings' logits `<kind>.openings` [rows].
"""

import argparse
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

sys.path.append(str(Path(__file__).resolve().parents[2] / "Tools/train/machines"))
from wires import Wire  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    torch.manual_seed(12)
    tensors, width, columns, slots, steps = {}, 9, 6, 11, 5
    for kind in ("ntm", "dnc"):
        wire = Wire(kind, width, columns)
        with torch.no_grad():
            for value in wire.parameters():
                value.copy_(0.5 * torch.randn_like(value))
            wire.address.bias[columns] = 6
            rows, means, heard, mean = (torch.randn(n, width) for n in (slots, slots, steps, 1))
            contents = wire.slots(rows, means)
            pointed, openings = wire.read(contents, heard[None], mean)
        tensors |= {f"{kind}.weights.{name}": value.detach().clone() for name, value in wire.named_parameters()}
        tensors |= {f"{kind}.{name}": value.contiguous().clone() for name, value in dict(
            rows=rows, means=means, contents=contents, heard=heard, mean=mean[0], pointed=pointed[0], openings=openings[0]).items()}
    save_file(tensors, options.out)


main()
