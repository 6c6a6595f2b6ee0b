#!/usr/bin/env python3
"""Records what the bundled model predicts with the bundled adapter's wired neural memory, computed in PyTorch.

    adapter.py --checkpoint WORK/neural.pt --work WORK --out Tests/MemoryModulesTests/Fixtures/adapter-mag.safetensors

Facts are told in two sessions, a question is asked with an empty context: the tokens of the sessions, which of them are learned,
the question's tokens, and the logits of its last rows with the memory and without. The memory is in its dual form here (a
kernel over all keys), in the Swift module in features and weights: two ways to the same numbers.
"""

import torch

from bundled import asked, begin, record
from chat import USER
from conversations import turn
from memory import NeuralMemory

SESSIONS = (
    [turn("user", "Hello!"), turn("assistant", "Hello! How are you?"), turn("user", "My dog is called Bozkif."), turn("assistant", "Nice!"),
     turn("user", "It is raining today. My sister lives in Zumbaru."), turn("assistant", "I see.")],
    [turn("user", "The wifi password is hunnylake77."), turn("assistant", "Okay."), turn("user", "No, my dog is called Rimpol."), turn("assistant", "Sorry.")])
QUESTION, REPLY = "What is my dog called?", "Your dog is called Rimpol."


@torch.no_grad()
def main():
    o, base, c = begin(__doc__)
    memory = NeuralMemory(base.config.width, **c["shape"])
    memory.load_state_dict(c["memory"])
    memory.double()
    out, rows = {}, []
    for i, turns in enumerate(SESSIONS):
        ids, _, roles = base.chat.turns(turns)
        learned = [int(x == USER) for x in roles]
        out[f"session.{i}.tokens"] = torch.tensor(ids)
        out[f"session.{i}.learned"] = torch.tensor(learned)
        k, v, alpha, theta = (z[0][torch.tensor(learned).bool()] for z in memory.written(base.inner(base.trunk(torch.tensor([ids])))))
        rows.append((k, v, alpha, theta))
    k, v, alpha, theta = (torch.cat(z) for z in zip(*rows))
    fill = -len(k) % memory.chunk
    grow = lambda z: torch.cat((z, torch.zeros(fill, *z.shape[1:]).to(z)))[None]
    state = memory.write(grow(k), grow(v), grow(alpha), grow(theta))
    ids, start = asked(base, QUESTION, REPLY)
    residual = base.trunk(ids)
    heard = base.logits(residual + memory.joined(base, residual, state, torch.tensor([start])))[0, start:]
    plain = base.logits(residual + base.attention(residual))[0, start:]
    record(o, base, ids, start, heard, plain, {**out, "theta": theta})


if __name__ == "__main__":
    main()
