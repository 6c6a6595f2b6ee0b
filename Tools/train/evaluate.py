"""Measure a checkpoint: perplexity per source on held-out text, copying from the context, sample small talk.

    evaluate.py --work DIR [--trials 10] [--samples] [--json FILE]

The full-context arm tells facts with reserved names (never trained on), puts small talk behind them, and asks for each fact
in turn in its own copy of the conversation; a greedy answer counts when it contains the name. Two variants: `told` has the
assistant reply "I see." (the name stands in the user's line only), `echo` has it repeat the fact.
`long` is `echo` with 8 facts and 14 exchanges of small talk, `full` is `told` with 20 facts and 12 exchanges, `corrected`
changes a fact after it was asked, `needles` hides values in running text. `absent` asks with no fact told: the share of answers of the right form, with whatever name.
"""
import argparse
import json
import math
import os
import random
import re

import numpy as np
import torch

from conversations import Names, SMALLTALK, heldout_facts, needle_conversation, pair
from model import Model, generate
from prepare import BOS, END, ROLES, Encoder, clean

TALKS = (
    ("Hello!", "I am fine, thank you.", "What is your name?", "What do you like?", "I went to the park today.", "Tell me a story.", "Thank you!", "Goodbye!"),
    ("My dog is called Bozkif.", "My sister's name is Marwenna.", "The wifi password is hunnylake77.", "Do you like pizza?", "It is raining today.",
     "What is my dog called?", "What's my sister's name?", "What is the wifi password?", "No, my dog is called Zindolph.", "What is my dog called?"),
    ("hey there", "i had a long day at work", "do you have any hobbies?", "What should I cook tonight?", "What is the capital of France?", "bye"))


@torch.no_grad()
def perplexity(model, path, limit=40_000):
    z = np.load(path)
    total, n = 0.0, 0
    for a, b in zip(z["starts"], z["starts"][1:]):
        ids = torch.from_numpy(z["tokens"][a:b][:1025].astype(np.int64))
        if len(ids) < 3:
            continue
        logits = model.logits(ids[None, :-1]).float()
        total += float(torch.nn.functional.cross_entropy(logits[0], ids[1:], reduction="sum"))
        n += len(ids) - 1
        if n > limit:
            break
    return math.exp(total / n), n


class Chat:
    """A conversation as token ids."""

    def __init__(self, model, enc):
        self.model, self.enc, self.ids = model, enc, [BOS]

    def add(self, role, text):
        self.ids += [ROLES[role]] + self.enc.sp.encode(clean(text)) + [END]

    def reply(self, temperature=0.0, generator=None, limit=60, keep=False):
        out = generate(self.model, self.ids + [ROLES["assistant"]], limit, temperature, generator=generator)
        if keep:
            self.ids += [ROLES["assistant"]] + out + [END]
        return self.enc.sp.decode(out)


def full_context(model, enc, trials, facts=5, distractors=5, seed=1, echo=False):
    hits, asked, exact, length, misses = 0, 0, 0, 0, []
    for trial in range(trials):
        r = random.Random(seed * 1000 + trial)
        chat = Chat(model, enc)
        told = heldout_facts(r, facts)
        for f in told:
            chat.add("user", f.marked(f.say[0], mark=False))
            chat.add("assistant", "Okay, " + f.marked(f.answer)[0].lower() + f.marked(f.answer)[1:] if echo else "I see.")
        for _ in range(distractors):
            for t in pair(r, r.choice(SMALLTALK)):
                chat.add(t["role"], t["text"])
        base = chat.ids
        for f in told:
            chat.ids = list(base)
            chat.add("user", f.ask[0])
            length = max(length, len(chat.ids))
            got = chat.reply(limit=30)
            ok = re.search(r"(?<!\w)" + re.escape(f.value) + r"(?!\w)", got, re.I) is not None
            hits, asked, exact = hits + ok, asked + 1, exact + (got == clean(f.marked(f.answer)))
            if not ok and len(misses) < 4:
                misses.append([clean(f.marked(f.answer)), got])
    return dict(recall=hits / asked, sentence=exact / asked, questions=asked, longest=length, misses=misses)


def needles(model, enc, texts, trials, room=850, seed=9):
    """A message of running text with needles of reserved names in it, each asked for."""
    hits, asked, misses = 0, 0, []
    for trial in range(trials):
        r = random.Random(seed * 1000 + trial)
        turns = needle_conversation(r, Names(r, held=True), texts, room)
        for i in range(2, len(turns), 2):
            chat = Chat(model, enc)
            for t in turns[:2] + [turns[i]]:
                chat.add(t["role"], t["text"])
            if len(chat.ids) > model.c.context - 30:
                continue
            got, want = chat.reply(limit=30), clean(turns[i + 1]["text"])
            hits, asked = hits + (got == want), asked + 1
            if got != want and len(misses) < 4:
                misses.append([want, got])
    return dict(recall=hits / max(1, asked), questions=asked, misses=misses)


