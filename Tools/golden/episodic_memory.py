#!/usr/bin/env python3
"""Golden vectors for the least-squares memory of the episodic module, from numpy's SVD in float64.

    Tools/golden/episodic_memory.py Tests/MemoryModulesTests/Fixtures

Larimar, arXiv 2403.11901: equations 2-6 (write, forget), 7-8 (Gaussian addressing). Nothing here is shared with the Swift code:
M comes from the normal equations solved through an SVD of the stacked addresses, forgetting from leaving rows out.
"""

import json
import sys
from pathlib import Path

import numpy as np

RIDGE = 1e-3


def ridge_solution(w, z):
    """argmin |Z - W M|^2 + ridge |M|^2 through the SVD of W."""
    u, s, vt = np.linalg.svd(w, full_matrices=False)
    return vt.T @ np.diag(s / (s * s + RIDGE)) @ u.T @ z


def least_squares(rng):
    slots, columns, count = 6, 5, 9
    w, z = rng.normal(size=(count, slots)), rng.normal(size=(count, columns))
    forgotten = [2, 5]
    kept = [i for i in range(count) if i not in forgotten]
    query = rng.normal(size=slots)
    return {
        "slots": slots, "columns": columns, "ridge": RIDGE, "addresses": w.tolist(), "values": z.tolist(),
        "memory": ridge_solution(w, z).tolist(), "forgotten": forgotten,
        "afterForgetting": ridge_solution(w[kept], z[kept]).tolist(), "query": query.tolist(),
        "read": (query @ ridge_solution(w, z)).tolist(),
        "condition": float(np.linalg.cond(w.T @ w + RIDGE * np.eye(slots))),
    }


def pseudo_inverses(rng):
    """X [rows, columns], v, and v X^+ as numpy has it; rank-deficient ones only where v lies in the row space."""
    cases = []

    def add(name, x, v, tolerance):
        cases.append({
            "name": name, "rows": x.shape[0], "columns": x.shape[1], "matrix": x.ravel().tolist(), "vector": v.tolist(),
            # What is compared is the reconstruction: weights are not unique where rows repeat.
            "reconstruction": (v @ np.linalg.pinv(x, rcond=1e-7) @ x).tolist(), "tolerance": tolerance})

    wide, tall = rng.normal(size=(4, 7)), rng.normal(size=(7, 4))
    add("wide", wide, rng.normal(size=7), 1e-7)
    add("tall", tall, rng.normal(size=4), 1e-7)
    add("tiny numbers", wide * 1e-6, rng.normal(size=7), 1e-7)
    add("large numbers", wide * 1e3, rng.normal(size=7), 1e-7)
    low = np.outer(rng.normal(size=5), rng.normal(size=6))
    add("rank one", low, low[0] * 2, 1e-5)
    near = np.vstack([wide[0], wide[0] + 1e-9 * wide[1], wide[2]])
    add("near duplicates", near, wide[0] + wide[2], 1e-5)
    # Larimar's own iteration diverges here: the largest singular value is above 63.2.
    add("sixteen alike of norm 27", np.tile(rng.normal(size=12) * 8, (16, 1)) + 0.5 * rng.normal(size=(16, 12)), rng.normal(size=12), 1e-6)
    return cases


def gaussian(rng):
    reference = rng.normal(size=(5, 4))
    cases = []
    for key in [reference[3] + 0.1 * rng.normal(size=4), rng.normal(size=4), (reference[0] + reference[1]) / 2]:
        distance = ((reference - key) ** 2).sum(axis=1)
        exponent = -distance / (2 * 1e-3 * distance.min())
        weights = np.exp(exponent - exponent.max())
        cases.append({"key": key.tolist(), "weights": (weights / weights.sum()).tolist()})
    return {"slots": 5, "columns": 4, "reference": reference.tolist(), "cases": cases}


def main():
    rng = np.random.default_rng(20261121)
    golden = {"leastSquares": least_squares(rng), "pseudoInverses": pseudo_inverses(rng), "gaussian": gaussian(rng)}
    path = Path(sys.argv[1]) / "episodic.json"
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(path)


if __name__ == "__main__":
    main()
