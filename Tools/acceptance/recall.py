#!/usr/bin/env python3
"""What a memory answers from what it was told in earlier sessions: personal facts, corrected facts, curves.

    Tools/acceptance/recall.py [--model MODEL.gguf] [--adapter FILE] [--module neural ...] [--seeds 5] [--people 5] [--facts 20]
                               [--distractors 100] [--curve 5,10,20,50,100,200]

Every person tells `facts` facts and then makes `distractors` exchanges of small talk, read by `mneme learn` in one process; in
another, with an empty context, every fact is asked for, greedy, by `mneme ab`: attached, detached, with another person's
memory. Half of the facts are corrected in the middle of the small talk in runs of their own, of twice as many people. An answer counts when it `contains` the
name. Names are reserved: no training data holds them. Mean over seeds with a 95 % interval (Student's t).
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
from pathlib import Path

import kinds as kinds_of
from streams import ROOT, Mneme

sys.path.append(str(ROOT / "Tools/train"))
import conversations as talk  # noqa: E402

STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}
KINDS = dict(talk.HELD_KINDS, generic=5, work_for=1)


def plain(turn):
    return {"role": turn["role"], "text": talk.clean(turn["text"])}


def told(r, fact):
    """The fact as it is said, and a reply that may say it again."""
    reply = talk.echo(fact, r) if r.random() < 0.5 else talk.turn("assistant", r.choice(talk.PLAIN))
    return [talk.turn("user", fact.marked(fact.say[0], mark=False)), reply]


def small_talk(r, exchanges):
    turns = []
    while len(turns) < 2 * exchanges:
        turns += talk.smalltalk_distractor(r)
    return turns[: 2 * exchanges]


def corrections(r, facts):
    turns = []
    for f in facts:
        f.old, f.value = f.value, f.redraw()
        said = f.marked(f.say[0], mark=False)
        turns += [talk.turn("user", "No, " + talk.lower_first(said)), talk.answer(f, r, prefix="Sorry, ")]
    return turns


def sessions(turns, size=16):
    return [{"turns": [plain(t) for t in turns[i : i + size]]} for i in range(0, len(turns), size)]


def item(fact):
    return {"prompt": fact.ask[0], "answer": [talk.clean(fact.marked(fact.answer)), fact.value], "kind": fact.kind}


def write_lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


class Bench:
    def __init__(self, options, folder):
        self.mneme, self.options, self.folder, self.number = Mneme(options.mneme, options.model), options, folder, 0

    def path(self, suffix):
        self.number += 1
        return self.folder / f"{self.number}{suffix}"

    def memory(self, kinds, turns):
        memory = self.path(".mneme")
        adapter = ["--adapter", self.options.adapter] if self.options.adapter else []
        self.mneme.run("memory", "create", memory, "--quiet", *adapter, *[w for k in kinds for w in ("--module", k)])
        self.mneme.run("learn", write_lines(self.path(".jsonl"), sessions(turns)), "--memory", memory, "--quiet")
        return memory

    def ask(self, facts, memory, wrong=None):
        control = ["--control", wrong] if wrong else []
        questions = write_lines(self.path(".jsonl"), [item(f) for f in facts])
        out = self.mneme.json("ab", "--memory", f"{memory}:ro", "--prompts", questions, *control, "--seed", 1, "--temperature", 0)
        return {arm: metrics["contains"] for arm, metrics in out["arms"].items()}


def interval(values):
    mean = statistics.mean(values)
    if len(values) < 2:
        return f"{100 * mean:.1f} %"
    half = STUDENT.get(len(values), 2.0) * statistics.stdev(values) / len(values) ** 0.5
    return f"{100 * mean:.1f} % ± {100 * half:.1f}"


def person(seed, facts, kinds):
    r = random.Random(seed)
    return r, talk.heldout_facts(r, facts, kinds)


def recall(bench, kinds, facts, distractors, seeds, people):
    """Shares by arm, one value per seed."""
    arms = {}
    for seed in range(seeds):
        sums = {}
        for number in range(people):
            r, mine = person(1000 * seed + number, facts, KINDS)
            turns = [t for f in mine for t in told(r, f)] + small_talk(r, distractors)
            _, others = person(777_000 + 1000 * seed + number, facts, KINDS)
            wrong = bench.memory(kinds, [t for f in others for t in told(r, f)])
            for arm, value in bench.ask(mine, bench.memory(kinds, turns), wrong).items():
                sums[arm] = sums.get(arm, 0) + value / people
        for arm, value in sums.items():
            arms.setdefault(arm, []).append(value)
    return arms


def corrected(bench, kinds, facts, distractors, seeds, people):
    shares = []
    for seed in range(seeds):
        total = 0
        for number in range(people):
            r, mine = person(5000 + 1000 * seed + number, facts, KINDS)
            turns = [t for f in mine for t in told(r, f)] + small_talk(r, distractors // 2)
            changed = r.sample(mine, max(1, facts // 2))
            turns += corrections(r, changed) + small_talk(r, distractors // 2)
            total += bench.ask(changed, bench.memory(kinds, turns))["attached"] / people
        shares.append(total)
    return shares


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=ROOT / "Models/mneme-chat.gguf")
    parser.add_argument("--mneme", default=ROOT / ".build/release/mneme")
    parser.add_argument("--adapter")
    parser.add_argument("--module", action="append", default=[])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--people", type=int, default=5)
    parser.add_argument("--facts", type=int, default=20)
    parser.add_argument("--distractors", type=int, default=100)
    parser.add_argument("--curve", default="")
    options = parser.parse_args()
    modules = [[m] for m in options.module] or kinds_of.sets(options.mneme)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, Path(folder))
        questions = options.seeds * options.people * options.facts
        print(f"{options.facts} facts, {options.distractors} exchanges of small talk after them, {questions} questions, {options.seeds} seeds:\n")
        print("| memory | attached | detached | another person's memory | corrected facts: the new value |")
        print("|---|---|---|---|---|", flush=True)
        for kinds in modules:
            arms = recall(bench, kinds, options.facts, options.distractors, options.seeds, options.people)
            wrong = next((v for k, v in arms.items() if "wrong" in k), [0])
            fixed = corrected(bench, kinds, options.facts, options.distractors, options.seeds, 2 * options.people)
            print(f"| {' + '.join(kinds)} | {interval(arms['attached'])} | {interval(arms['detached'])} | {interval(wrong)} | {interval(fixed)} |", flush=True)
        counts = [int(n) for n in options.curve.split(",") if n]
        if counts:
            print("\n| memory | " + " | ".join(f"{n} facts" for n in counts) + " |")
            print("|---" * (len(counts) + 1) + "|", flush=True)
            for kinds in modules:
                cells = []
                for n in counts:
                    arms = recall(bench, kinds, n, options.distractors, options.seeds, max(1, options.people * 20 // max(20, n) // 2))
                    cells.append(interval(arms["attached"]))
                print(f"| {' + '.join(kinds)} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
