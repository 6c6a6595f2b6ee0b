"""A small Llama: RMSNorm, rotary positions (adjacent pairs, as llama.cpp's `llama` architecture lays them out), grouped
queries, SwiGLU, tied embeddings. Small enough to train on a CPU in a couple of hours."""
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass
class Config:
    vocab: int = 4096
    width: int = 384
    layers: int = 6
    heads: int = 6
    kv_heads: int = 2
    head_dim: int = 64
    ffn: int = 1024
    context: int = 1024
    theta: float = 10000.0
    eps: float = 1e-5


# What the first stage trains; `grow.py` widens it.
SMALL = Config(width=256, heads=4, ffn=704, context=512)


def rotary(config, length):
    inv = config.theta ** (-torch.arange(0, config.head_dim, 2).float() / config.head_dim)
    angle = torch.outer(torch.arange(length).float(), inv)
    return angle.cos(), angle.sin()


def rotate(x, cos, sin):
    """x: [batch, length, heads, head_dim]; rotates the pairs (0, 1), (2, 3), ..."""
    a, b = x.unflatten(-1, (-1, 2)).unbind(-1)
    c, s = cos[None, :, None, :].to(x.dtype), sin[None, :, None, :].to(x.dtype)
    return torch.stack((a * c - b * s, a * s + b * c), -1).flatten(-2)


class Norm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x):
        y = x if x.dtype == torch.float64 else x.float()
        y = y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + self.eps)
        return (y * self.weight).to(torch.bfloat16 if torch.is_autocast_enabled(x.device.type) else x.dtype)


def attend(q, k, v, mask, pieces=4):
    """Masked causal attention in a few row blocks, each over the keys before its end only: on a CPU in bf16 this is more
    than twice as fast as PyTorch's fused kernel."""
    q, t = q * q.shape[-1] ** -0.5, q.shape[2]
    out, step = [], -(-t // pieces)
    for a in range(0, t, step):
        e = min(a + step, t)
        scores = q[:, :, a:e] @ k[:, :, :e].mT + mask[:, :, a:e, :e]
        out.append(scores.softmax(-1).to(v.dtype) @ v[:, :, :e])
    return torch.cat(out, 2)


class OutputLoss(torch.autograd.Function):
    """Weighted mean cross-entropy of tied-embedding logits; the gradients are made in the forward pass, in bf16."""

    @staticmethod
    def forward(ctx, h, embed, targets, weights):
        e, h16 = embed.to(torch.bfloat16), h.to(torch.bfloat16)
        w = weights / weights.sum().clamp(min=1)
        loss, dh, de = 0.0, [], torch.zeros_like(embed)
        for i in range(0, len(h), 1024):
            x, t, u = h16[i:i + 1024], targets[i:i + 1024, None], w[i:i + 1024, None]
            p = (x @ e.T).softmax(-1)
            pt = p.gather(1, t)
            loss = loss - (pt.float().clamp(min=1e-9).log() * u).sum()
            p.scatter_(1, t, pt - 1).mul_(u)
            dh.append(p @ e)
            de += p.T @ x
        ctx.save_for_backward(torch.cat(dh), de)
        ctx.kind = h.dtype
        return loss

    @staticmethod
    def backward(ctx, grad):
        dh, de = ctx.saved_tensors
        return (dh * grad).to(ctx.kind), de * grad, None, None


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.attn_norm, self.ffn_norm = Norm(c.width, c.eps), Norm(c.width, c.eps)
        self.q = nn.Linear(c.width, c.heads * c.head_dim, bias=False)
        self.k = nn.Linear(c.width, c.kv_heads * c.head_dim, bias=False)
        self.v = nn.Linear(c.width, c.kv_heads * c.head_dim, bias=False)
        self.o = nn.Linear(c.heads * c.head_dim, c.width, bias=False)
        self.gate = nn.Linear(c.width, c.ffn, bias=False)
        self.up = nn.Linear(c.width, c.ffn, bias=False)
        self.down = nn.Linear(c.ffn, c.width, bias=False)

    def forward(self, x, cos, sin, mask, cache=None):
        c, (b, t, _) = self.c, x.shape
        h = self.attn_norm(x)
        q = rotate(self.q(h).view(b, t, c.heads, c.head_dim), cos, sin)
        k = rotate(self.k(h).view(b, t, c.kv_heads, c.head_dim), cos, sin)
        v = self.v(h).view(b, t, c.kv_heads, c.head_dim)
        if cache is not None:
            if cache:
                k, v = torch.cat((cache[0], k), 1), torch.cat((cache[1], v), 1)
            cache[:] = [k, v]
        rep = c.heads // c.kv_heads
        k, v = k.repeat_interleave(rep, 2), v.repeat_interleave(rep, 2)
        q, k, v = (z.transpose(1, 2).contiguous() for z in (q, k, v))
        past = k.shape[2] - t
        if mask is None and past and t > 1:
            seen = torch.ones(t, past + t, dtype=torch.bool, device=x.device).tril(past)
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        elif mask is None:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=t > 1)
        elif x.is_cuda:
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask.to(q.dtype))
        else:
            y = attend(q, k, v, mask)
        x = x + self.o(y.transpose(1, 2).reshape(b, t, -1))
        h = self.ffn_norm(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class Model(nn.Module):
    def __init__(self, c=Config()):
        super().__init__()
        self.c = c
        self.embed = nn.Embedding(c.vocab, c.width)
        self.blocks = nn.ModuleList(Block(c) for _ in range(c.layers))
        self.norm = Norm(c.width, c.eps)
        cos, sin = rotary(c, 2048)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        nn.init.normal_(self.embed.weight, std=0.02)
        for b in self.blocks:
            for m in (b.q, b.k, b.v, b.gate, b.up):
                nn.init.normal_(m.weight, std=c.width ** -0.5)
            nn.init.zeros_(b.o.weight)
            nn.init.zeros_(b.down.weight)

    def hidden(self, ids, mask=None, caches=None, at=0):
        x = self.embed(ids)
        cos, sin = self.cos[at:at + ids.shape[1]], self.sin[at:at + ids.shape[1]]
        for i, b in enumerate(self.blocks):
            x = b(x, cos, sin, mask, None if caches is None else caches[i])
        return self.norm(x)

    def logits(self, ids, **kw):
        return self.hidden(ids, **kw) @ self.embed.weight.T

    def loss(self, ids, targets, weights, mask=None):
        """Weighted mean cross-entropy."""
        h = self.hidden(ids, mask).flatten(0, 1)
        with torch.autocast(h.device.type, enabled=False):
            return OutputLoss.apply(h, self.embed.weight, targets.flatten(), weights.flatten())


@torch.no_grad()
def generate(model, ids, limit=60, temperature=0.0, stop=(2, 6), generator=None):
    """Continue `ids` (a list of ints) until a stop token; returns the new ids."""
    caches = [[] for _ in model.blocks]
    logits = model.logits(torch.tensor([ids]), caches=caches, at=0)[0, -1]
    out, at = [], len(ids)
    while len(out) < limit:
        if temperature <= 0:
            t = int(logits.argmax())
        else:
            t = int(torch.multinomial((logits.float() / temperature).softmax(-1), 1, generator=generator))
        if t in stop:
            break
        out.append(t)
        logits = model.logits(torch.tensor([[t]]), caches=caches, at=at)[0, -1]
        at += 1
    return out
