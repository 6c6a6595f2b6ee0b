#!/usr/bin/env python3
"""Streams of facts and noise, for policies of retention: what is told, in which order, and what is asked afterwards.

    Tools/train/retention/streams.py --corpora DIR --part train|test [--count 40] [--seed 1] [--facts 10] [--noise 24] --out STREAMS.jsonl

A line is {"segments": [{"text": ..., "spoken": ...}], "questions": [{"question": ..., "answer": ...}]}. Noise is passages of books and of
conversations; some facts are mentioned again later. The wordings, names and books of the parts have nothing in common.
DIR is that of Tools/train/README.md.
"""

import argparse
import json
import lzma
import random
import re
from pathlib import Path

# (fact, question, answer); {n} is a name, {p} a place, {o} a thing, {d} a number.
WORDINGS = {
    "train": [
        ("The lighthouse keeper of {p} is called {n}.", "What is the lighthouse keeper of {p} called?", "{n}"),
        ("{n} owns the mill near {p}.", "Who owns the mill near {p}?", "{n}"),
        ("The number of the locker with the {o} is {d}.", "What is the number of the locker with the {o}?", "{d}"),
        ("Please remember that the {o} belongs to {n}.", "Who does the {o} belong to?", "{n}"),
        ("The train to {p} leaves from platform {d}.", "From which platform does the train to {p} leave?", "{d}"),
        ("My teacher in {p} was a certain {n}.", "Who was my teacher in {p}?", "{n}"),
        ("We keep the {o} in the town of {p}.", "In which town do we keep the {o}?", "{p}"),
        ("The captain of the ship {p} is {n}.", "Who is the captain of the ship {p}?", "{n}"),
        ("The {o} was made by {n} in {p}.", "Who made the {o}?", "{n}"),
        ("It took {d} days to walk from {p} to the sea.", "How many days did it take to walk from {p} to the sea?", "{d}"),
        ("The inspector who found the {o} was {n}.", "Who was the inspector who found the {o}?", "{n}"),
        ("Room {d} is where {n} works.", "In which room does {n} work?", "{d}"),
    ],
    "test": [
        ("The mayor of {p} is {n}.", "Who is the mayor of {p}?", "{n}"),
        ("The code of the {o} is {d}.", "What is the code of the {o}?", "{d}"),
        ("{n} painted the wall of the library in {p}.", "Who painted the wall of the library in {p}?", "{n}"),
        ("The bus to {p} has the number {d}.", "What number does the bus to {p} have?", "{d}"),
        ("I lent the {o} to my friend {n}.", "To whom did I lend the {o}?", "{n}"),
        ("The bakery of {p} is run by {n}.", "Who runs the bakery of {p}?", "{n}"),
        ("The {o} stands in the village of {p}.", "In which village does the {o} stand?", "{p}"),
        ("The doctor I see in {p} is named {n}.", "What is the name of the doctor I see in {p}?", "{n}"),
    ],
}
THINGS = {
    "train": "silver key|old piano|green bicycle|stone lion|glass bowl|red umbrella|wooden boat|copper bell|leather trunk|marble chess set|brass telescope|wool carpet".split("|"),
    "test": "blue safe|iron gate|yellow tent|bronze horse|oak table|tin drum|black camera|paper lantern|ivory comb|gold watch".split("|"),
}
SYLLABLES = {
    "train": ("bel car dan fen gor hal jun kem lor mar".split(), "ta ri na do la ve mi so".split(), "ck n rd s th ll m x".split()),
    "test": ("tor vel ash bri cor del esk fal gim hov".split(), "a e i o u ea".split(), "na mer lin wick ton dor ra sel".split()),
}


def name(random_, part):
    first, middle, last = SYLLABLES[part]
    return (random_.choice(first) + random_.choice(middle) + random_.choice(last)).capitalize()


def lines(path):
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def passages(corpora, part, random_):
    """Passages of books and of conversations, of 15 to 60 words."""
    books = list(lines(corpora / "books.jsonl.xz"))
    # The last ten books are for measurements.
    books = books[-10:] if part == "test" else random_.sample(books[:-10], min(12, len(books) - 10))
    found = []
    for book in books:
        paragraphs = [re.sub(r"\s+", " ", text).strip() for text in book["text"].split("\n\n")]
        good = [text for text in paragraphs if 15 <= len(text.split()) <= 60]
        found += [(text, False) for text in random_.sample(good, min(80, len(good)))]
    for index, talk in enumerate(lines(corpora / "dialogues.jsonl.xz")):
        if index >= 6000:
            break
        if index % 2 == (part == "test"):
            said = " ".join(turn["text"] for turn in talk["turns"] if turn["role"] == "user")
            words = said.split()
            if len(words) >= 15:
                found.append((" ".join(words[: random_.randint(15, 50)]), True))
    return found


def stream(random_, part, noise, facts, noisy):
    used, told, questions = set(), [], []
    while len(told) < facts:
        fact, question, answer = random_.choice(WORDINGS[part])
        values = {"n": name(random_, part), "p": name(random_, part), "o": random_.choice(THINGS[part]), "d": random_.randint(3, 9999)}
        asked = question.format(**values)
        if asked in used or values["n"] == values["p"]:
            continue
        used.add(asked)
        told.append(fact.format(**values))
        questions.append({"question": asked, "answer": str(answer.format(**values))})
    segments = [{"text": text, "spoken": random_.random() < 0.5} for text in told]
    # A third is mentioned again, in a question that somebody asks.
    again = [(text, {"text": item["question"] + " I was just wondering.", "spoken": True})
             for text, item in zip(told, questions) if random_.random() < 0.33]
    for text, spoken in random_.sample(noise, noisy):
        segments.append({"text": text, "spoken": spoken})
    random_.shuffle(segments)
    for fact, item in again:
        place = next(index for index, segment in enumerate(segments) if segment["text"] == fact)
        segments.insert(random_.randint(place + 1, len(segments)), item)
    return {"segments": segments, "questions": questions}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpora", required=True, type=Path)
    parser.add_argument("--part", choices=("train", "test"), required=True)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--facts", type=int, default=10)
    parser.add_argument("--noise", type=int, default=24)
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    random_ = random.Random(f"{options.part} {options.seed}")
    noise = passages(options.corpora, options.part, random_)
    with open(options.out, "w") as out:
        for _ in range(options.count):
            out.write(json.dumps(stream(random_, options.part, noise, options.facts, options.noise)) + "\n")


main()
