"""Golden vectors for the neural memory's recurrences, in float64.

Titans' equations 12-16 (arXiv 2501.00663) as they stand in the paper, token by token, gradients from PyTorch's
autograd at the chunk's anchor. Decay is towards M_0. Writes one JSON file per case:

    python neural_memory.py ../../Tests/MemoryModulesTests/Fixtures
"""

import json
import pathlib
import sys

import torch

torch.set_default_dtype(torch.float64)


def network(weights, keys):
    x = keys
    for index, w in enumerate(weights):
        x = x @ w
        if index < len(weights) - 1:
            x = torch.nn.functional.silu(x)
    return x


def case(name, seed, depth, chunk, tokens, extremes):
    g = torch.Generator().manual_seed(seed)
    sizes = [5] + [7] * (depth - 1) + [4]
    shapes = list(zip(sizes, sizes[1:]))
    normal = lambda *shape: torch.randn(*shape, generator=g)
    initial = [normal(*s) * 0.6 for s in shapes]
    difference = [normal(*s) * 0.1 for s in shapes]
    momentum = [normal(*s) * 0.05 for s in shapes]
    keys = torch.nn.functional.normalize(normal(tokens, sizes[0]), dim=-1)
    queries = torch.nn.functional.normalize(normal(tokens, sizes[0]), dim=-1)
    values = normal(tokens, sizes[-1])
    uniform = lambda: torch.rand(tokens, generator=g)
    alpha, eta, theta = uniform() * 0.2, uniform() * 0.9, uniform() * 0.1
    if extremes:
        alpha[3], eta[6], alpha[9], eta[9], theta[11] = 1.0, 0.0, 1.0, 1.0, 0.0
    out = {
        "depth": depth, "chunk": chunk, "sizes": sizes,
        "initial": [w.flatten().tolist() for w in initial],
        "difference": [w.flatten().tolist() for w in difference],
        "momentum": [w.flatten().tolist() for w in momentum],
        "keys": keys.flatten().tolist(), "queries": queries.flatten().tolist(),
        "values": values.flatten().tolist(), "alpha": alpha.tolist(), "eta": eta.tolist(),
        "theta": theta.tolist(),
    }
    reads, losses = [], []
    for t in range(tokens):
        if t % chunk == 0:  # the anchor moves
            anchor = [(a + b).requires_grad_(True) for a, b in zip(initial, difference)]
        loss = ((network(anchor, keys[t : t + 1]) - values[t]) ** 2).sum()
        losses.append(loss.item())
        gradient = torch.autograd.grad(loss, anchor)
        momentum = [eta[t] * s - theta[t] * u for s, u in zip(momentum, gradient)]
        difference = [(1 - alpha[t]) * d + s for d, s in zip(difference, momentum)]
        now = [a + b for a, b in zip(initial, difference)]
        reads.append(network(now, queries[t : t + 1])[0].tolist())
    out["expected"] = {
        "difference": [w.flatten().tolist() for w in difference],
        "momentum": [w.flatten().tolist() for w in momentum],
        "reads": sum(reads, []), "losses": losses,
    }
    return name, out


def rounded(x):
    if isinstance(x, dict):
        return {k: rounded(v) for k, v in x.items()}
    if isinstance(x, list):
        return [rounded(v) for v in x]
    return float(f"{x:.9g}") if isinstance(x, float) else x


def main():
    folder = pathlib.Path(sys.argv[1])
    cases = [
        case("depth1", 1, 1, 4, 12, True), case("depth2", 2, 2, 5, 15, True),
        case("depth2-long", 3, 2, 16, 32, False), case("depth3", 4, 3, 3, 12, True),
        case("depth4", 5, 4, 8, 16, False),
    ]
    for name, content in cases:
        path = folder / f"neural-{name}.json"
        path.write_text(json.dumps(rounded(content), sort_keys=True, separators=(",", ":")) + "\n")
        print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
