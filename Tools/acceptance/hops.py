#!/usr/bin/env python3
"""Questions that two sentences answer together, in the manner of bAbI's second task: where a thing is that somebody took along.

    Tools/acceptance/hops.py [--model smollm2] [--stories 20] [--seed 0] [--arm "memory-network" --arm "memory-network memory-network.hops=1" ...]

A story has four people; each takes one thing and goes to one or two places, in a mixed order. It is told in one process; in another
every thing is asked for, in an empty context, greedy. Named: the reply names the place, and no other place of the story. Found: the sentence
of the place stands in the message. Beside it the ceiling: both sentences as text in the prompt.
"""

import argparse
import random
import re
import subprocess
import tempfile
from pathlib import Path

from facts import invented_name
from natural import Chat, switches

THINGS = "football apple lantern umbrella hammer basket violin kettle ladder teapot".split()
PLACES = "garden kitchen attic cellar garage balcony library workshop stable bathroom".split()


def story(draw):
    """(sentences, [(thing, place, both sentences)])."""
    people = [invented_name(draw) for _ in range(4)]
    things, places = draw.sample(THINGS, 4), draw.sample(PLACES, 8)
    lines, asked = [], []
    for person, thing in zip(people, things):
        taken = f"{person} took the {thing}."
        visits = [places.pop() for _ in range(draw.choice([1, 2]))]
        lines.append([taken] + [f"{person} went to the {place}." for place in visits])
        asked.append((thing, visits[-1], [lines[-1][0], lines[-1][-1]]))
    # Each one's sentences stay in order.
    order = [n for n, own in enumerate(lines) for _ in own]
    draw.shuffle(order)
    return [lines[n].pop(0) for n in order], asked


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mneme", default=Path(__file__).resolve().parents[2] / ".build/release/mneme")
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--stories", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--arm", action="append", default=[])
    parser.add_argument("--form", default='Text: "{f}"\nAccording to the text: {q}')
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    chat = Chat(options.mneme, options.model)
    draw = random.Random(options.seed)
    stories = [story(draw) for _ in range(options.stories)]
    named = lambda reply, place: re.search(rf"\b{place}\b", reply, re.I) and not any(re.search(rf"\b{other}\b", reply, re.I) for other in PLACES if other != place)
    questions = [f"Where is the {thing}?" for _, asked in stories for thing, _, _ in asked]
    places = [place for _, asked in stories for _, place, _ in asked]
    ceiling = chat.ask([options.form.format(f=" ".join(both), q=f"Where is the {thing}?") for _, asked in stories for thing, _, both in asked])
    plain = chat.ask(questions)
    count = lambda replies: sum(bool(named(reply, place)) for (reply, _), place in zip(replies, places))
    print(f"both sentences in the prompt: {count(ceiling)} of {len(places)}; nothing attached: {count(plain)}", flush=True)
    for arm in options.arm or ["memory-network", "memory-network memory-network.hops=1", "episodic"]:
        hits, found, total = 0, 0, 0
        with tempfile.TemporaryDirectory() as folder:
            for number, (lines, asked) in enumerate(stories):
                memory = Path(folder) / f"{number}.mneme"
                subprocess.run([str(options.mneme), "memory", "create", str(memory), "--model", options.model, "--quiet", *switches(arm.split())], check=True, capture_output=True)
                chat.learn([[line] for line in lines], memory, Path(folder))
                for (thing, place, both), (reply, cited) in zip(asked, chat.ask([f"Where is the {thing}?" for thing, _, _ in asked], memory)):
                    hits += bool(named(reply, place))
                    found += any(line.startswith("from memory: ") and place in line for line in cited)
                    total += 1
                    if options.show and not named(reply, place):
                        print(f"    {thing} [{place}] {reply[:100]} | {' | '.join(cited)}")
        print(f"{arm}: named {hits} of {total}, the place's sentence in the message {found}", flush=True)


if __name__ == "__main__":
    main()
