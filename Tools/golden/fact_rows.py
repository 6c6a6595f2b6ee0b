#!/usr/bin/env python3
"""Records what the bundled model answers from a fact's latent, computed in PyTorch.

    fact_rows.py --checkpoint WORK/episodic.pt --work WORK --out Tests/MemoryModulesTests/Fixtures/adapter-rows.safetensors

A sentence is read alone, encoded and decoded; a question is asked with nothing else in the context: the tokens of both, the
latent, and the logits of the answer's rows with the latent's rows and without.
"""

import torch

from bundled import asked, begin, record
from rows import Codec, PRESENT, hear, of_facts

FACT, QUESTION, REPLY = "My dog is called Bozkif.", "What is my dog called?", "Your dog is called Bozkif."


@torch.no_grad()
def main():
    o, base, c = begin(__doc__)
    codec = Codec(len(c["codec"]["mean"]), **c["shape"])
    codec.load_state_dict(c["codec"])
    codec.double()
    fact = base.chat.encode(FACT)
    rows, _ = of_facts(base, [fact])
    latent = codec.encode(rows)
    present = latent.pow(2).mean(-1).sqrt() >= PRESENT
    ids, start = asked(base, QUESTION, REPLY)
    hear_ = lambda seen: hear(base, ids, codec.decode(latent), seen, torch.tensor([start]))[0, start:]
    record(o, base, ids, start, hear_(present), hear_(torch.zeros_like(present)), {"fact.tokens": torch.tensor(fact), "latent": latent[0]})


if __name__ == "__main__":
    main()
