#!/usr/bin/env python3
"""Needles in a haystack in RULER's form, the haystack in the memory only.

    Tools/acceptance/needles.py --essay NOVEL.txt [--module neural ...] [--lengths 2048,4096,8192,16384] [--count 50]

One sentence stands at a random depth of a text of so many tokens: a pass key in repeated sentences (S-NIAH-PK), a number (S-NIAH-N)
or a word (S-NIAH-W) in running text. `mneme learn` reads it in one process; in another, with an empty context, the value is
asked for, greedy. Numbers have 5 to 7 digits, words are invented and reserved: no training data holds them. The text must not
have been trained on.
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

import kinds as kinds_of
from recall import Bench, write_lines
from streams import ROOT

sys.path.append(str(ROOT / "Tools/train"))
import conversations as talk  # noqa: E402


def needle(r, kind, names):
    """Sentence, question, value."""
    key = names.invented()
    if kind == "PK":
        value = talk.digits(r, 5, 7)
        return f"The pass key of {key} is {value}. Remember it.", f"What is the pass key of {key}?", value
    what, value = ("number", talk.digits(r, 5, 7)) if kind == "N" else ("word", names.invented().lower())
    return f"One of the special magic {what}s for {key} is: {value}.", f"What is the special magic {what} for {key}?", value


def haystack(r, kind, essay, characters):
    if kind == "PK":
        return (talk.NOISE * (characters // len(talk.NOISE) + 1))[:characters].split(". ")
    start = r.randrange(0, max(1, len(essay) - characters - 1))
    return essay[start : start + characters].split(". ")


class Needles(Bench):
    def accuracy(self, kinds, kind, length, essay):
        hits = 0
        for number in range(self.options.count):
            r = random.Random(7919 * number + length + ord(kind[0]))
            sentence, question, value = needle(r, kind, talk.Names(r, held=True))
            parts = haystack(r, kind, essay, int(length * self.rate(kind, essay)))
            parts.insert(r.randint(0, len(parts)), sentence.rstrip("."))
            text, memory = self.path(".txt"), self.path(".mneme")
            text.write_text(". ".join(parts), encoding="utf-8")
            adapter = ["--adapter", self.options.adapter] if self.options.adapter else []
            self.mneme.run("memory", "create", memory, "--quiet", *adapter,
                           *[w for k in kinds for w in ("--module", k)], *[w for s in self.options.set for w in ("--set", s)])
            self.mneme.run("learn", text, "--memory", memory, "--quiet")
            items = write_lines(self.path(".jsonl"), [{"prompt": question, "answer": [value]}])
            out = self.mneme.json("ab", "--memory", f"{memory}:ro", "--prompts", items, "--seed", 1, "--temperature", 0)
            hits += out["arms"]["attached"]["contains"]
            memory.unlink()
        return hits / self.options.count

    def rate(self, kind, essay):
        """Characters per token of a haystack."""
        if kind not in self.rates:
            text = (talk.NOISE * 50 if kind == "PK" else essay[:20000])
            path = self.path(".txt")
            path.write_text(text, encoding="utf-8")
            self.rates[kind] = len(text) / len(self.mneme.json("tokenize", "--file", path)["ids"])
        return self.rates[kind]

    rates: dict = {}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--essay", required=True)
    parser.add_argument("--model", default=ROOT / "Models/mneme-chat.gguf")
    parser.add_argument("--mneme", default=ROOT / ".build/release/mneme")
    parser.add_argument("--adapter")
    parser.add_argument("--module", action="append", default=[])
    parser.add_argument("--set", action="append", default=[], help="a switch of the memories, such as neural.form=weights")
    parser.add_argument("--tasks", default="PK,N,W")
    parser.add_argument("--lengths", default="2048,4096,8192,16384")
    parser.add_argument("--count", type=int, default=50)
    options = parser.parse_args()
    essay = Path(options.essay).read_text(encoding="utf-8").replace("\n", " ")
    lengths = [int(n) for n in options.lengths.split(",")]
    print(f"{options.count} needles a cell, greedy, empty context\n\n| memory | task | " + " | ".join(f"{n // 1024}K" for n in lengths) + " |")
    print("|---" * (len(lengths) + 2) + "|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        bench = Needles(options, Path(folder))
        for kinds in [[m] for m in options.module] or [[kind] for kind in kinds_of.names(options.mneme)]:
            for kind in options.tasks.split(","):
                cells = [f"{100 * bench.accuracy(kinds, kind, n, essay):.0f} %" for n in lengths]
                print(f"| {' + '.join(kinds)} | S-NIAH-{kind} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
