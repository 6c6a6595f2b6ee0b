"""What the makers of the bundled adapter's golden files share."""

import argparse
import sys
from pathlib import Path

import torch
from safetensors.numpy import save_file

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "Tools/train/adapter"), str(ROOT / "Tools/train")]
from chat import ASSISTANT  # noqa: E402
from conversations import turn  # noqa: E402
from frozen import Frozen  # noqa: E402


def begin(description):
    """The options, the model in float64, and the checkpoint."""
    p = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--checkpoint", required=True)
    p.add_argument("--model", default=str(ROOT / "Models/mneme-chat.gguf"))
    p.add_argument("--work", required=True)
    p.add_argument("--out", required=True)
    o = p.parse_args()
    base = Frozen(o.model, o.work)
    base.exact = True
    base.to(torch.float64)
    return o, base, torch.load(o.checkpoint, weights_only=False)


def asked(base, question, reply):
    """Tokens of both turns, [1, t], and where the reply's first logits are."""
    ids, _, roles = base.chat.turns([turn("user", question), turn("assistant", reply)])
    return torch.tensor([ids]), roles.index(ASSISTANT) - 1


def record(o, base, ids, start, heard, plain, more):
    """heard and plain [rows, vocabulary]: the reply's logits with the memory and without."""
    tensors = {"question.tokens": ids[0], "question.start": torch.tensor([start]), "heard": heard, "plain": plain, **more}
    out = {k: (v.float() if v.is_floating_point() else v).contiguous().numpy() for k, v in tensors.items()}
    save_file(out, o.out)
    says = lambda logits: repr(base.chat.decode(logits.argmax(-1).tolist()))
    print(f"{o.out}: {sum(v.nbytes for v in out.values())} bytes; the memory changes {float((heard - plain).abs().max()):.3f}; "
          f"says {says(heard)}, without {says(plain)}")
