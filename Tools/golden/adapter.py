#!/usr/bin/env python3
"""Records what the bundled model predicts with the bundled adapter's wired neural memory, computed in PyTorch.

    adapter.py --checkpoint WORK/neural.pt --work WORK --out Tests/MnemeTests/Fixtures/adapter.safetensors

Facts are told in two sessions, a question is asked with an empty context: the tokens of the sessions, which of them are learned,
the question's tokens, and the logits of its last rows with the memory and without. The memory is in its dual form here (a
kernel over all keys), in the Swift module in features and weights: two ways to the same numbers.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "Tools/train/adapter"))
from frozen import Frozen  # noqa: E402
from chat import ASSISTANT, USER  # noqa: E402
from memory import NeuralMemory  # noqa: E402
from conversations import turn  # noqa: E402

SESSIONS = (
    [turn("user", "Hello!"), turn("assistant", "Hello! How are you?"), turn("user", "My dog is called Bozkif."), turn("assistant", "Nice!"),
     turn("user", "It is raining today. My sister lives in Zumbaru."), turn("assistant", "I see.")],
    [turn("user", "The wifi password is hunnylake77."), turn("assistant", "Okay."), turn("user", "No, my dog is called Rimpol."), turn("assistant", "Sorry.")])
QUESTION, REPLY = "What is my dog called?", "Your dog is called Rimpol."


@torch.no_grad()
def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--checkpoint", required=True)
    p.add_argument("--model", default=str(ROOT / "Models/mneme-chat.gguf"))
    p.add_argument("--work", required=True)
    p.add_argument("--out", required=True)
    o = p.parse_args()
    base = Frozen(o.model, o.work)
    base.exact = True
    c = torch.load(o.checkpoint, weights_only=False)
    memory = NeuralMemory(base.config.width, **c["shape"])
    memory.load_state_dict(c["memory"])
    memory.double()
    base.to(torch.float64)
    out, rows = {}, []
    for i, turns in enumerate(SESSIONS):
        ids, _, roles = base.chat.turns(turns)
        learned = [int(x == USER) for x in roles]
        out[f"session.{i}.tokens"] = np.array(ids, np.int64)
        out[f"session.{i}.learned"] = np.array(learned, np.int64)
        k, v, alpha, theta = (z[0][torch.tensor(learned).bool()] for z in memory.written(base.inner(base.trunk(torch.tensor([ids])))))
        rows.append((k, v, alpha, theta))
    k, v, alpha, theta = (torch.cat(z) for z in zip(*rows))
    fill = -len(k) % memory.chunk
    grow = lambda z: torch.cat((z, torch.zeros(fill, *z.shape[1:]).to(z)))[None]
    state = memory.write(grow(k), grow(v), grow(alpha), grow(theta))
    ids, _, roles = base.chat.turns([turn("user", QUESTION), turn("assistant", REPLY)])
    residual = base.trunk(torch.tensor([ids]))
    start = roles.index(ASSISTANT) - 1
    heard = base.logits(residual + memory.joined(base, residual, state, torch.tensor([start])))[0, start:]
    plain = base.logits(residual + base.attention(residual))[0, start:]
    out["question.tokens"] = np.array(ids, np.int64)
    out["question.start"] = np.array([start], np.int64)
    out["theta"] = theta.float().numpy()
    out["heard"] = heard.float().contiguous().numpy()
    out["plain"] = plain.float().contiguous().numpy()
    save_file(out, o.out)
    print(f"{o.out}: {sum(v.nbytes for v in out.values())} bytes; the memory changes {float((heard - plain).abs().max()):.3f}; "
          f"says {base.chat.sp.decode(heard.argmax(-1).tolist())!r}, without {base.chat.sp.decode(plain.argmax(-1).tolist())!r}")


if __name__ == "__main__":
    main()
