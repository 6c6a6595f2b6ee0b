"""The frozen base model of an adapter: activations of its last block, and what it predicts from them."""
import os
import sys

import torch
import torch.nn.functional as F

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from chat import Chat  # noqa: E402
from grow import read  # noqa: E402
from model import Model, rotate  # noqa: E402


class Frozen:
    """A GGUF of the Llama shape; nothing in it takes a gradient."""

    def __init__(self, path, work):
        self.config, state, reader = read(path)
        self.exact = False                                                 # bf16 is enough to train by
        os.makedirs(work, exist_ok=True)
        self.chat = Chat(reader, work)
        self.unembed = state.pop("output", None)
        self.model = Model(self.config).eval().requires_grad_(False)
        self.model.load_state_dict(state)
        if self.unembed is None:
            self.unembed = self.model.embed.weight
        self.to(self.unembed.dtype)

    def to(self, dtype):
        self.model.to(dtype)
        self.unembed = self.unembed.to(dtype).to(self.model.embed.weight.device)

    @torch.no_grad()
    def trunk(self, ids, past=None):
        """Residual stream before the last block, [b, t, width]; ids [b, t], padded behind. `past`, begun as [], holds what was read
        before, and takes this in."""
        m, at = self.model, 0
        if past:
            at = past[0][0].shape[1]
        elif past is not None:
            past += [[] for _ in m.blocks[:-1]]
        with torch.autocast(ids.device.type, dtype=torch.bfloat16, enabled=not self.exact):
            x = m.embed(ids)
            cos, sin = m.cos[at:at + ids.shape[1]], m.sin[at:at + ids.shape[1]]
            for i, block in enumerate(m.blocks[:-1]):
                x = block(x, cos, sin, None, None if past is None else past[i])
        return x if self.exact else x.float()

    def inner(self, residual):
        """blocks.<last>.ln1.hook_normalized."""
        return self.model.blocks[-1].attn_norm(residual)

    def attention(self, residual, rows=None):
        """What the last block's attention adds; `rows` as of `attend`."""
        b, t = self.model.blocks[-1], residual.shape[1]
        return attend(b, self.inner(residual), self.model.cos[:t], self.model.sin[:t], rows)

    def logits(self, behind_attention):
        """From the residual stream behind the last block's attention; gradients flow."""
        return self.model.norm(feed(self.model.blocks[-1], behind_attention)) @ self.unembed.T


def attend(b, h, cos, sin, rows=None):
    """What attention of block `b` adds for its inputs h [n, t, width]. `rows` joins its context: keys and values
    [n, r, kv columns], not to be rotated any more, a bias of their scores, and which positions see them [n, t, r]; gradients flow
    through them."""
    c, (n, t, _) = b.c, h.shape
    heads = lambda z, k: z.view(n, -1, k, c.head_dim)
    each = lambda z: heads(z, c.kv_heads).repeat_interleave(c.heads // c.kv_heads, 2).transpose(1, 2)
    q = rotate(heads(b.q(h), c.heads), cos, sin).transpose(1, 2)
    k, v = each(rotate(heads(b.k(h), c.kv_heads), cos, sin).flatten(2)), each(b.v(h))
    if rows is None:
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    else:
        more_k, more_v, bias, visible = rows
        scores = torch.cat((q @ k.mT, q @ each(more_k).to(k).mT), -1) * c.head_dim ** -0.5
        seen = torch.cat((torch.ones(t, t, dtype=torch.bool).tril().expand(n, t, t), visible), -1)
        add = torch.cat((torch.zeros(t).to(bias), bias.expand(visible.shape[-1])))
        scores = (scores + add).masked_fill(~seen[:, None], float("-inf"))
        y = scores.softmax(-1).to(v.dtype) @ torch.cat((v, each(more_v).to(v)), 2)
    return b.o(y.transpose(1, 2).reshape(n, t, -1))


def feed(b, x):
    """The residual stream behind the feed-forward part of block `b`."""
    h = b.ffn_norm(x)
    return x + b.down(F.silu(b.gate(h)) * b.up(h))


def pad(rows, value=0):
    """Lists of one kind as a tensor, padded behind."""
    length = max(len(r) for r in rows)
    return torch.tensor([list(r) + [value] * (length - len(r)) for r in rows])
