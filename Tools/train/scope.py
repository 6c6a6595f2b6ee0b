#!/usr/bin/env python3
"""Fits the gate that decides whether a question is about a fact (TextScope.swift), on facts and questions in free wording.

    scope.py MODEL.gguf --facts natural.jsonl --trivia qa.jsonl.xz --talk dialogues.jsonl.xz [--layer 24]

Facts: a line per statement, {"told": [...], "ask": [{"question": ..., "pattern": ...}]}. Negatives are trivia questions, questions from
conversations, the everyday sentences of TalkSentences.swift, and the same questions with their own facts taken away. Prints the
weights in the order of TextScope.Features, and per threshold how much passes (five folds by statement).
Words, concepts and everyday sentences are read from the Swift sources, so that both compute the same.
Needs torch, transformers, gguf, accelerate and numpy.
"""

import argparse
import collections
import json
import lzma
import math
import random
import re
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
MEANING = ROOT / "Sources/MemoryModules/EpisodicMemory/Meaning"
MEANING_WEIGHT, FUNCTION_SHARE, CONCEPT_SHARE, QUESTION_PENALTY = 4, 0.3, 0.7, 1


def stem(word):
    word = word.lower().replace("\u2019", "'").strip("'")
    word = word[:-2] if word.endswith("'s") else word
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def words(text):
    return [stem(w) for w in re.findall(r"[\w'\u2019]+", text)]


def swift_block(path, start):
    """The text between the triple quotes after a mark."""
    text = (MEANING / path).read_text(encoding="utf-8")
    return text[text.index(start) :].split('"""')[1].replace("\\\n", " ")


def swift_set(name):
    text = (MEANING / "QuestionKind.swift").read_text(encoding="utf-8")
    return set(re.findall(r'"([^"]+)"', text[text.index(f"let {name}: Set") :].split("]")[0]))


def sentences(text):
    return [p for p in re.split(r"(?<=[.!?])\s+|\n+", text.strip()) if p]


class Lexicon:
    def __init__(self, facts, talk):
        self.facts = [set(words(f)) for f in facts]
        everyday = [set(words(t)) for t in talk]
        self.concepts_of = collections.defaultdict(list)
        for number, line in enumerate(swift_block("Concepts.swift", "private static let table").strip().split("\n")):
            for word in words(line):
                self.concepts_of[word].append(number)
        self.function = set(words(swift_block("WordRarity.swift", "private static let functionWords")))
        self.concepts = [self.concepts_in(f) for f in self.facts]
        self.count, self.concept_count = collections.Counter(), collections.Counter()
        for s in self.facts + everyday:
            self.count.update(s)
            self.concept_count.update(self.concepts_in(s))
        self.all = len(self.facts) + len(everyday) + 1

    def concepts_in(self, of):
        return {c for w in of for c in self.concepts_of.get(w, [])}

    def idf(self, count):
        return math.log(self.all / (count + 0.5))

    def worth(self, word):
        return self.idf(self.count[word]) * (FUNCTION_SHARE if word in self.function else 1)

    def overlap(self, question):
        """Per fact the worth of what is shared, and of the question's words that are covered; and the worth of all words."""
        asked = set(words(question))
        concepts = self.concepts_in(asked)
        shared, covered = np.zeros(len(self.facts)), np.zeros(len(self.facts))
        for i, (fact, held) in enumerate(zip(self.facts, self.concepts)):
            same = asked & fact
            known = self.concepts_in(same)
            shared[i] = sum(map(self.worth, same)) + CONCEPT_SHARE * sum(self.idf(self.concept_count[c]) for c in (concepts & held) - known)
            covered[i] = sum(self.worth(w) for w in asked if w in fact or set(self.concepts_of.get(w, [])) & held)
        return shared, covered, sum(map(self.worth, asked))


