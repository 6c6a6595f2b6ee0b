#!/usr/bin/env python3
"""Whether a memory harms what the model writes and what it can do without it, for every kind that the program lists.

    Tools/acceptance/generation.py --text NOVEL.txt [--model MODEL.gguf] [--mneme PROGRAM] [--module neighbor ...]

A memory learns the first part of a text. Continuations of places further on, detached and attached, same seeds: share of
repeated 4-grams and of distinct 2-grams. Then questions whose answer stands in the same message: answered as often with the
memory, which holds nothing of it?
"""

import argparse
import json
import random
import tempfile
from pathlib import Path

import facts
import kinds as kinds_of
from streams import ROOT, Mneme


def grams(tokens, n):
    return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]


def measures(runs):
    repeated = sum(1 - len(set(grams(t, 4))) / max(1, len(grams(t, 4))) for t in runs) / len(runs)
    distinct = sum(len(set(grams(t, 2))) / max(1, len(grams(t, 2))) for t in runs) / len(runs)
    return f"repeated 4-grams {100 * repeated:.1f} %, distinct 2-grams {100 * distinct:.1f} %"


def questions():
    """Questions after the statement that answers them, in one message."""
    told, items = facts.person(42, facts=24, small_talk=0)
    rows = []
    for item in items:
        answer = item["answer"] if isinstance(item["answer"], str) else item["answer"][0]
        mine = [s for s in told if s.startswith(("My ", "I ", "The ")) and answer.strip(".").split()[-1] in s]
        if mine:
            rows.append({**item, "prompt": f"{mine[0]} {item['prompt']}"})
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--text", required=True)
    parser.add_argument("--model", default=ROOT / "Models/mneme-chat.gguf")
    parser.add_argument("--mneme", default=ROOT / ".build/release/mneme")
    parser.add_argument("--module", action="append", default=[])
    parser.add_argument("--prompts", type=int, default=24)
    options = parser.parse_args()
    mneme = Mneme(options.mneme, options.model)
    text = Path(options.text).read_text(encoding="utf-8")
    draw = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "first.txt").write_text(text[:80000], encoding="utf-8")
        places = [draw.randrange(80000, len(text) - 2000) for _ in range(options.prompts)]

        def written(*memory):
            """What the model writes at each of the places."""
            return [mneme.json("generate", text[place : place + 300].split(" ", 1)[1], "--tokens", 128, "--temperature", 0.7,
                               "--seed", seed, *memory)["tokens"] for seed, place in enumerate(places)]

        print(f"detached: {measures(written())}", flush=True)
        rows = questions()
        facts.write_items(folder / "same.jsonl", rows)
        for kind in options.module or kinds_of.names(options.mneme):
            memory = mneme.memory(folder / f"{kind}.mneme", [kind])
            mneme.run("learn", folder / "first.txt", "--memory", memory, "--quiet")
            print(f"{kind} attached: {measures(written('--memory', f'{memory}:ro'))}", flush=True)
            outcome = mneme.json("ab", "--memory", memory, "--prompts", folder / "same.jsonl", "--seed", 1, "--temperature", 0)
            arms = {name: f"{100 * arm['contains']:.0f} %" for name, arm in outcome["arms"].items()}
            print(f"{kind}, answers that stand in the same message ({len(rows)} questions): {json.dumps(arms)}", flush=True)


if __name__ == "__main__":
    main()
