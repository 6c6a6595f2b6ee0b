#!/usr/bin/env python3
"""Makes Tests/EvaluationTests/Fixtures/bm25.json: BM25 scores of other programs for random texts and queries.

`lucene` are the scores of bm25s (method "lucene") for whole queries; `plus` those of rank_bm25's BM25Plus with delta 0 for single
words, whose inverse document frequency is ln((N + 1) / n) and whose term frequency carries the factor k1 + 1.

    pip install bm25s rank-bm25
    Tools/golden/bm25.py
"""
import json
import pathlib
import random

import bm25s
from rank_bm25 import BM25Plus

OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "Tests/EvaluationTests/Fixtures/bm25.json"
K1, B = 1.2, 0.75


def text(rng, length):
    """Words by Zipf's law: some are in nearly every text, most in one or two."""
    return [f"w{min(60, int(1 / (rng.random() + 1 / 61)))}" for _ in range(length)]


def main():
    rng = random.Random(20)
    texts = [text(rng, rng.choice((1, 5, 12, 30, 80))) for _ in range(40)]
    known = sorted({word for words in texts for word in words})
    queries = [rng.sample(known, rng.randint(1, 6)) for _ in range(25)] + [["w1"], ["unknown"], ["w2", "unknown"]]
    lucene = bm25s.BM25(method="lucene", k1=K1, b=B, dtype="float64")
    lucene.index(texts, show_progress=False)
    plus = BM25Plus(texts, k1=K1, b=B, delta=0)
    words = rng.sample(known, 12)
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps({
        "k1": K1, "b": B, "texts": texts, "queries": queries,
        "lucene": [[round(float(s), 12) for s in lucene.get_scores([w for w in query if w in known])] if any(w in known for w in query)
                   else [0.0] * len(texts) for query in queries],
        "words": words, "plus": [[round(float(s), 12) for s in plus.get_scores([word])] for word in words],
    }) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