def embed(path, layer, lists):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    path = Path(path)
    tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32).eval()

    @torch.no_grad()
    def mean(text):
        hidden = model(tokenizer(text, return_tensors="pt").input_ids, output_hidden_states=True).hidden_states[layer][0]
        return (hidden[1:] if len(hidden) > 1 else hidden).mean(0).numpy()

    return [np.stack([mean(text) for text in texts]) for texts in lists]


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
    parser.add_argument("model")
    parser.add_argument("--facts", required=True)
    parser.add_argument("--trivia", required=True)
    parser.add_argument("--talk", required=True)
    parser.add_argument("--layer", type=int, default=24)
    options = parser.parse_args()
    rows = [json.loads(line) for line in open(options.facts, encoding="utf-8")]
    facts = [(s, n) for n, row in enumerate(rows) for told in row["told"] for s in sentences(told)]
    asked = [(a["question"], n, a["pattern"]) for n, row in enumerate(rows) for a in row["ask"]]
    talk = re.findall(r'^    "(.*)",$', (ROOT / "Sources/Memory/Meeting/TalkSentences.swift").read_text(encoding="utf-8"), re.M)
    draw = random.Random(1)

    def lines(path, limit, pick):
        found = []
        for number, line in enumerate(lzma.open(path, "rt")):
            if number > limit:
                break
            found += pick(json.loads(line))
        draw.shuffle(found)
        return found[:150]

    trivia = lines(options.trivia, 20000, lambda d: [q for q in [d.get("question") or (d.get("turns") or [{}])[0].get("text", "")] if q])
    chat = lines(options.talk, 4000, lambda d: [t["text"] for t in d["turns"] if 10 < len(t["text"]) < 160 and t["text"].strip().endswith("?")])
    vectors = embed(options.model, options.layer, [talk, [f for f, _ in facts], [q for q, _, _ in asked], trivia, chat])
    center = vectors[0][::3]
    mean = center.mean(0)
    value, basis = np.linalg.eigh((center - mean).T @ (center - mean) / len(center))
    white = basis / np.sqrt(value + 1e-3 * value.max())
    talk_v, fact_v, asked_v, trivia_v, chat_v = [(v - mean) @ white / np.linalg.norm((v - mean) @ white, axis=1, keepdims=True) for v in vectors]
    lexicon = Lexicon([f for f, _ in facts], talk)
    is_question = np.array([f.strip().endswith("?") for f, _ in facts])
    possessives, persons, openers = swift_set("possessives"), swift_set("persons"), swift_set("openers")

    def features(text, vector, without=None):
        shared, covered, total = lexicon.overlap(text)
        cosine = fact_v @ vector
        score = shared + MEANING_WEIGHT * cosine - QUESTION_PENALTY * is_question
        if without is not None:
            score = np.where(np.array([n == without for _, n in facts]), -1e9, score)
        first, second = np.argsort(-score)[:2]
        said = words(text)
        mine = any(w in possessives for w in said)
        return first, [
            min(shared[first], 20), cosine[first], min(score[first] - score[second], 20), min(1, covered[first] / total) if total else 0,
            mine or any(w in persons for w in said), mine, "?" in text or bool(said) and said[0] in openers, min(len(said), 40)]

    x, y, group, kind = [], [], [], []

    def add(row, label, of, name):
        x.append(row)
        y.append(label)
        group.append(of)
        kind.append(name)

    for (question, n, pattern), vector in zip(asked, asked_v):
        own = [i for i, (_, m) in enumerate(facts) if m == n]
        right = {i for i in own if re.search(pattern, facts[i][0], re.I)} or set(own)
        first, row = features(question, vector)
        add(row, first in right, n, "asked")
        add(features(question, vector, without=n)[1], False, n, "absent")
    for name, texts, vs in (("trivia", trivia, trivia_v), ("chat", chat, chat_v), ("talk", talk, talk_v)):
        for number, (text, vector) in enumerate(zip(texts, vs)):
            add(features(text, vector)[1], False, f"{name} {number}", name)
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
    for threshold in (0.1, 0.2, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7):
        passed = held >= threshold
        print(f"{threshold}: right {100 * (passed & (y == 1))[mine].mean():.1f}, wrong {100 * (passed & (y == 0))[mine].mean():.1f}; "
              + ", ".join(f"{k} {100 * passed[kind == k].mean():.1f}" for k in ("absent", "trivia", "chat", "talk")) + " %")


if __name__ == "__main__":
    main()
