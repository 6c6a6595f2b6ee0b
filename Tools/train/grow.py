"""Start a wider model from a smaller one that was trained before, so that what it learned is kept.

    grow.py --from SMALL.gguf --work DIR

writes WORK/start.pt (weights, nothing of the optimisers) and WORK/tokenizer.model (the vocabulary stays). The wider model
computes almost the same function at first: old rows and columns are copied, whatever new parts feed into the old ones
starts at zero, new embedding columns start small, and the norms are scaled for the longer vectors (Net2Net, arXiv
1511.05641, with zeros in place of copies, which would have to be told apart first).
"""
import argparse
import os

import gguf
import numpy as np
import torch
from sentencepiece import sentencepiece_model_pb2 as protocol

from model import Config, Model

NAMES = (("attn_norm", "attn_norm"), ("q", "attn_q"), ("k", "attn_k"), ("v", "attn_v"), ("o", "attn_output"),
         ("ffn_norm", "ffn_norm"), ("gate", "ffn_gate"), ("up", "ffn_up"), ("down", "ffn_down"))
SEED = 20261122


def read(path):
    """The configuration, state and reader of a Llama GGUF of any tensor types; "output" in the state where it is not tied."""
    g = gguf.GGUFReader(path)
    kind = g.fields["general.architecture"].contents()
    if kind != "llama":
        raise SystemExit(f"{path}: models of the Llama shape are trained here; this one's architecture is {kind}")

    def field(name, default=None):
        found = g.fields.get("llama." + name)
        return found.contents() if found is not None else default

    def tensor(x):
        shape = [int(n) for n in reversed(x.shape)]
        return torch.from_numpy(gguf.quants.dequantize(x.data, x.tensor_type).astype(np.float32).reshape(shape))

    t = {x.name: tensor(x) for x in g.tensors}
    heads, width = field("attention.head_count"), field("embedding_length")
    c = Config(vocab=len(t["token_embd.weight"]), width=width, layers=field("block_count"), heads=heads,
               kv_heads=field("attention.head_count_kv", heads), head_dim=field("attention.key_length", width // heads),
               ffn=field("feed_forward_length"), context=field("context_length"), theta=field("rope.freq_base", 10000.0),
               eps=field("attention.layer_norm_rms_epsilon"))
    state = {"embed.weight": t["token_embd.weight"], "norm.weight": t["output_norm.weight"]}
    if "output.weight" in t:
        state["output"] = t["output.weight"]
    for i in range(c.layers):
        for ours, theirs in NAMES:
            state[f"blocks.{i}.{ours}.weight"] = t[f"blk.{i}.{theirs}.weight"]
    more = t.keys() - {"token_embd.weight", "output_norm.weight", "output.weight"} - {f"blk.{i}.{n}.weight" for i in range(c.layers) for _, n in NAMES}
    if more:
        raise SystemExit(f"{path}: a plain Llama has no {', '.join(sorted(more)[:3])}")
    return c, state, g


def tokenizer(g, path):
    """The vocabulary of a GGUF as a SentencePiece model file."""
    m = protocol.ModelProto()
    kinds = g.fields["tokenizer.ggml.token_type"].contents()
    for piece, score, kind in zip(g.fields["tokenizer.ggml.tokens"].contents(), g.fields["tokenizer.ggml.scores"].contents(), kinds):
        m.pieces.add(piece=piece, score=score, type=kind)
    t, n = m.trainer_spec, m.normalizer_spec
    t.model_type, t.vocab_size, t.byte_fallback, t.split_digits = 2, len(kinds), True, True
    t.unk_id, t.bos_id, t.eos_id, t.pad_id = 0, 1, 2, -1
    n.name, n.add_dummy_prefix, n.remove_extra_whitespaces, n.escape_whitespaces = "identity", True, False, True
    open(path, "wb").write(m.SerializeToString())


def heads(old, new, group_old, group_new):
    """Where each old query head goes, so that it keeps its key and value head."""
    return [h // group_old * group_new + h % group_old for h in range(old)]


def grow(small, old, c):
    """The state of a model of shape `c` that computes about what `small` with shape `old` does."""
    assert c.layers == old.layers and c.kv_heads == old.kv_heads and c.head_dim == old.head_dim and c.vocab == old.vocab
    g = torch.Generator().manual_seed(SEED)
    state = {k: v.clone() for k, v in Model(c).state_dict().items()}
    w, d = old.width, c.head_dim
    ratio = (w / c.width) ** 0.5

    def noise(*shape, std):
        return torch.randn(*shape, generator=g) * std

    def norm(name):
        v = small[name] * ratio
        state[name] = torch.cat((v, v.mean().expand(c.width - w)))

    e = small["embed.weight"]
    state["embed.weight"] = torch.cat((e, noise(c.vocab, c.width - w, std=0.2 * float(e.std()))), 1)
    norm("norm.weight")
    rows = torch.cat([torch.arange(d) + h * d for h in heads(old.heads, c.heads, old.heads // old.kv_heads, c.heads // c.kv_heads)])
    for i in range(c.layers):
        p = f"blocks.{i}."
        norm(p + "attn_norm.weight")
        norm(p + "ffn_norm.weight")
        q = noise(c.heads * d, c.width, std=c.width ** -0.5)
        q[rows] = torch.cat((small[p + "q.weight"], torch.zeros(len(rows), c.width - w)), 1)
        state[p + "q.weight"] = q
        for k in ("k", "v"):
            state[p + k + ".weight"] = torch.cat((small[p + k + ".weight"], torch.zeros(c.kv_heads * d, c.width - w)), 1)
        o = torch.zeros(c.width, c.heads * d)
        o[:w, rows] = small[p + "o.weight"]
        o[w:, rows] = noise(c.width - w, len(rows), std=0.1 * float(small[p + "o.weight"].std()))
        state[p + "o.weight"] = o
        for k in ("gate", "up"):
            a = torch.cat((small[p + k + ".weight"], torch.zeros(old.ffn, c.width - w)), 1)
            state[p + k + ".weight"] = torch.cat((a, noise(c.ffn - old.ffn, c.width, std=c.width ** -0.5)))
        down = torch.zeros(c.width, c.ffn)
        down[:w, :old.ffn] = small[p + "down.weight"]
        down[w:, :old.ffn] = noise(c.width - w, old.ffn, std=0.1 * float(small[p + "down.weight"].std()))
        state[p + "down.weight"] = down
    return state


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--from", dest="small", required=True)
    p.add_argument("--work", required=True)
    o = p.parse_args()
    os.makedirs(o.work, exist_ok=True)
    old, small, g = read(o.small)
    tokenizer(g, os.path.join(o.work, "tokenizer.model"))
    torch.save(dict(model=grow(small, old, Config())), os.path.join(o.work, "start.pt"))


if __name__ == "__main__":
    main()
