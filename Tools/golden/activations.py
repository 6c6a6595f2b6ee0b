#!/usr/bin/env python3
"""Records every activation of a Llama model, computed in PyTorch in Float64, under TransformerLens's names.

    activations.py MODEL.gguf OUT.safetensors

Independent of the Swift code: written from the papers (RMSNorm 1910.07467, RoPE 2104.09864, grouped-query attention
2305.13245, SwiGLU 2002.05202). Needs torch, numpy, gguf and safetensors.
"""

import sys
from pathlib import Path

import gguf
import numpy as np
import torch
from safetensors.numpy import save_file

sys.path.append(str(Path(__file__).resolve().parents[1] / "peers"))
from token_run import token_run  # noqa: E402

COUNT = 12


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    reader = gguf.GGUFReader(sys.argv[1])
    weights = {}
    for tensor in reader.tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float64)
        weights[tensor.name] = torch.from_numpy(values.reshape([int(n) for n in reversed(tensor.shape)]))

    def setting(name):
        return reader.fields["llama." + name].contents()

    heads, groups = setting("attention.head_count"), setting("attention.head_count_kv")
    size, rotated = setting("attention.key_length"), setting("rope.dimension_count")
    epsilon, base = setting("attention.layer_norm_rms_epsilon"), setting("rope.freq_base")
    ids = token_run(weights["token_embd.weight"].shape[0], COUNT, seed=5)
    seen = {"tokens": np.array(ids, dtype=np.int64)}

    def note(name, value):
        seen[name] = value.reshape(COUNT, -1).to(torch.float32).contiguous().numpy()
        return value

    def norm(x, weight):
        return x / torch.sqrt((x * x).mean(-1, keepdim=True) + epsilon) * weight

    angles = torch.arange(COUNT, dtype=torch.float64)[:, None] * base ** (
        -torch.arange(0, rotated, 2, dtype=torch.float64) / rotated)
    turn = torch.polar(torch.ones_like(angles), angles)[:, None, :]

    def rotate(x):
        """Neighbouring values are the real and imaginary part of a number that is turned."""
        pairs = torch.view_as_complex(x[..., :rotated].reshape(*x.shape[:-1], -1, 2).contiguous())
        return torch.cat([torch.view_as_real(pairs * turn).flatten(-2), x[..., rotated:]], dim=-1)

    x = note("hook_embed", weights["token_embd.weight"][ids])
    future = torch.full((COUNT, COUNT), -torch.inf, dtype=torch.float64).triu(1)
    for layer in range(setting("block_count")):
        def weight(name):
            return weights[f"blk.{layer}.{name}.weight"]

        def at(name):
            return f"blocks.{layer}.{name}"

        note(at("hook_resid_pre"), x)
        h = note(at("ln1.hook_normalized"), norm(x, weight("attn_norm")))
        q = note(at("attn.hook_q"), (h @ weight("attn_q").T).view(COUNT, heads, size))
        k = note(at("attn.hook_k"), (h @ weight("attn_k").T).view(COUNT, groups, size))
        v = note(at("attn.hook_v"), (h @ weight("attn_v").T).view(COUNT, groups, size))
        q, k = note(at("attn.hook_rot_q"), rotate(q)), note(at("attn.hook_rot_k"), rotate(k))
        k, v = (t.repeat_interleave(heads // groups, dim=1) for t in (k, v))
        scores = torch.einsum("qhd,khd->hqk", q, k) / size**0.5 + future
        mixed = torch.einsum("hqk,khd->qhd", scores.softmax(-1), v).reshape(COUNT, -1)
        x = note(at("hook_resid_mid"), x + note(at("hook_attn_out"), mixed @ weight("attn_output").T))
        h = note(at("ln2.hook_normalized"), norm(x, weight("ffn_norm")))
        inner = torch.nn.functional.silu(h @ weight("ffn_gate").T) * (h @ weight("ffn_up").T)
        x = note(at("hook_resid_post"), x + note(at("hook_mlp_out"), inner @ weight("ffn_down").T))
    final = note("ln_final.hook_normalized", norm(x, weights["output_norm.weight"]))
    note("hook_logits", final @ weights.get("output.weight", weights["token_embd.weight"]).T)
    save_file(seen, sys.argv[2])
    print(f"{sys.argv[2]}: {len(seen) - 1} points, {COUNT} tokens")


if __name__ == "__main__":
    main()
