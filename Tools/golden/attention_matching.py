#!/usr/bin/env python3
"""What compaction by attention matching makes of the keys and values of one head, in float64.

    attention_matching.py --out Tests/MemoryModulesTests/Fixtures/attention-matching.safetensors

Fast KV Compaction via Attention Matching, arXiv 2602.16284. Keys [T, d] and queries [m, d] are rotated to the places at which the
queries see the keys; the queries are those of all query heads that share the key/value head. `share` [m] is the part of each query's
attention that falls on the document, `own` [m, d] what the query reads from everything else it sees (softmax over that alone).

    p_ij = exp(s_ij) / sum_j exp(s_ij), s = Q K^T / sqrt(d); y = p V
    score_j = max_i p_ij (`scores`), or the root of the mean over i of p_ij^2 (`rms`)
    kept: the t keys with the highest score; of equals the earlier one; in the document's order
    a_ik = p_ik of the kept keys. Divided by each query's full mass, so that the mass to be met is 1 for every query.
    w = argmin over LOW <= w <= HIGH of sum_i (sum_k a_ik w_k - 1)^2 + l sum_k (w_k - 1)^2,
        l = MASS_RIDGE * mean_k G_kk, G = a^T a; bias_k = log w_k
    n_i = sum_k a_ik w_k; x_ik = a_ik w_k / n_i, the attention over the kept rows
    `values`: argmin over V' of sum_i |x_i V' - y_i|^2 + r |V' - V_kept|^2,
        which is V_kept + (x^T x + r I)^-1 x^T (y - x V_kept), r = VALUE_RIDGE * mean_k (x^T x)_kk
    `joint`: the same with x_i and y_i as they come out beside everything else: g_i = n_i share_i / (n_i share_i + 1 - share_i),
        x'_i = g_i x_i, y'_i = share_i y_i + (1 - share_i) own_i - (1 - g_i) own_i, and r from x'

The box is searched exactly: every choice of the weights that
stand at a bound, the others solved for; the one that meets the conditions of a minimum is the answer (the problem is strictly convex).
"""

import argparse
import itertools

import numpy as np
from safetensors.numpy import save_file

SEED, ROWS, DIMENSION, QUERIES, KEPT = 11, 48, 8, 30, 6
LOW, HIGH, MASS_RIDGE, VALUE_RIDGE = 0.02, 50.0, 0.01, 0.01


def boxed(g, r):
    """argmin of w'gw - 2r'w with LOW <= w <= HIGH."""
    n = len(r)
    for places in itertools.product((0, -1, 1), repeat=n):
        places = np.array(places)
        w = np.where(places < 0, LOW, HIGH)
        free = places == 0
        if free.any():
            w[free] = np.linalg.solve(g[np.ix_(free, free)], r[free] - g[np.ix_(free, ~free)] @ w[~free])
        slope = g @ w - r
        if (w >= LOW).all() and (w <= HIGH).all() and (slope[places < 0] >= 0).all() and (slope[places > 0] <= 0).all():
            return w, int(free.sum())
    raise ValueError("no minimum")


def fitted(x, y, base):
    h = x.T @ x
    ridge = VALUE_RIDGE * np.trace(h) / len(h)
    return base + np.linalg.solve(h + ridge * np.eye(len(h)), x.T @ (y - x @ base))


def compacted(q, k, v, share, own):
    s = q @ k.T / np.sqrt(q.shape[1])
    p = np.exp(s - s.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    scores, rms, y = p.max(0), np.sqrt((p * p).mean(0)), p @ v
    kept = np.sort(np.argsort(-scores, kind="stable")[:KEPT])
    a = p[:, kept]
    g = a.T @ a
    ridge = MASS_RIDGE * np.trace(g) / KEPT
    w, free = boxed(g + ridge * np.eye(KEPT), a.sum(0) + ridge)
    n = (a @ w)[:, None]
    x = a * w / n
    values = fitted(x, y, v[kept])
    part = n * share / (n * share + 1 - share)
    joint = fitted(part * x, share * y + (1 - share) * own - (1 - part) * own, v[kept])
    whole = share * y + (1 - share) * own
    error = lambda z, z0: np.linalg.norm(z - z0) / np.linalg.norm(z0)
    print(f"kept {kept}, weights {np.round(w, 3)}, {free} inside the box; error of the document's part "
          f"{error(a / a.sum(1, keepdims=True) @ v[kept], y):.3f} without, {error(x @ values, y):.3f} with the fits; of the whole "
          f"{error(part * (x @ values) + (1 - part) * own, whole):.3f}, {error(part * (x @ joint) + (1 - part) * own, whole):.3f} joint")
    return {"scores": scores, "rms": rms, "kept": kept.astype(np.int32), "bias": np.log(w), "values": values, "joint": joint}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    r = np.random.default_rng(SEED)
    # Float32 numbers, so that both sides begin with the same ones.
    drawn = lambda *shape: r.standard_normal(shape).astype(np.float32)
    k, v, q = 1.5 * drawn(ROWS, DIMENSION), drawn(ROWS, DIMENSION), 1.5 * drawn(QUERIES, DIMENSION)
    # Queries in two crowds, so that some weights come to lie at the lower bound.
    q[:12], q[12:24] = q[0] + 0.3 * drawn(12, DIMENSION), q[12] + 0.3 * drawn(12, DIMENSION)
    share, own = r.uniform(0.05, 0.95, (QUERIES, 1)).astype(np.float32), drawn(QUERIES, DIMENSION)
    out = {"queries": q, "keys": k, "rows": v, "share": share[:, 0], "own": own}
    out |= compacted(*(z.astype(np.float64) for z in (q, k, v, share, own)))
    save_file({n: np.ascontiguousarray(z if z.dtype == np.int32 else z.astype(np.float32)) for n, z in out.items()}, options.out)


if __name__ == "__main__":
    main()
