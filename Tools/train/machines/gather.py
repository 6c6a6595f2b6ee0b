#!/usr/bin/env python3
"""Activations of a frozen model for the wires of machines (wires.py): messages that tell facts, messages that tell none, and questions.

    Tools/train/machines/gather.py --model MODEL.gguf --work DIR [--layers 12,18,24] [--facts 2500] [--seed 1]

Each message goes through the model once, by itself, behind what the chat template says before it; of the questions a part come in a conversation,
in which the fact may have been told. Kept are, per layer, the normed input of its attention (`blocks.N.ln1.hook_normalized`) at the message's
tokens and the one before; of a question also at the tokens of its answer, which is the value as it was told, with the mark that ends the sentence
where it stands right behind, and the log-probability that the model gives to each of its tokens. Goes on where it stopped.
"""
import argparse
import os
import random
import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).resolve().parents[1] / "adapter"))
from frozen import Frozen, pad  # noqa: E402
from conversations import Names, PLAIN, SMALLTALK, VALUE_OFF, VALUE_ON, clean, lower_first, make_fact, pair, question, turn  # noqa: E402

PORTION = 16
IN_CONVERSATION, WITH_FACT = 0.35, 0.7


def told(f, r):
    """A statement with its value marked."""
    said = f.marked(f.say[0] if r.random() < 0.4 else r.choice(f.say))
    if r.random() < 0.15:
        said = r.choice(("By the way, ", "Just so you know, ", "I forgot to say: ", "Oh, and ", "You should know that ")) + lower_first(said)
    if r.random() < 0.05:
        said = said.lower()
    if r.random() < 0.15:
        said += " " + r.choice(("I thought you might like to know.", "That makes me happy.", "Anyway.", "It has always been like that.", "More about that later."))
    return said


class Messages:
    """Messages as tokens, behind the template's own."""

    def __init__(self, base):
        self.base = base
        mark = "@@"
        before, self.after = base.chat.render([turn("user", mark)], ask=True).split(mark)
        self.before, self.after = base.chat.encode(before), base.chat.encode(self.after)

    def told(self, text):
        """ids, and which of them are the value."""
        plain = clean(text)
        ids = self.base.chat.encode(plain)
        if VALUE_ON not in text:
            return ids, []
        start, end = text.index(VALUE_ON), text.index(VALUE_OFF) - 1
        return ids, [i for i, (a, b) in enumerate(self.base.chat.vocabulary.spans(ids, plain)) if b > start and a < end]

    def earlier(self, turns):
        """The tokens of a conversation before its next question, from behind the template's own."""
        ids = self.base.chat.encode(self.base.chat.render(turns + [turn("user", "@@")], ask=True).split("@@")[0])
        assert ids[:len(self.before)] == self.before
        return ids[len(self.before):]


