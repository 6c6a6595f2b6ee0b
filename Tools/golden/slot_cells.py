#!/usr/bin/env python3
"""What the cells of slot memories compute, by the papers' equations in NumPy and PyTorch, float64 inside.

    Tools/golden/slot_cells.py --out Tests/MemoryModulesTests/Fixtures/slot-cells.safetensors

`sdm.*`     Kanerva 1988: counters after five words were written at themselves and one at another address, sums at noisy addresses, and the
            words that repeated reading settles on; bits as int8
`fast.*`    Schlag et al. 2021 (arXiv 2102.11174): the sum and the delta rule with ELU + 1, DPFP and the key itself; Yang et al. 2024 (arXiv
            2412.06464): the gated rule as S <- S (alpha (I - beta k kT)) + beta v kT
`network.*` Sukhbaatar et al. 2015 (arXiv 1503.08895): three hops tied, linear, and without the softmax; Miller et al. 2016 (arXiv
            1606.03126): three key-value hops; position encoding
`columns.*` Rusu et al. 2016 (arXiv 1606.04671): three columns, their steps by PyTorch's gradients; frozen ones have none
"""

import argparse

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file


def sdm(draw):
    locations, bits, radius = 300, 128, 56
    addresses = draw.integers(0, 2, (locations, bits), dtype=np.int8)
    words = draw.integers(0, 2, (5, bits), dtype=np.int8)
    other = draw.integers(0, 2, (2, bits), dtype=np.int8)
    counters = np.zeros((locations, bits), dtype=np.int64)
    active = lambda address: (addresses != address).sum(1) <= radius
    for address, word in [*zip(words, words), (other[0], other[1])]:
        counters[active(address)] += 2 * word.astype(np.int64) - 1
    noisy = words.copy()
    for row in noisy:
        row[draw.choice(bits, 8, replace=False)] ^= 1
    queries = np.concatenate([noisy, other[:1]])
    sums = np.stack([counters[active(q)].sum(0) for q in queries])
    settled = []
    for word in noisy:
        for _ in range(10):
            after = (counters[active(word)].sum(0) > 0).astype(np.int8)
            if (after == word).all():
                break
            word = after
        settled.append(word)
    return {"addresses": addresses, "words": words, "other": other, "counters": counters.astype(np.int32), "queries": queries,
            "sums": sums.astype(np.int32), "settled": np.stack(settled)}


def features(name, x):
    if name == "identity":
        return x / x.norm()
    if name == "elu":
        return F.elu(x) + 1
    halves = torch.cat([F.relu(x), F.relu(-x)])
    rolls = range(1, int(name[-1]) + 1)
    return torch.cat([halves] * len(rolls)) * torch.cat([halves.roll(j) for j in rolls])


def fast(draw):
    normal = lambda *shape: torch.from_numpy(draw.standard_normal(shape).astype(np.float32).astype(np.float64))
    keys, values, queries = normal(6, 5), normal(6, 4), normal(3, 5)
    keys[4] = keys[1]  # a key that is given another value
    out = {"keys": keys, "values": values, "queries": queries}
    rate, decay = 0.75, 0.9
    for name in ("identity", "elu", "dpfp-1", "dpfp-2", "dpfp-3"):
        for rule in ("sum", "delta", "gated"):
            phis = [features(name, k) for k in keys]
            asks = [features(name, q) for q in queries]
            if name != "identity" and rule != "sum":
                phis, asks = [p / p.sum() for p in phis], [p / p.sum() for p in asks]
            weights, total = torch.zeros(4, len(phis[0])), torch.zeros(len(phis[0]))
            for phi, value in zip(phis, values):
                total = total + phi
                if rule == "sum":
                    weights = weights + torch.outer(value, phi)
                elif rule == "delta":
                    weights = weights + rate * torch.outer(value - weights @ phi, phi)
                else:
                    weights = weights @ (decay * (torch.eye(len(phi)) - rate * torch.outer(phi, phi))) + rate * torch.outer(value, phi)
            read = [weights @ a / (total @ a if rule == "sum" and name != "identity" else 1) for a in asks]
            out |= {f"{name}.{rule}.weights": weights, f"{name}.{rule}.read": torch.stack(read)}
    return {k: v.numpy().astype(np.float32) for k, v in out.items()}