def corrected(model, enc, trials, distractors=2, seed=3):
    """Three facts told, each asked, one corrected, small talk, asked again: the new value is the answer."""
    hits, misses = 0, []
    for trial in range(trials):
        r = random.Random(seed * 1000 + trial)
        chat = Chat(model, enc)
        told = heldout_facts(r, 3)
        for f in told:
            chat.add("user", f.marked(f.say[0], mark=False))
            chat.add("assistant", f.marked(f.answer))
        for f in told:
            chat.add("user", f.ask[0])
            chat.add("assistant", f.marked(f.answer))
        f = r.choice(told)
        f.old, f.value = f.value, f.redraw()
        said = f.marked(f.say[0], mark=False)
        chat.add("user", "No, " + said[0].lower() + said[1:] if said[:2] != "I " else "No, " + said)
        chat.add("assistant", "Sorry, " + f.marked(f.answer)[0].lower() + f.marked(f.answer)[1:])
        for _ in range(distractors):
            for t in pair(r, r.choice(SMALLTALK)):
                chat.add(t["role"], t["text"])
        chat.add("user", f.ask[0])
        got = chat.reply(limit=30)
        ok = re.search(r"(?<!\w)" + re.escape(f.value) + r"(?!\w)", got, re.I) is not None
        hits += ok
        if not ok and len(misses) < 4:
            misses.append([clean(f.marked(f.answer)), got])
    return dict(recall=hits / trials, questions=trials, misses=misses)


def absent(model, enc, trials, seed=5):
    form, asked, firsts = 0, 0, {}
    for trial in range(trials):
        for f in heldout_facts(random.Random(seed * 1000 + trial), 4):
            chat = Chat(model, enc)
            chat.add("user", f.ask[0])
            got = chat.reply(limit=30)
            frame = f.answer.split("{v}")
            form, asked = form + (got.startswith(frame[0]) and got.endswith(frame[1])), asked + 1
            firsts[got] = firsts.get(got, 0) + 1
    return dict(form=form / asked, questions=asked, examples=list(firsts)[:5])


def samples(model, enc):
    """Each conversation of TALKS, greedy and at temperature 0.7 (seed 7)."""
    out = []
    for temperature in (0.0, 0.7):
        g = torch.Generator().manual_seed(7)
        for talk in TALKS:
            chat = Chat(model, enc)
            out.append(f"temperature {temperature}")
            for line in talk:
                chat.add("user", line)
                out.append(f"> {line}")
                out.append(chat.reply(temperature, g, keep=True))
            out.append("")
    return "\n".join(out)


def load(work):
    c = torch.load(os.path.join(work, "checkpoint.pt"), weights_only=False)
    model = Model()
    model.load_state_dict(c["model"])
    return model.eval(), Encoder(os.path.join(work, "tokenizer.model")), c


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--work", required=True)
    p.add_argument("--trials", type=int, default=10)
    p.add_argument("--facts", type=int, default=5)
    p.add_argument("--distractors", type=int, default=5)
    p.add_argument("--samples", action="store_true")
    p.add_argument("--no-perplexity", action="store_true")
    p.add_argument("--json")
    p.add_argument("--threads", type=int, default=1)
    o = p.parse_args()
    torch.set_num_threads(o.threads)
    model, enc, c = load(o.work)
    result = dict(step=c["step"], tokens=c["tokens"])
    with torch.no_grad():
        result["told"] = full_context(model, enc, o.trials, o.facts, o.distractors)
        result["echo"] = full_context(model, enc, o.trials, o.facts, o.distractors, echo=True)
        result["long"] = full_context(model, enc, max(2, o.trials // 2), 8, 14, seed=2, echo=True)
        result["full"] = full_context(model, enc, max(2, o.trials // 4), 20, 12, seed=4)
        z = np.load(os.path.join(o.work, "pages.held.npz"))
        texts = [enc.sp.decode(z["tokens"][a:b][1:].tolist()) for a, b in zip(z["starts"], z["starts"][1:])]
        result["needles"] = needles(model, enc, texts, o.trials)
        result["corrected"] = corrected(model, enc, 2 * o.trials)
        result["absent"] = absent(model, enc, max(2, o.trials // 2))
        if not o.no_perplexity:
            result["perplexity"] = {}
            for name in ("dialogues", "generated", "smalltalk", "books", "encyclopedia", "qa"):
                ppl, n = perplexity(model, os.path.join(o.work, name + ".held.npz"))
                result["perplexity"][name] = dict(value=round(ppl, 2), tokens=n)
        print(json.dumps(result, indent=1))
        if o.json:
            json.dump(result, open(o.json, "w"), indent=1)
        if o.samples:
            print(samples(model, enc))


if __name__ == "__main__":
    main()
