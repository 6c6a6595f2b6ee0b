"""Invented people for acceptance runs: what they tell in one session and what they ask in the next.

Every name is reserved for evaluation (FNV-1a-32 of the lower-cased name divisible by 8), so no model trained by
Tools/train has seen it. The same seed gives the same person on every machine.
"""

import json
import random

ONSETS = "b c d f g h j k l m n p r s t v w z br dr gr kl tr sh".split()
VOWELS = "a e i o u".split()
CODAS = ["", "", "n", "r", "l", "s", "t", "k", "m"]
SUBJECTS = (
    "dog cat horse parrot rabbit hamster goat turtle pony sister brother friend boss neighbor teacher doctor uncle aunt "
    "cousin coach dentist landlord street village school hotel restaurant company boat band"
).split()
SMALL_TALK = [
    "Hello!", "How are you?", "I am a little tired today.", "It is raining outside.", "What do you like to do?",
    "I made soup for dinner.", "Do you like music?", "I went for a walk in the park.", "Thank you!", "I read a good book.",
]


def is_reserved(name):
    """Whether a name is kept out of all training data."""
    value = 2166136261
    for byte in name.lower().encode():
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value % 8 == 0


def invented_name(rng):
    """A two-syllable invented name that no training data holds."""
    while True:
        word = "".join(rng.choice(ONSETS) + rng.choice(VOWELS) + rng.choice(CODAS) for _ in range(2))
        if 4 <= len(word) <= 9 and is_reserved(word):
            return word.capitalize()


def person(seed, facts, small_talk=0):
    """(lines to type into a chat, questions as A/B items) of one invented person."""
    rng = random.Random(seed)
    lines, items = [], []
    for subject in rng.sample(SUBJECTS, facts):
        name = invented_name(rng)
        lines.append(f"My {subject} is called {name}.")
        items.append({"prompt": f"What is my {subject} called?", "answer": [f"Your {subject} is called {name}.", name],
                      "kind": subject, "name": name})
    talk = [rng.choice(SMALL_TALK) for _ in range(small_talk)]
    for line in talk:
        lines.insert(rng.randrange(len(lines) + 1), line)
    return lines, items


def write_items(path, items):
    """Writes A/B items as JSON Lines."""
    with open(path, "w", encoding="utf-8") as file:
        for item in items:
            file.write(json.dumps({key: item[key] for key in ("prompt", "answer", "kind")}) + "\n")