def earlier(r, facts):
    """Turns in which some facts are told, one of two times with small talk among them."""
    turns = []
    for text in facts:
        turns += [turn("user", clean(text)), turn("assistant", r.choice(PLAIN))]
        if r.random() < 0.5:
            turns += pair(r, r.choice(SMALLTALK))
    return turns


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--layers", default="12,18,24")
    parser.add_argument("--facts", type=int, default=2500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    o = parser.parse_args()
    torch.set_num_threads(o.threads)
    base = Frozen(o.model, o.work)
    base.to(torch.float32)
    base.exact = True
    layers, messages = [int(n) for n in o.layers.split(",")], Messages(base)
    past, folder = [], Path(o.work)
    first, _ = run(base, [messages.before], layers, past)
    torch.save(torch.stack([x[0, -1] for x in first]).half(), folder / "first.pt")
    ends = [i for i in range(base.unembed.shape[0]) if set(base.chat.decode([i])) & set(".!?\n")]
    torch.save(ends, folder / "ends.pt")

    def rows(sequences, answers=None):
        """Per sequence the layers' rows, [layers, t, width], and the log-probabilities of the last so many of its tokens."""
        inputs, residual = run(base, sequences, layers, past)
        for number, ids in enumerate(sequences):
            n, chosen = answers[number] if answers else 0, torch.zeros(0)
            if n:
                logits = base.model.norm(residual[number, len(ids) - n - 1:len(ids) - 1]) @ base.unembed.T
                chosen = logits.log_softmax(-1).gather(1, torch.tensor(ids[-n:])[:, None])[:, 0]
            yield torch.stack([x[number, :len(ids)] for x in inputs]).half(), chosen

    for number in range(-(-o.facts // 100)):
        path = folder / f"part{number}.pt"
        if path.exists():
            continue
        r = random.Random(o.seed * 1000 + number)
        names, items = Names(r), []
        for _ in range(100):
            f = make_fact(r, names)
            text = told(f, r)
            items.append({"kind": "fact", "key": f.key, "told": messages.told(text), "asked": messages.told(question(f, r)["text"])[0], "text": text})
        for _ in range(25):
            items.append({"kind": "talk", "told": messages.told(r.choice(r.choice(SMALLTALK)[0]))})
        for _ in range(25):
            items.append({"kind": "idle", "asked": messages.told(r.choice(r.choice(SMALLTALK)[0]) if r.random() < 0.5 else idle(r))[0]})
        texts = [i["text"] for i in items if i["kind"] == "fact"]
        for item in items:
            item["earlier"] = []
            if "asked" in item and r.random() < IN_CONVERSATION:
                facts = r.sample(texts, r.randint(0, 2)) + ([item["text"]] if "text" in item and r.random() < WITH_FACT else [])
                r.shuffle(facts)
                item["earlier"] = messages.earlier(earlier(r, facts))
        for portion in portions([i for i in items if "told" in i]):
            for item, (x, _) in zip(portion, rows([i["told"][0] for i in portion])):
                item["rows"] = x
        for portion in portions(sorted((i for i in items if "asked" in i), key=lambda i: len(i["earlier"]))):
            for item in portion:
                item["answer"] = answer(*item["told"], ends) if item["kind"] == "fact" else []
            sequences = [i["earlier"] + i["asked"] + messages.after + i["answer"] for i in portion]
            for item, (x, chosen) in zip(portion, rows(sequences, [len(i["answer"]) for i in portion])):
                # The answer's first token is predicted from the template's last.
                item["question"], item["heard"] = x[:, len(item["earlier"]):].clone(), chosen
        temporary = path.with_suffix(".new")
        torch.save({"items": items, "after": len(messages.after), "layers": layers}, temporary)
        os.replace(temporary, path)
        print(path.name, flush=True)


def answer(ids, value, ends):
    """A value's tokens, and a mark right behind them: a reply that ends like a sentence is one that the model ends, too."""
    behind = value[-1] + 1
    return [ids[i] for i in value] + ([ids[behind]] if behind < len(ids) and ids[behind] in ends else [])


def portions(items):
    return [items[a:a + PORTION] for a in range(0, len(items), PORTION)]


def idle(r):
    return r.choice(("What is the capital of {}?", "Write a poem about {}.", "Explain how {} works.", "Tell me a joke about {}.", "Who invented {}?",
                     "How do I make {}?", "What is {}?", "Give me five facts about {}.", "Translate {} into French.", "Can you help me with {}?")).format(
        r.choice("France|rain|a steam engine|dogs|the telephone|bread|gravity|bees|good morning|my homework|Peru|winter|a computer|cheese|the lamp|soup|love|the sun|cats|maths".split("|")))


@torch.no_grad()
def run(base, sequences, layers, past):
    """The normed inputs of some layers' attention, and the residual stream behind the last block, [b, t, width]. What comes before stands in `past`;
    where that is empty, it takes the sequence in."""
    m, inputs = base.model, {}
    ids = pad(sequences)
    is_first, x = not past, m.embed(ids)
    at = 0 if is_first else past[0][0].shape[1]
    cos, sin = m.cos[at:at + ids.shape[1]], m.sin[at:at + ids.shape[1]]
    for i, block in enumerate(m.blocks):
        if i in layers:
            inputs[i] = block.attn_norm(x)
        cache = [] if is_first else [z.expand(len(sequences), *z.shape[1:]) for z in past[i]]
        x = block(x, cos, sin, None, cache)
        if is_first:
            past.append(cache)
    return [inputs[i] for i in layers], x


if __name__ == "__main__":
    main()
