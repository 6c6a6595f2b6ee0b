"""The latents of an episodic memory in PyTorch: a fact's keys and values in every block of the plain model, a few numbers a token.

Larimar (arXiv 2403.11901) encodes a sentence as one latent and conditions the decoder on one key/value row a block, which its
decoder is trained to read. This model is frozen, so the latent must become rows that it can read already: those it makes itself
when it reads the fact. The encoder is a linear map of them, token by token; the latent is the codes of the last `slots` tokens
one behind the other, of constant size; the decoder makes rows of it again, which stand before the conversation.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

from frozen import attend, feed  # first: it says where model.py is
from model import rotate

PRESENT = 0.25                                                             # root mean square of a code that stands for a token


class Codec(nn.Module):
    """`features`: keys before rotation and values of all blocks, one behind the other (block 0's keys, its values, block 1's ...)."""

    def __init__(self, features, columns=48, slots=16):
        super().__init__()
        self.columns, self.slots = columns, slots
        self.encoder = nn.Parameter(torch.zeros(features, columns))
        self.decoder = nn.Parameter(torch.zeros(columns, features))
        self.mean = nn.Parameter(torch.zeros(features))

    @torch.no_grad()
    def begin(self, rows, head_dim):
        """Principal components of rows [n, features], each feature in units of its head's spread: codes of variance 1."""
        self.mean.copy_(rows.mean(0))
        x = rows - self.mean
        spread = x.unflatten(1, (-1, head_dim)).pow(2).mean((0, 2)).sqrt().repeat_interleave(head_dim)
        values, vectors = torch.linalg.eigh((x / spread).T @ (x / spread) / len(x))
        size = values[-self.columns:].clamp(min=1e-9).sqrt()
        self.encoder.copy_(vectors[:, -self.columns:] / size / spread[:, None])
        self.decoder.copy_(vectors[:, -self.columns:].T * size[:, None] * spread)

    def encode(self, rows):
        """rows [n, t, features] of facts, their last token last -> latents [n, slots, columns]; what is further back is cut."""
        codes = (rows[:, -self.slots:] - self.mean) @ self.encoder
        return F.pad(codes, (0, 0, self.slots - codes.shape[1], 0))

    def decode(self, latents):
        return latents @ self.decoder + self.mean


def blocks(base, ids):
    """Keys before rotation and values of every block, [n, t, features]; no gradient."""
    m = base.model
    with torch.no_grad(), torch.autocast(ids.device.type, dtype=torch.bfloat16, enabled=not base.exact):
        x, out = m.embed(ids), []
        for b in m.blocks:
            h = b.attn_norm(x)
            out += [b.k(h), b.v(h)]
            x = b(x, m.cos[:ids.shape[1]], m.sin[:ids.shape[1]], None)
    return torch.cat(out, -1).to(torch.float64 if base.exact else torch.float32)


def of_facts(base, sentences):
    """Rows of sentences [[ids]] behind the begin of sequence, aligned at their ends: [n, t, features], and which are there [n, t]."""
    length = max(len(s) for s in sentences)
    ids = torch.zeros(len(sentences), length + 1, dtype=torch.long)
    for i, s in enumerate(sentences):
        ids[i, :len(s) + 1] = torch.tensor([base.chat.bos] + list(s))
    rows = blocks(base, ids)
    out, present = torch.zeros(len(sentences), length, rows.shape[-1]).to(rows), torch.zeros(len(sentences), length, dtype=torch.bool)
    for i, s in enumerate(sentences):
        out[i, length - len(s):] = rows[i, 1:len(s) + 1]
        present[i, length - len(s):] = True
    return out, present


def hear(base, ids, rows, present, voice):
    """Logits of ids [n, t] where the positions from `voice` [n] on see rows [n, r, features], the last at position -1; `present`
    [n, r] says which are there. Gradients flow to the rows."""
    m, c = base.model, base.config
    (n, t), r = ids.shape, rows.shape[1]
    inv = c.theta ** (-torch.arange(0, c.head_dim, 2).to(m.cos) / c.head_dim)
    angle = torch.outer(torch.arange(-r, 0).to(m.cos), inv)
    visible = (torch.arange(t)[None, :, None] >= voice[:, None, None]) & present[:, None, :]
    parts = rows.split(c.kv_heads * c.head_dim, -1)
    turned = lambda z: rotate(z.view(n, r, c.kv_heads, c.head_dim), angle.cos(), angle.sin()).flatten(2)
    with torch.autocast(ids.device.type, dtype=torch.bfloat16, enabled=not base.exact):
        x = m.embed(ids)
        for i, b in enumerate(m.blocks):
            heard = (turned(parts[2 * i]), parts[2 * i + 1], torch.zeros(1).to(m.cos), visible)
            x = feed(b, x + attend(b, b.attn_norm(x), m.cos[:t], m.sin[:t], heard))
        return m.norm(x) @ base.unembed.T
