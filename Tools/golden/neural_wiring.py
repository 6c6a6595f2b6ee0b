#!/usr/bin/env python3
"""Records a small Llama model with a neural memory wired into one block, computed in PyTorch in Float64.

    neural_wiring.py MODEL.gguf OUT.safetensors

MAG, MAL and MAC after Titans (arXiv 2501.00663, eqs. 19-31), MAC causal: what memory recalls of a segment is seen by later
segments only. Independent of the Swift code. The model is `tiny-F32.gguf`, made as Tools/peers/README.md says; needs torch,
numpy, gguf and safetensors.
"""

import sys
from pathlib import Path

import gguf
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

sys.path.append(str(Path(__file__).resolve().parents[1] / "peers"))
from token_run import token_run  # noqa: E402

torch.set_default_dtype(torch.float64)
COUNT, LAYER, SEGMENT, ROWS = 14, 1, 4, 2
HEADS, KEYS, VALUES, HIDDEN, KERNEL, PERSISTENT = 2, 8, 6, 5, 4, 3


class Tiny:
    def __init__(self, path):
        reader = gguf.GGUFReader(path)
        self.weights = {}
        for tensor in reader.tensors:
            values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float64)
            self.weights[tensor.name] = torch.from_numpy(values.reshape([int(n) for n in reversed(tensor.shape)]))
        setting = lambda name: reader.fields["llama." + name].contents()
        self.blocks = setting("block_count")
        self.heads, self.groups = setting("attention.head_count"), setting("attention.head_count_kv")
        self.size, self.rotated = setting("attention.key_length"), setting("rope.dimension_count")
        self.epsilon, self.base = setting("attention.layer_norm_rms_epsilon"), setting("rope.freq_base")
        self.width = self.weights["token_embd.weight"].shape[1]
        angles = torch.arange(COUNT)[:, None] * self.base ** (-torch.arange(0, self.rotated, 2) / self.rotated)
        self.turn = torch.polar(torch.ones_like(angles), angles)[:, None, :]

    def norm(self, x, weight):
        return x / torch.sqrt((x * x).mean(-1, keepdim=True) + self.epsilon) * weight

    def rotate(self, x):
        pairs = torch.view_as_complex(x[..., : self.rotated].reshape(*x.shape[:-1], -1, 2).contiguous())
        return torch.cat([torch.view_as_real(pairs * self.turn).flatten(-2), x[..., self.rotated :]], dim=-1)

    def run(self, ids, wired=None):
        """The residual stream behind every block; `wired` acts in block LAYER."""
        x, stream = self.weights["token_embd.weight"][ids], []
        for layer in range(self.blocks):
            weight = lambda name: self.weights[f"blk.{layer}.{name}.weight"]
            memory = wired if layer == LAYER else None
            h = self.norm(x, weight("attn_norm"))
            h = memory.before_attention(h) if memory else h
            q = self.rotate((h @ weight("attn_q").T).view(COUNT, self.heads, self.size))
            k = self.rotate((h @ weight("attn_k").T).view(COUNT, self.groups, self.size))
            v = (h @ weight("attn_v").T).view(COUNT, self.groups, self.size)
            sees = torch.ones(COUNT, COUNT).tril().bool()
            bias = torch.zeros(COUNT)
            for rows_k, rows_v, first, row_bias in memory.rows() if memory else []:
                n = rows_k.shape[0]
                k = torch.cat([k, rows_k.view(n, self.groups, self.size)])
                v = torch.cat([v, rows_v.view(n, self.groups, self.size)])
                sees = torch.cat([sees, (torch.arange(COUNT) >= first)[:, None].expand(COUNT, n)], dim=1)
                bias = torch.cat([bias, torch.full((n,), row_bias)])
            k, v = (t.repeat_interleave(self.heads // self.groups, dim=1) for t in (k, v))
            scores = torch.einsum("qhd,khd->hqk", q, k) / self.size**0.5 + bias
            scores = scores.masked_fill(~sees, -torch.inf)
            y = torch.einsum("hqk,khd->qhd", scores.softmax(-1), v).reshape(COUNT, -1) @ weight("attn_output").T
            y = memory.after_attention(y) if memory else y
            x = x + y
            h = self.norm(x, weight("ffn_norm"))
            x = x + (F.silu(h @ weight("ffn_gate").T) * (h @ weight("ffn_up").T)) @ weight("ffn_down").T
            stream.append(x)
        return stream


class Wired:
    def __init__(self, tiny, tensors, state, kind, gating):
        self.tiny, self.t, self.state, self.kind, self.gating = tiny, tensors, state, kind, gating

    def project(self, x, name):
        y = x @ self.t[f"wiring.{name}"]
        taps = self.t[f"wiring.{name}.convolution"]  # [columns, kernel], torch's depthwise layout
        y = F.conv1d(F.pad(y.T[None], (KERNEL - 1, 0)), taps[:, None, :], groups=taps.shape[0])[0].T
        return F.silu(y)

    def unit(self, rows):
        return F.normalize(rows.view(rows.shape[0], HEADS, -1), dim=-1)

    def read(self, q):
        parts = []
        for head in range(HEADS):
            first, second = self.state[head]
            parts.append(F.silu(q[:, head] @ first) @ second)
        return torch.cat(parts, -1)

    def recalled(self, q):
        return self.tiny.norm(self.read(q) @ self.t["wiring.output"], self.t["wiring.memory.norm"])

    def join(self, a, m):
        g = torch.sigmoid(self.x @ self.t["wiring.gate"] + self.t["wiring.gate.bias"])
        if self.gating == "residual":
            return a + g * m
        return (1 - g) * a + g * F.silu(self.tiny.norm(a, self.t["wiring.attention.norm"])) * F.silu(m)

    def before_attention(self, x):
        self.x = x
        self.queries = self.unit(self.project(x, "query"))
        return self.join(x, self.recalled(self.queries)) if self.kind == "mal" else x

    def rows(self):
        yield self.t["persistent.keys"], self.t["persistent.values"], 0, 0.0
        if self.kind != "mac":
            return
        for segment in range(COUNT // SEGMENT):
            q = self.queries[segment * SEGMENT : (segment + 1) * SEGMENT].reshape(ROWS, SEGMENT // ROWS, HEADS, -1)
            h = self.recalled(F.normalize(q.mean(1), dim=-1))
            yield (h @ self.t["wiring.context.key"], h @ self.t["wiring.context.value"], (segment + 1) * SEGMENT,
                   self.t["wiring.context.bias"].item())

    def after_attention(self, y):
        if self.kind == "mag":
            return self.join(y, self.recalled(self.queries))
        if self.kind == "mac":
            return self.join(y, self.recalled(self.unit(F.silu(y @ self.t["wiring.query"]))))
        return y

    def written(self):
        rates = torch.sigmoid(self.x @ self.t["wiring.rates"] + self.t["wiring.rates.bias"])
        return self.unit(self.project(self.x, "key")).flatten(1), self.project(self.x, "value"), rates


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    tiny = Tiny(sys.argv[1])
    g = torch.Generator().manual_seed(3)
    width, attention = tiny.width, tiny.groups * tiny.size
    # Rounded to Float32 first, so that both sides work with the same numbers.
    normal = lambda *shape, scale=1.0: (torch.randn(*shape, generator=g) * scale).float().double()
    tensors = {
        "wiring.query": normal(width, KEYS, scale=width**-0.5), "wiring.key": normal(width, KEYS, scale=width**-0.5),
        "wiring.value": normal(width, VALUES, scale=width**-0.5), "wiring.output": normal(VALUES, width),
        "wiring.gate": normal(width, width, scale=0.1), "wiring.gate.bias": normal(width),
        "wiring.memory.norm": 1 + normal(width, scale=0.2), "wiring.attention.norm": 1 + normal(width, scale=0.2),
        "wiring.rates": normal(width, 3, scale=0.1), "wiring.rates.bias": normal(3),
        "wiring.context.key": normal(width, attention, scale=width**-0.5),
        "wiring.context.value": normal(width, attention, scale=width**-0.5),
        "wiring.context.bias": normal(1, scale=0.3),
        "persistent.keys": normal(PERSISTENT, attention), "persistent.values": normal(PERSISTENT, attention),
    }
    tensors = {name: value.float().double() for name, value in tensors.items()}
    for name, columns in (("query", KEYS), ("key", KEYS), ("value", VALUES)):
        tensors[f"wiring.{name}.convolution"] = normal(columns, KERNEL, scale=0.5)
    state = [[normal(KEYS // HEADS, HIDDEN), normal(HIDDEN, VALUES // HEADS)] for _ in range(HEADS)]
    ids = token_run(tiny.weights["token_embd.weight"].shape[0], COUNT, seed=9)
    out = {"tokens": np.array(ids, dtype=np.int64)}

    def note(name, value):
        out[name] = value.detach().to(torch.float32).contiguous().numpy()

    for name, value in tensors.items():
        note("adapter." + name, value)
    for head, layers in enumerate(state):
        for layer, value in enumerate(layers):
            note(f"state.{head}.{layer}", value)
    note("plain", tiny.run(ids)[-1])
    for kind, gating in (("mag", "residual"), ("mag", "product"), ("mal", "residual"), ("mac", "residual")):
        wired = Wired(tiny, tensors, state, kind, gating)
        note(f"{kind}.{gating}", tiny.run(ids, wired)[-1])
    keys, values, rates = wired.written()
    note("written.keys", keys)
    note("written.values", values)
    note("written.rates", rates)
    save_file(out, sys.argv[2])
    print(f"{sys.argv[2]}: {len(out)} tensors, {Path(sys.argv[2]).stat().st_size} bytes")


if __name__ == "__main__":
    main()
