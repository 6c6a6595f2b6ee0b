"""What a memory answers in PyTorch: facts with reserved names are told, and asked for with an empty context, greedy."""
import random
import re

import torch

from anew import encode, remember
from conversations import clean, heldout_facts, turn
from episodes import split


@torch.no_grad()
def evaluate(memory, base, around, trials=6, facts=20, tokens=1000, seed=1, echoing=True):
    """The share of replies that name the value, and some that do not; `around(r, tokens)` gives sessions told after the facts."""
    hits, asked_, misses = 0, 0, []
    for trial in range(trials):
        r = random.Random(seed * 1000 + trial)
        told = heldout_facts(r, facts)
        exchanges = []
        for f in told:
            said = clean(f.marked(f.answer))
            exchanges.append([turn("user", f.marked(f.say[0], mark=False)), turn("assistant", "Okay, " + said[0].lower() + said[1:] if echoing else "I see.")])
        state, _ = remember(memory, base, [encode(base, split(base, exchanges, 900)) + around(r, tokens)])
        for f in told:
            got = reply(memory, base, base.chat.prompt(f.ask[0]), state)
            ok = re.search(r"(?<!\w)" + re.escape(f.value) + r"(?!\w)", got, re.I) is not None
            hits, asked_ = hits + ok, asked_ + 1
            if not ok and len(misses) < 6:
                misses.append((clean(f.marked(f.answer)), got))
    return hits / asked_, misses


def reply(memory, base, ids, state, limit=24):
    out, past, residual = [], [], None
    new = ids
    while len(out) < limit:
        x = base.trunk(torch.tensor([new]), past)
        residual = x if residual is None else torch.cat((residual, x), 1)
        behind = residual + memory.joined(base, residual, state, torch.tensor([len(ids) - 1]))
        t = int(base.logits(behind[:, -1:])[0, -1].argmax())
        if t in base.chat.ends:
            break
        out.append(t)
        new = [t]
    return base.chat.decode(out)
