#!/usr/bin/env python3
"""What PyTorch makes of compressed rows: pooling, strided convolution, and the attention-reconstruction loss with its gradient.

    compression.py --out Tests/MemoryModulesTests/Fixtures/compression.safetensors

Compressive Transformer, arXiv 1911.05507, section 3.2; the loss also asks for the log-sum of the scores, a slot of c rows
counting c times. Float64 inside.
"""

import argparse

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

RATE, DIMENSION, ROWS, QUERIES = 4, 8, 24, 10


def attend(q, k, v, bias):
    scores = q @ k.T * q.shape[1] ** -0.5 + bias
    return scores.softmax(-1) @ v, scores.logsumexp(-1)


def convolved(rows, weights, bias):
    """weights [rate x d, d] as nn.Conv1d's [out, in, kernel]."""
    kernel = weights.view(RATE, DIMENSION, DIMENSION).permute(2, 1, 0)
    return F.conv1d(rows.T[None], kernel, bias, stride=RATE)[0].T


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", required=True)
    o = p.parse_args()
    torch.set_default_dtype(torch.float64)
    g = torch.Generator().manual_seed(5)
    # Float32 numbers, so that both sides begin with the same ones.
    normal = lambda *shape: torch.randn(*shape, generator=g).float().double()
    keys, values, queries = normal(ROWS, DIMENSION), normal(ROWS, DIMENSION), 2 * normal(QUERIES, DIMENSION)
    mean = torch.eye(DIMENSION).repeat(RATE, 1) / RATE
    kernels = [(mean + 0.2 * normal(RATE * DIMENSION, DIMENSION)).float().double(), (0.1 * normal(DIMENSION)).float().double(),
               (mean + 0.2 * normal(RATE * DIMENSION, DIMENSION)).float().double(), (0.1 * normal(DIMENSION)).float().double()]
    for k in kernels:
        k.requires_grad_()
    new_keys, new_values = convolved(keys, *kernels[:2]), convolved(values, *kernels[2:])
    target, total = attend(queries, keys, values, 0)
    found, sums = attend(queries, new_keys, new_values, torch.tensor(float(RATE)).log())
    loss = (found - target).pow(2).sum(-1).mean() / target.pow(2).sum(-1).mean() + 0.1 * (sums - total).pow(2).mean()
    loss.backward()
    names = ("key", "key.bias", "value", "value.bias")
    out = {"keys": keys, "values": values, "queries": queries, "loss": loss.detach()[None], "convolved": new_keys.detach(),
           "mean": F.avg_pool1d(keys.T[None], RATE)[0].T, "max": F.max_pool1d(keys.T[None], RATE)[0].T,
           **{n: k.detach() for n, k in zip(names, kernels)}, **{n + ".slope": k.grad for n, k in zip(names, kernels)}}
    save_file({k: v.float().contiguous() for k, v in out.items()}, o.out)
    print(f"{o.out}: loss {loss.item():.6f}")


if __name__ == "__main__":
    main()
