#!/usr/bin/env python3
"""Intervals, p-values and quantiles as SciPy and statsmodels compute them, for the evaluation's statistics.

    paired_statistics.py --out Tests/EvaluationTests/Fixtures/statistics.json

Needs scipy and statsmodels. Intervals are BCa with 200,000 resamples; p-values count every choice of signs, or draw
1,000,000 where there are too many. Of items in clusters the clusters are resampled, the mean being the ratio of the sums
and the counts, and the signs are those of the clusters' sums.
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


def clustered():
    """Differences of items in clusters that have a common part; clusters differ in size, and come interleaved."""
    rng = np.random.default_rng(20261122)

    def draw(sizes, mean, between, within):
        labels = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
        common = rng.normal(mean, between, size=len(sizes))
        return labels, common[labels] + rng.normal(0, within, size=len(labels))

    yield "12 of 6", *draw([6] * 12, 0.6, 1, 0.5)
    yield "10 of many sizes", *draw(rng.integers(1, 12, size=10), 0.5, 0.8, 1)
    yield "16 of one to three", *draw(rng.integers(1, 4, size=16), 0, 1, 1)
    yield "30 of many sizes", *draw(rng.integers(1, 9, size=30), 0.2, 1, 1)
    labels, values = draw(rng.integers(2, 9, size=14), 0.2, 1, 1)
    yield "skewed of 14", labels, np.exp(values) - 1.2
    labels, values = draw([1, 1, 2, 3, 5, 8, 13, 21], 0.4, 1, 0.3)
    yield "one much larger than others", labels, values
    labels, values = draw([4] * 9, 0.3, 0.6, 0.6)
    yield "right or wrong", labels, np.sign(np.round(values))


def sums(labels, values):
    """Sum and count of each cluster, in the order of first occurrence."""
    order = list(dict.fromkeys(labels.tolist()))
    return np.array([values[labels == k].sum() for k in order]), np.array([float((labels == k).sum()) for k in order])


def ratio_interval(totals, counts):
    """BCa interval of the mean over items at 95 %, clusters resampled; none where few clusters or a lattice of means make it coarse."""
    if len(totals) < 8 or len(np.unique(totals)) < len(totals):
        return None
    result = stats.bootstrap((totals, counts), lambda d, n, axis: d.sum(axis) / n.sum(axis), paired=True, n_resamples=RESAMPLES,
                             method="BCa", confidence_level=0.95, batch=10_000, vectorized=True, rng=np.random.default_rng(4))
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
    clusters = []
    for name, labels, values in clustered():
        totals, counts = sums(labels, values)
        p_value, exact = test(totals)
        clusters.append({"name": name, "clusters": labels.tolist(), "values": values.tolist(), "units": len(totals),
                         "interval": ratio_interval(totals, counts), "p": p_value, "exact": exact})
    families = [[0.01, 0.04, 0.03, 0.005], [0.2], [0.5, 0.5, 0.01, 0.01], [1.0, 0.9, 0.0], rng.uniform(size=12).tolist(),
                (rng.uniform(size=30) ** 4).tolist()]
    out = {
        "cases": cases,
        "clustered": clusters,
        "holm": [{"p": family, "adjusted": multipletests(family, method="holm")[1].tolist()} for family in families],
        "quantiles": [{"p": q, "z": float(stats.norm.ppf(q))} for q in QUANTILES],
    }
    with open(o.out, "w") as f:
        json.dump(out, f, indent=1)
        f.write("\n")


main()
