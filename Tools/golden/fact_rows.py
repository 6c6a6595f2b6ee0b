#!/usr/bin/env python3
"""Records what the bundled model answers from a fact's latent, computed in PyTorch.

    fact_rows.py --checkpoint WORK/episodic.pt --work WORK --out Tests/MemoryModulesTests/Fixtures/adapter-rows.safetensors

A sentence is read alone, encoded and decoded; a question is asked with nothing else in the context: the tokens of both, the
latent, and the logits of the answer's rows with the latent's rows and without.
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
from chat import ASSISTANT  # noqa: E402
from conversations import turn  # noqa: E402
from rows import Codec, PRESENT, hear, of_facts  # noqa: E402

FACT, QUESTION, REPLY = "My dog is called Bozkif.", "What is my dog called?", "Your dog is called Bozkif."


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
    base.to(torch.float64)
    c = torch.load(o.checkpoint, weights_only=False)
    codec = Codec(len(c["codec"]["mean"]), **c["shape"])
    codec.load_state_dict(c["codec"])
    codec.double()
    fact = base.chat.encode(FACT)
    rows, _ = of_facts(base, [fact])
    latent = codec.encode(rows)
    present = latent.pow(2).mean(-1).sqrt() >= PRESENT
    ids, _, roles = base.chat.turns([turn("user", QUESTION), turn("assistant", REPLY)])
    start = roles.index(ASSISTANT) - 1
    hear_ = lambda seen: hear(base, torch.tensor([ids]), codec.decode(latent), seen, torch.tensor([start]))[0, start:]
    heard, plain = hear_(present), hear_(torch.zeros_like(present))
    out = {"fact.tokens": np.array(fact, np.int64), "question.tokens": np.array(ids, np.int64), "question.start": np.array([start], np.int64),
           "latent": latent[0].float().contiguous().numpy(), "heard": heard.float().contiguous().numpy(),
           "plain": plain.float().contiguous().numpy()}
    save_file(out, o.out)
    print(f"{o.out}: {sum(v.nbytes for v in out.values())} bytes; {int(present.sum())} rows of {len(fact)} tokens; the rows change "
          f"{float((heard - plain).abs().max()):.3f}; says {base.chat.sp.decode(heard.argmax(-1).tolist())!r}, "
          f"without {base.chat.sp.decode(plain.argmax(-1).tolist())!r}")


if __name__ == "__main__":
    main()
