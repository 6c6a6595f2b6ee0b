#!/usr/bin/env python3
"""What was said long ago, with a context of 512 tokens: pass keys and facts by how far back they stand, of how much.

    Tools/acceptance/depth.py --essay NOVEL.txt [--context 512] [--times 1,2,4,8,16] [--texts 4] [--arm "block block.shown=448"]

A text of so many times the context holds five needles, at five depths. `mneme learn --context N` reads it in one process and saves it;
another loads it and asks, in an empty context, greedy. The controls: the whole text in the prompt (in a context that holds it), the newest rows
and sinks (StreamingLLM), rows kept at random, BM25 passages as text, each within the same number of rows; and nothing. The novel must not
have been trained on.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from documents import passages, right
from natural import ROOT, Chat, switches

NAMES = ("Bel Car Dan Fen Gor Hal Jun Kem Lor Mar Tor Vel Ash Bri Cor".split(), "ta ri na do la ve mi so".split(), "mer lin wick ton dor ra sel".split())
WORDS = "umbrella candle hammer saddle ribbon kettle basket mirror ladder pillow button bottle blanket trumpet compass lantern".split()
KINDS = ("key", "fact")
DEPTHS = 5


def needle(r, kind):
    """Sentence, question, answer."""
    name = r.choice(NAMES[0]) + r.choice(NAMES[1]) + r.choice(NAMES[2])
    if kind == "key":
        value = str(r.randint(10000, 99999))
        return f"The pass key of {name} is {value}.", f"What is the pass key of {name}?", value
    value = r.choice(WORDS)
    return f"{name} always carries one {value} with pride.", f"What does {name} always carry?", value


def text(r, kind, essay, characters):
    """A text with its needles, from early to late."""
    start = r.randrange(0, len(essay) - characters - 1)
    parts = essay[start : start + characters].split(". ")
    needles, seen = [], set()
    while len(needles) < DEPTHS:
        one = needle(r, kind)
        if one[1] not in seen and one[2] not in {n[2] for n in needles}:
            seen.add(one[1])
            needles.append(one)
    for number, (sentence, _, _) in reversed(list(enumerate(needles))):
        # The first sentence of a text is cut off in its middle: none stands before it.
        parts.insert(1 + int((len(parts) - 1) * (number + 0.5) / DEPTHS), sentence.rstrip("."))
    return ". ".join(parts), needles


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--essay", required=True)
    parser.add_argument("--context", type=int, default=512)
    parser.add_argument("--times", default="1,2,4,8,16")
    parser.add_argument("--texts", type=int, default=4, help="texts of each kind and length")
    parser.add_argument("--arm", action="append", default=[])
    parser.add_argument("--skip", default="", help="of whole, words, detached")
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--mneme", default=ROOT / ".build/release/mneme")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    essay = Path(options.essay).read_text(encoding="utf-8").replace("\n", " ")
    rows = options.context * 7 // 8
    arms = options.arm or [f"block block.shown={rows}", f"transformer-xl transformer-xl.rows={rows - 4} transformer-xl.sinks=4", f"lemn lemn.rows={rows} lemn.retention=random"]
    times = [int(n) for n in options.times.split(",")]
    chat = Chat(options.mneme, options.model)
    run = lambda *words: subprocess.run([str(options.mneme), *map(str, words)], check=True, capture_output=True, text=True)
    with tempfile.TemporaryDirectory() as folder:
        file, memory = Path(folder) / "text.txt", Path(folder) / "a.mneme"
        file.write_text(essay[:60000], encoding="utf-8")
        # Characters to a token.
        rate = 60000 / len(json.loads(run("tokenize", "--file", file, "--model", options.model, "--json").stdout)["ids"])
        print(f"right answers of {options.texts * DEPTHS}, and of {options.texts} by depth, the earliest first\n\n| needle | arm | " + " | ".join(f"{n}x" for n in times) + " |\n|---|---" + "|---" * len(times) + "|", flush=True)
        for kind in KINDS:
            made = {}
            for n in times:
                for number in range(options.texts):
                    r = random.Random(f"{kind} {n} {number}")
                    # Room for needles and question where the whole text is in the prompt.
                    made[n, number] = text(r, kind, essay, int((n * options.context * 0.96 - 160) * rate))
            names = [name for name in ("whole", "words", "detached") if name not in options.skip.split(",")] + arms
            for arm in names:
                cells = []
                for n in times:
                    hits = [0] * DEPTHS
                    for number in range(options.texts):
                        body, needles = made[n, number]
                        questions, attached = [question for _, question, _ in needles], None
                        if arm == "whole":
                            prompts = [f"{body}\n\n{question}" for question in questions]
                        elif arm == "words":
                            prompts = [f"{passages(body, question, int(rows / 1.4))}\n\n{question}" for question in questions]
                        elif arm == "detached":
                            prompts = questions
                        else:
                            prompts, attached = questions, memory
                            memory.unlink(missing_ok=True)
                            file.write_text(body, encoding="utf-8")
                            run("memory", "create", memory, "--model", options.model, "-q", *switches(arm.split()))
                            run("learn", file, "--memory", memory, "--model", options.model, "--context", options.context, "-q")
                        replies = [reply for reply, _ in chat.ask(prompts, attached)]
                        for depth, (reply, (_, question, answer)) in enumerate(zip(replies, needles)):
                            hit = right(reply, [answer])
                            hits[depth] += hit
                            if options.show:
                                print(f"    {'+' if hit else '-'} {n}x {arm[:20]} {question} {answer}: {reply[:80]}")
                    cells.append(f"{sum(hits)} ({' '.join(map(str, hits))})")
                print(f"| {kind} | {arm} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
