#!/usr/bin/env python3
"""Intervals, p-values and quantiles as SciPy and statsmodels compute them, for the evaluation's statistics.

    paired_statistics.py --out Tests/EvaluationTests/Fixtures/statistics.json

Needs scipy and statsmodels. Intervals are BCa with 200,000 resamples; p-values count every choice of signs, or draw
1,000,000 where there are too many.
"""

import argparse
import json

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests

RESAMPLES = 200_000
DRAWS = 1_000_000
QUANTILES = [1e-12, 1e-6, 0.001, 0.02, 0.02425, 0.025, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97575, 0.975, 0.999, 1 - 1e-6, 1 - 1e-12]


def samples():
    """Differences of many shapes; those that tie are multiples of 1/64, so that sums are exact."""
    rng = np.random.default_rng(20260821)
    ties = rng.integers(-1, 2, size=14) / 1.0
    yield "normal of 12", rng.normal(0.4, 1, size=12)
    yield "normal of 60", rng.normal(0.1, 1, size=60)
    yield "skewed of 15", rng.lognormal(0, 1, size=15) - 1
    yield "skewed of 40", rng.lognormal(0, 1.2, size=40) - 2
    yield "heavy tails of 25", rng.standard_t(2, size=25)
    yield "heavy tails of 16", rng.standard_t(2, size=16) + 0.7
    yield "coarse of 16", np.round(rng.normal(0.3, 1, size=16) * 64) / 64
    yield "wins, losses and ties", ties
    yield "mostly ties", np.array([1.0, 1.0, 1.0, -1.0, 1.0, 1.0] + [0.0] * 30)
    yield "all better, six", np.array([0.5, 0.25, 1.0, 0.75, 0.125, 2.0])
    yield "all better, five", np.array([0.5, 0.25, 1.0, 0.75, 0.125])
    yield "two", np.array([1.0, 2.0])


def test(values):
    """Two-sided p of sign flips; whether every choice was counted. Ties are left out: they have no sign."""
    values = values[values != 0]
    exact = len(values) <= 16
    if len(values) < 2:
        return 1.0, exact
    result = stats.permutation_test(
        (values, np.zeros_like(values)), lambda a, b, axis: np.mean(a - b, axis=axis), permutation_type="samples", vectorized=True,
        n_resamples=np.inf if exact else DRAWS, alternative="two-sided", batch=20_000, rng=np.random.default_rng(1))
    return float(result.pvalue), exact


def interval(values):
    """BCa interval of the mean at 95 %; none for a few values or equal ones, whose means lie on a lattice."""
    if len(values) < 8 or len(np.unique(values)) < len(values):
        return None
    result = stats.bootstrap((values,), np.mean, n_resamples=RESAMPLES, method="BCa", confidence_level=0.95, batch=10_000,
                             rng=np.random.default_rng(2))
    return [float(result.confidence_interval.low), float(result.confidence_interval.high)]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", required=True)
    o = p.parse_args()
    rng = np.random.default_rng(3)
    cases = []
    for name, values in samples():
        p_value, exact = test(values)
        cases.append({"name": name, "values": values.tolist(), "interval": interval(values), "p": p_value, "exact": exact})
    families = [[0.01, 0.04, 0.03, 0.005], [0.2], [0.5, 0.5, 0.01, 0.01], [1.0, 0.9, 0.0], rng.uniform(size=12).tolist(),
                (rng.uniform(size=30) ** 4).tolist()]
    out = {
        "cases": cases,
        "holm": [{"p": family, "adjusted": multipletests(family, method="holm")[1].tolist()} for family in families],
        "quantiles": [{"p": q, "z": float(stats.norm.ppf(q))} for q in QUANTILES],
    }
    with open(o.out, "w") as f:
        json.dump(out, f, indent=1)
        f.write("\n")


main()
