#!/usr/bin/env python3
"""bAbI stories scattered in a novel (BABILong, Kuratov et al. 2024, arXiv 2406.10149), the text in a memory alone or in the prompt.

    Tools/acceptance/babilong.py --stories qa1_single-supporting-fact_train.txt --essay NOVEL.txt [--memory-set neural.form=weights ...]

The sentences of a story stand in their order at random places of a text of so many tokens. `mneme learn` reads it in one process; in
another the question, of fewer than 32 tokens, is asked in an empty context. Beside it: the whole text before the question in the prompt
(what the context holds), and the question alone. A reply is right when its first place word is the answer. Greedy.
"""

import argparse
import random
import re
import subprocess
import tempfile
from pathlib import Path

from natural import Chat

ROOT = Path(__file__).resolve().parents[2]
ASK = "Answer with one word. {}"


def stories(path):
    """(sentences before the question, question, answer)."""
    told, found = [], []
    for line in open(path, encoding="utf-8"):
        number, text = line.rstrip("\n").split(" ", 1)
        if number == "1":
            told = []
        if "\t" in text:
            question, answer = text.split("\t")[:2]
            found.append((list(told), question.strip(), answer))
        else:
            told.append(text.strip())
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stories", required=True)
    parser.add_argument("--essay", required=True)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--mneme", default=ROOT / ".build/release/mneme")
    parser.add_argument("--module", action="append", default=[])
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--lengths", default="1024,2048,4096")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    essay = " ".join(Path(options.essay).read_text(encoding="utf-8").split())
    items = [s for s in stories(options.stories) if s[0]]
    places = sorted({answer for _, _, answer in items})
    chat = Chat(options.mneme, options.model)
    modules = options.module or ["neural"]

    def right(reply, answer):
        found = re.search("|".join(places), reply, re.I)
        return found is not None and found.group().lower() == answer.lower()

    for length in (int(n) for n in options.lengths.split(",")):
        hits = {"memory": 0, "whole text in the prompt": 0, "question alone": 0}
        for number in range(options.count):
            r = random.Random(104729 * number + length)
            told, question, answer = r.choice(items)
            # 4.2 characters a token of running English.
            room = int(4.2 * length) - sum(map(len, told))
            start = r.randrange(len(essay) - room)
            parts = essay[start:start + room].split(". ")
            spots = sorted(r.randint(0, len(parts)) for _ in told)
            for spot, sentence in reversed(list(zip(spots, told))):
                parts.insert(spot, sentence.rstrip("."))
            text = ". ".join(parts)
            asked = ASK.format(question)
            with tempfile.TemporaryDirectory() as folder:
                memory, file = Path(folder) / "m.mneme", Path(folder) / "text.txt"
                file.write_text(text, encoding="utf-8")
                run = lambda *words: subprocess.run([str(options.mneme), *map(str, words)], check=True, capture_output=True)
                run("memory", "create", memory, "--model", options.model, "-q", *[w for m in modules for w in ("--module", m)],
                    *[w for s in options.set for w in ("--set", s)])
                run("learn", file, "--memory", memory, "--model", options.model, "-q")
                replies = {"memory": chat.ask([asked], memory), "whole text in the prompt": chat.ask([f"{text}\n\n{asked}"]), "question alone": chat.ask([asked])}
            for name, reply in replies.items():
                hits[name] += right(reply[0][0], answer)
                if options.show:
                    print(f"    {name}: {question} [{answer}] {reply[0][0][:80]}")
        print(f"{length} tokens: " + ", ".join(f"{name} {100 * n / options.count:.0f} %" for name, n in hits.items()), flush=True)


main()
