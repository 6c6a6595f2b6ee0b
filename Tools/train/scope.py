#!/usr/bin/env python3
"""Fits the gate that decides whether a question is about a fact (TextScope.swift), on facts and questions in free wording.

    scope.py --facts natural.jsonl pairs.jsonl --trivia qa.jsonl.xz --talk dialogues.jsonl.xz [--model smollm2] [--mneme .build/release/mneme]

Facts: a line per statement, {"told": [...], "ask": [{"question": ..., "pattern": ...}]}, told in lives of ninety (pairs.py makes such a
file of questions and answers from conversations). Negatives are trivia questions, questions from
conversations, the everyday sentences of TalkSentences.swift, the general questions that share most with the facts, and the same questions with their own facts taken away. The program itself
tells what each decision rests on (`mneme memory facts --query - --json`), so nothing is computed twice. Prints the weights in the order
of TextScope.Features, and per threshold how much passes (five folds by statement). Needs numpy.
"""

import argparse
import json
import lzma
import random
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tools/acceptance"))
from natural import Chat  # noqa: E402

FEATURES = ["overlap", "cosine", "margin", "coverage", "first person", "possessive", "question", "length", "mismatch",
            "offers answer", "shares person", "shares name", "second person"]
LIFE = 90  # statements told in one life


def features(facts, meaning_weight):
    """The best fact of those a question found, and what the gate sees of it; nil when none was found."""
    score = lambda fact: (fact["evidence"]["overlap"] + meaning_weight * fact["evidence"]["cosine"] - fact["evidence"]["mismatch"]
                          + fact["evidence"].get("likelihood", 0))
    facts = sorted(facts, key=score, reverse=True)
    if not facts:
        return None, None
    margin = score(facts[0]) - (score(facts[1]) if len(facts) > 1 else 0)
    return facts[0], [min(margin, 20) if name == "margin" else facts[0]["evidence"][name] for name in FEATURES]


def fit(x, y, weight, ridge=1e-3, steps=3000):
    mean, scale = x.mean(0), x.std(0) + 1e-6
    z, a, b = (x - mean) / scale, np.zeros(x.shape[1]), 0.0
    for _ in range(steps):
        error = weight * (1 / (1 + np.exp(-(z @ a + b))) - y) / weight.sum()
        a -= z.T @ error + ridge * a
        b -= error.sum()
    return a / scale, b - (a / scale * mean).sum()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facts", nargs="+", required=True)
    parser.add_argument("--trivia", required=True)
    parser.add_argument("--talk", required=True)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--mneme", default=ROOT / ".build/release/mneme")
    parser.add_argument("--meaning-weight", type=float, default=15, help="of TextScope")
    parser.add_argument("--show", action="store_true", help="print the questions whose best fact is wrong")
    options = parser.parse_args()
    rows = [json.loads(line) for path in options.facts for line in open(path, encoding="utf-8")]
    everyday = re.findall(r'^    "(.*)",$', (ROOT / "Sources/Memory/Meeting/TalkSentences.swift").read_text(encoding="utf-8"), re.M)
    draw = random.Random(1)

    def lines(path, limit, pick):
        found = []
        for number, line in enumerate(lzma.open(path, "rt")):
            if number > limit:
                break
            found += [" ".join(text.split()) for text in pick(json.loads(line))]
        draw.shuffle(found)
        return found

    quiz = lines(options.trivia, 20000, lambda d: [q for q in [d.get("question") or (d.get("turns") or [{}])[0].get("text", "")] if q])
    trivia = quiz[:150]
    chat = lines(options.talk, 4000, lambda d: [t["text"] for t in d["turns"] if 10 < len(t["text"]) < 160 and t["text"].strip().endswith("?")])[:150]
    content = lambda text: {w.rstrip("s") for w in re.findall(r"[a-z]{4,}", text.lower())}
    short = [(q, content(q)) for q in quiz if q.endswith("?") and len(q) < 80]
    frequency = Counter(w for _, words in short for w in words)

    def lookalikes(facts, limit=40):
        """General questions with the most, and the rarest, words in common with facts."""
        told = set().union(*(content(fact) for fact in facts))
        worth = lambda words: sum(1 / frequency[w] for w in words & told if frequency[w] > 2) / len(words or "-")
        return [q for q, words in sorted(short, key=lambda pair: -worth(pair[1]))[:limit]]

    lives = [range(start, min(start + LIFE, len(rows))) for start in range(0, len(rows), LIFE)]
    program = Chat(options.mneme, options.model)
    asked, negatives = [], []
    for number, life in enumerate(lives):
        with tempfile.TemporaryDirectory() as folder:
            memory = Path(folder) / "life.mneme"
            program.learn([rows[n]["told"] for n in life], memory, Path(folder))
            questions = [(a["question"], n, a["pattern"]) for n in life for a in rows[n]["ask"]]
            asked += [(*question, facts) for question, facts in zip(questions, program.recall([q for q, _, _ in questions], memory, limit=60))]
            some = [(name, texts[number :: len(lives)]) for name, texts in (("trivia", trivia), ("chat", chat), ("talk", everyday))]
            for name, texts in some + [("lookalike", lookalikes([" ".join(rows[n]["told"]) for n in life]))]:
                negatives += [(name, text, facts) for text, facts in zip(texts, program.recall(texts, memory, limit=60))]
    x, y, group, kind = [], [], [], []

    def add(row, label, of, name):
        x.append(row if row is not None else [0] * len(FEATURES))
        y.append(label)
        group.append(of)
        kind.append(name)

    for question, n, pattern, facts in asked:
        told = " ".join(rows[n]["told"])
        best, row = features(facts, options.meaning_weight)
        right = best is not None and re.search(pattern, best.get("statement") or best["text"], re.I) is not None
        if options.show and not right:
            print(f"{question} [{pattern}]\n    {best['text'] if best else '-'}")
        add(row, right, n, "asked")
        add(features([f for f in facts if f["text"].rstrip(" .,") not in told], options.meaning_weight)[1], False, n, "absent")
    for name, text, facts in negatives:
        add(features(facts, options.meaning_weight)[1], False, f"{name} {text}", name)
    x, y, kind = np.array(x, float), np.array(y, float), np.array(kind)
    weight = np.where(kind == "asked", 2.0, np.where(kind == "absent", 0.5, 1.0))
    groups = list(dict.fromkeys(group))
    draw.shuffle(groups)
    held = np.zeros(len(y))
    for part in range(5):
        out = np.array([g in set(groups[part::5]) for g in group])
        a, b = fit(x[~out], y[~out], weight[~out])
        held[out] = 1 / (1 + np.exp(-(x[out] @ a + b)))
    a, b = fit(x, y, weight)
    print("weights", [round(float(v), 3) for v in a], "bias", round(float(b), 3))
    mine = kind == "asked"
    print(f"right fact first: {100 * y[mine].mean():.1f} %")
    for threshold in (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7):
        passed = held >= threshold
        print(f"{threshold}: right {100 * (passed & (y == 1))[mine].mean():.1f}, wrong {100 * (passed & (y == 0))[mine].mean():.1f}; "
              + ", ".join(f"{k} {100 * passed[kind == k].mean():.1f}" for k in ("absent", "trivia", "chat", "talk", "lookalike")) + " %")


if __name__ == "__main__":
    main()
