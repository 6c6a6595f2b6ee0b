"""The frozen base model of an adapter: activations of its last block, and what it predicts from them."""
import os
import sys

import torch
import torch.nn.functional as F

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from chat import Chat  # noqa: E402
from grow import read, tokenizer  # noqa: E402
from model import Model, rotate  # noqa: E402


class Frozen:
    """A GGUF of the Llama shape; nothing in it takes a gradient."""

    def __init__(self, path, work):
        self.config, state, reader = read(path)
        self.exact = False                                                 # bf16 is enough to train by
        os.makedirs(work, exist_ok=True)
        vocabulary = os.path.join(work, "adapter-tokenizer.model")
        tokenizer(reader, vocabulary)
        self.chat = Chat(reader, vocabulary)
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
    def trunk(self, ids):
        """Residual stream before the last block, [b, t, width]; ids [b, t], padded behind."""
        m = self.model
        with torch.autocast(ids.device.type, dtype=torch.bfloat16, enabled=not self.exact):
            x = m.embed(ids)
            cos, sin = m.cos[:ids.shape[1]], m.sin[:ids.shape[1]]
            for block in m.blocks[:-1]:
                x = block(x, cos, sin, None)
        return x if self.exact else x.float()

    def inner(self, residual):
        """blocks.<last>.ln1.hook_normalized."""
        return self.model.blocks[-1].attn_norm(residual)

    def attention(self, residual, rows=None):
        """What the last block's attention adds. `rows` joins its context: keys and values [n, r, kv columns], not rotated, a bias
        of their scores, and which positions see them [n, t, r]; gradients flow through them."""
        b, c = self.model.blocks[-1], self.config
        n, t, _ = residual.shape
        h = self.inner(residual)
        cos, sin = self.model.cos[:t], self.model.sin[:t]
        q = rotate(b.q(h).view(n, t, c.heads, c.head_dim), cos, sin)
        k = rotate(b.k(h).view(n, t, c.kv_heads, c.head_dim), cos, sin)
        v = b.v(h).view(n, t, c.kv_heads, c.head_dim)
        rep = c.heads // c.kv_heads
        q, k, v = (z.transpose(1, 2) for z in (q, k.repeat_interleave(rep, 2), v.repeat_interleave(rep, 2)))
        if rows is None:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            more_k, more_v, bias, visible = rows
            more = lambda z: z.view(n, -1, c.kv_heads, c.head_dim).repeat_interleave(rep, 2).transpose(1, 2)
            scores = torch.cat((q @ k.mT, q @ more(more_k).mT), -1) * c.head_dim ** -0.5
            seen = torch.cat((torch.ones(t, t, dtype=torch.bool).tril().expand(n, t, t), visible), -1)
            add = torch.cat((torch.zeros(t).to(bias), bias.expand(visible.shape[-1])))
            scores = (scores + add).masked_fill(~seen[:, None], float("-inf"))
            y = scores.softmax(-1) @ torch.cat((v, more(more_v)), 2)
        return b.o(y.transpose(1, 2).reshape(n, t, -1))

    def logits(self, behind_attention):
        """From the residual stream behind the last block's attention; gradients flow."""
        b = self.model.blocks[-1]
        h = b.ffn_norm(behind_attention)
        h = behind_attention + b.down(F.silu(b.gate(h)) * b.up(h))
        return self.model.norm(h) @ self.unembed.T


def pad(rows, value=0):
    """Lists of one kind as a tensor, padded behind."""
    length = max(len(r) for r in rows)
    return torch.tensor([list(r) + [value] * (length - len(r)) for r in rows])