def network(draw):
    normal = lambda *shape: torch.from_numpy(draw.standard_normal(shape).astype(np.float32).astype(np.float64))
    question, keys, values, linear, rotation = normal(6), normal(7, 6), normal(7, 6), normal(6, 6), normal(6, 6)
    out = {"question": question, "keys": keys, "values": values, "linear": linear, "rotation": rotation}
    for form in ("tied", "linear", "unsoftened", "key-value"):
        u = question
        for hop in range(3):
            scores = keys @ u
            attention = scores if form == "unsoftened" else scores.softmax(0)
            output = attention @ values
            u = {"linear": linear @ u + output, "key-value": rotation @ (u + output)}.get(form, u + output)
            # Sizes stay those of a trained network.
            u = u / u.norm()
            out |= {f"{form}.{hop}.attention": attention, f"{form}.{hop}.output": output, f"{form}.{hop}.question": u}
    words, columns = 5, 6
    out["encoding"] = torch.tensor([[(1 - j / words) - (k / columns) * (1 - 2 * j / words) for k in range(1, columns + 1)] for j in range(1, words + 1)])
    return {k: v.numpy().astype(np.float32) for k, v in out.items()}


def columns(draw):
    normal = lambda *shape: torch.from_numpy(draw.standard_normal(shape).astype(np.float32).astype(np.float64))
    inputs, hidden, outputs, rate, lateral_rate = 5, 8, 4, 0.5, 0.1
    first = normal(hidden, inputs)
    examples, targets = normal(3, 4, inputs), normal(3, 4, outputs)
    seconds, laterals = [], []

    def read(x):
        h, found = F.softsign(first @ x), []
        for second, lateral in zip(seconds, laterals):
            found.append(second @ h + sum((u * y for u, y in zip(lateral, found)), torch.zeros(outputs)))
        return h, found

    for session in range(3):
        for values in seconds + laterals:
            values.requires_grad_(False)
        seconds.append(torch.zeros(outputs, hidden, requires_grad=True))
        laterals.append(torch.zeros(session, requires_grad=True))
        for x, target in zip(examples[session], targets[session]):
            h, found = read(x)
            loss = 0.5 * (target - found[-1]).pow(2).sum()
            mine = [seconds[-1]] + ([laterals[-1]] if session else [])
            slopes = torch.autograd.grad(loss, mine)
            with torch.no_grad():
                seconds[-1] -= rate / (h.pow(2).sum() + 1e-6) * slopes[0]
                if session:
                    power = sum(y.pow(2).sum() for y in found[:-1]) + 1e-6
                    laterals[-1] -= lateral_rate / torch.clamp(power, min=1) * slopes[1]
    with torch.no_grad():
        read_back = torch.stack([torch.stack(read(x)[1]) for x in examples[:, 0]])
        out = {"first": first, "examples": examples, "targets": targets, "seconds": torch.stack(seconds), "laterals": torch.cat(laterals), "read": read_back}
        return {k: v.numpy().astype(np.float32) for k, v in out.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    out = parser.parse_args().out
    torch.set_default_dtype(torch.float64)
    draw = np.random.default_rng(7)
    tensors = {}
    for name, make in (("sdm", sdm), ("fast", fast), ("network", network), ("columns", columns)):
        made = make(draw)
        # Bits are kept as bytes, which every reader knows.
        tensors |= {f"{name}.{k}": np.ascontiguousarray(v.view(np.uint8) if v.dtype == np.int8 else v) for k, v in made.items()}
    save_file(tensors, out)
    print(f"{out}: {len(tensors)} tensors")


if __name__ == "__main__":
    main()
