"""Golden vectors for the neural memory's options, in float64, gradients from PyTorch's autograd.

Every option on its own and some together: heads, activations, polynomial key features (ATLAS, arXiv 2505.23735), Huber and
l_p losses (MIRAS, arXiv 2504.13173), the Omega rule's window, tokens that are not written, Newton-Schulz writes. Written
from the papers, token by token. Writes one JSON file:

    python neural_options.py ../../Tests/MemoryModulesTests/Fixtures/neural-options.json
"""

import itertools
import json
import math
import pathlib
import sys

import torch
import torch.nn.functional as F

from neural_memory import rounded

torch.set_default_dtype(torch.float64)

ACTIVATIONS = {"silu": F.silu, "gelu": F.gelu, "relu": F.relu}


def features(keys, monomials, degree):
    """phi(k) for one head's keys [T, d]: coefficients 1 / i!."""
    if degree == 1:
        return keys
    parts = []
    for order in range(1, degree + 1):
        scale = 1 / math.factorial(order)
        if monomials == "powers":
            parts.append(scale * keys**order)
            continue
        columns = []
        for combination in itertools.combinations_with_replacement(range(keys.shape[1]), order):
            arrangements = math.factorial(order)
            for index in set(combination):
                arrangements //= math.factorial(combination.count(index))
            columns.append(scale * math.sqrt(arrangements) * keys[:, list(combination)].prod(-1))
        parts.append(torch.stack(columns, -1))
    return torch.cat(parts, -1)


def loss_of(error, kind, delta, power):
    if kind == "huber":
        length = error.norm()
        return length**2 if length <= delta else 2 * delta * length - delta**2
    if kind == "l-p":
        return error.abs().pow(power).sum()
    return (error**2).sum()


def orthogonal(u):
    """Muon's quintic Newton-Schulz iteration, scaled back to the length of u."""
    x = u / u.norm()
    for _ in range(5):
        gram = x @ x.T
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x * (u.norm() / x.norm())


def case(
    name, seed, *, heads=1, depth=2, activation="silu", loss="associative", monomials="powers", degree=1, window=1,
    decay=1.0, write="gradient", chunk=4, tokens=14, masked=(),
):
    g = torch.Generator().manual_seed(seed)
    normal = lambda *shape: torch.randn(*shape, generator=g)
    uniform = lambda: torch.rand(tokens, generator=g)
    d, out, hidden = 4, 3, 6
    keys, queries = normal(tokens, heads * d), normal(tokens, heads * d)
    values = normal(tokens, heads * out)
    see = lambda rows, head: features(F.normalize(rows[:, head * d : (head + 1) * d], dim=-1), monomials, degree)
    if heads == 1:  # one head takes keys as they come
        keys, queries = F.normalize(keys, dim=-1), F.normalize(queries, dim=-1)
    sizes = [see(keys, 0).shape[1]] + [hidden] * (depth - 1) + [out]
    shapes = list(zip(sizes, sizes[1:]))
    draw = lambda scale: [[normal(*s) * scale for s in shapes] for _ in range(heads)]
    initial, difference, momentum = draw(0.5), draw(0.1), draw(0.05)
    alpha, eta, theta = uniform() * 0.2, uniform() * 0.9, uniform() * 0.1
    delta = 0.5 + uniform()
    alpha[3], eta[6] = 1.0, 0.0
    written = [t not in masked for t in range(tokens)]
    flat = lambda state: [[w.flatten().tolist() for w in head] for head in state]
    content = {
        "name": name, "heads": heads, "depth": depth, "activation": activation, "loss": loss, "monomials": monomials,
        "degree": degree, "window": window, "decay": decay, "write": write, "chunk": chunk, "sizes": sizes, "power": 3.0,
        "initial": flat(initial), "difference": flat(difference), "momentum": flat(momentum),
        "keys": keys.flatten().tolist(), "queries": queries.flatten().tolist(), "values": values.flatten().tolist(),
        "alpha": alpha.tolist(), "eta": eta.tolist(), "theta": theta.tolist(), "delta": delta.tolist(), "written": written,
    }
    act = ACTIVATIONS[activation]

    def network(weights, x):
        for index, w in enumerate(weights):
            x = x @ w
            if index < len(weights) - 1:
                x = act(x)
        return x

    def output(state, rows):
        return torch.cat([network(state[h], see(rows, h)) for h in range(heads)], -1)

    reads, losses = [], []
    for t in range(tokens):
        if t % chunk == 0:  # the anchor moves
            anchor = [
                [(a + b).detach().requires_grad_(True) for a, b in zip(initial[h], difference[h])] for h in range(heads)]
            kept = [[w.clone() for w in head] for head in difference]
            added = [[torch.zeros_like(w) for w in head] for head in difference]
        one = lambda i: loss_of(output(anchor, keys[i : i + 1])[0] - values[i], loss, delta[i], 3.0)
        losses.append(one(t).item())
        if written[t]:
            # The Omega rule: the last `window` pairs, also those before the chunk, at the present anchor.
            total = sum(decay ** (t - i) * one(i) for i in range(max(0, t - window + 1), t + 1))
            gradient = torch.autograd.grad(total, [w for head in anchor for w in head])
            gradient = [gradient[h * depth : (h + 1) * depth] for h in range(heads)]
            for h in range(heads):
                for l in range(depth):
                    momentum[h][l] = eta[t] * momentum[h][l] - theta[t] * gradient[h][l]
                    kept[h][l] = (1 - alpha[t]) * kept[h][l]
                    added[h][l] = (1 - alpha[t]) * added[h][l] + momentum[h][l]
                    step = orthogonal(added[h][l]) if write == "newton-schulz" else added[h][l]
                    difference[h][l] = kept[h][l] + step
        now = [[a + b for a, b in zip(initial[h], difference[h])] for h in range(heads)]
        reads.append(output(now, queries[t : t + 1])[0].tolist())
    content["expected"] = {
        "difference": flat(difference), "momentum": flat(momentum), "reads": sum(reads, []), "losses": losses}
    return content


def main():
    cases = [
        case("gelu", 1, activation="gelu", depth=3),
        case("relu", 2, activation="relu"),
        case("heads", 3, heads=3),
        case("huber", 4, loss="huber"),
        case("l-p", 5, loss="l-p"),
        case("powers", 6, monomials="powers", degree=3),
        case("products", 7, monomials="products", degree=2, depth=1),
        case("omega", 8, window=3, decay=0.7),
        case("omega-long", 9, window=6, chunk=4, decay=0.9),
        case("masked", 10, masked=(1, 2, 5, 9), window=2),
        case("newton-schulz", 11, write="newton-schulz"),
        case("newton-schulz-1", 12, write="newton-schulz", chunk=1, tokens=8),
        case("everything", 13, heads=2, activation="gelu", loss="huber", monomials="products", degree=2, window=3,
             decay=0.5, masked=(4,), depth=3),
        case("atlas", 14, activation="gelu", degree=2, window=4, write="newton-schulz"),
    ]
    path = pathlib.Path(sys.argv[1])
    path.write_text(json.dumps(rounded(cases), sort_keys=True, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
