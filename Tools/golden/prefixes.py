#!/usr/bin/env python3
"""Gradients of a trained prefix in every architecture, by PyTorch's autograd in Float64.

    prefixes.py Tests/TestSupport/Fixtures/architectures Tests/TransformerTests/Fixtures/prefixes

Every key/value head of every block has some rows of its own, 2 to 5: keys before RoPE with positions, values, and a bias that is added
to each score after scale and cap. Tokens from `first` on attend to them beside what they see anyway, in one softmax; their own positions
are larger by `gap` (0 in a model without RoPE). The loss is the mean of -log p[i](t[i + 1]) over i >= first.

One file per model, Float32: `counts` I64 [blocks x heads]; `keys`, `values` [all rows, head dimension], `biases` F32, `positions` I64 [all rows],
`shape` I64 [first, gap]; `loss` [1]; `dkeys`, `dvalues`, `dbiases`. Needs what `gradients.py` needs.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from gradients import SEED, Model, wide
from safetensors.numpy import load_file, save_file

FIRST, GAP = 9, 12


class Prefix:
    """Rows of every head that learn."""

    def __init__(self, model, name):
        random = np.random.default_rng([SEED, 1, *name.encode()])
        self.first, self.gap = FIRST, GAP if model.rotated else 0
        self.counts = random.integers(2, 6, model.layers * model.groups)
        total = self.counts.sum()
        self.stored = {"keys": random.normal(0, 1, (total, model.size)), "values": random.normal(0, 0.5, (total, model.size)),
                       "biases": random.normal(0, 1, total)}
        self.stored = {key: value.astype(np.float32) for key, value in self.stored.items()}
        self.positions = random.integers(FIRST, FIRST + GAP, total)
        self.leaves = {key: wide(value).requires_grad_() for key, value in self.stored.items()}

    def mixed(self, model, layer, q, scores, v, cap):
        """What attention makes of the rows and of the tokens' own scores [heads, queries, keys] and values [keys, heads, size]."""
        rows = []
        for head in range(model.heads):
            index = layer * model.groups + head // (model.heads // model.groups)
            start, count = self.counts[:index].sum(), self.counts[index]
            own = slice(start, start + count)
            keys = model.rotate(self.leaves["keys"][own], layer, torch.from_numpy(self.positions[own]))
            extra = cap(q[:, head] @ keys.T / model.size**0.5, "attn_logit_softcapping") + self.leaves["biases"][own]
            hidden = torch.arange(len(q))[:, None] < self.first
            extra = extra.masked_fill(hidden, -torch.inf)
            shares = torch.cat([extra, scores[head]], dim=-1).softmax(-1)
            rows.append(shares[:, :count] @ self.leaves["values"][own] + shares[:, count:] @ v[:, head])
        return torch.stack(rows, dim=1).reshape(len(q), -1)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    torch.set_num_threads(1)
    models, out = (Path(argument) for argument in sys.argv[1:])
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(models.glob("*.gguf")):
        model = Model(path)
        tokens = torch.from_numpy(load_file(models / f"{path.stem}.safetensors")["tokens"])
        prefix = Prefix(model, path.stem)
        logits, _ = model.forward(tokens, {}, prefix=prefix)
        loss = torch.nn.functional.cross_entropy(logits[FIRST:-1], tokens[FIRST + 1:])
        gradients = torch.autograd.grad(loss, list(prefix.leaves.values()))
        result = dict(prefix.stored, counts=prefix.counts.astype(np.int64), positions=prefix.positions.astype(np.int64),
                      shape=np.array([prefix.first, prefix.gap]), loss=np.array([loss.item()], dtype=np.float32))
        result |= {f"d{key}": value.numpy().astype(np.float32) for key, value in zip(prefix.leaves, gradients)}
        save_file(result, out / f"{path.stem}.safetensors")
        print(f"{path.stem:12} {len(prefix.positions)} rows, loss {loss.item():.4f}")


if __name__ == "__main__":
    main()
