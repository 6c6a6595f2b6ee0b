#!/usr/bin/env python3
"""Logits of `transformers` for the random models of `architectures.py` with a low-rank matrix added to every weight matrix of their blocks.

    low_rank.py Tests/TestSupport/Fixtures/architectures

Writes `NAME.low-rank.safetensors` with `logits` (Float32) beside each model. The matrices are not stored: A[r, i] and B[o, r] are given
by `entry`, in the order of the GGUF file, and W + B A is what the model computes with, weights widened to F32.
Needs torch, transformers, gguf and safetensors.
"""

import argparse
import os

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

from architectures import cases, random_model

RANK = 2
SITES = ["attn.W_Q", "attn.W_K", "attn.W_V", "attn.W_O", "mlp.W_gate", "mlp.W_in", "mlp.W_out"]


def entry(rows, columns, seed):
    """[rows, columns] of repeatable values between -0.25 and 0.25, exact in Float32: the middle bits of a linear congruence."""
    index = np.arange(rows * columns, dtype=np.uint64) + np.uint64(seed * 100_003)
    bits = (index * np.uint64(2654435761) + np.uint64(12345)) % np.uint64(1 << 32)
    return ((bits >> np.uint64(16)).astype(np.float32) / 65536 - 0.5).reshape(rows, columns) / 2


def update(layer, site, outputs, inputs):
    seed = 2 * (layer * len(SITES) + SITES.index(site))
    return entry(outputs, RANK, seed + 1) @ entry(RANK, inputs, seed)


def unpermuted(value, heads):
    """Rows in the order of `transformers`, from llama.cpp's for Llama's queries and keys."""
    return value.reshape(heads, value.shape[0] // heads // 2, 2, -1).transpose(0, 2, 1, 3).reshape(value.shape)


def matrices(model, arch, config):
    """Per weight matrix in the blocks: parameter, layer, sites with their rows in it, and whether it is stored transposed."""
    heads = config.num_attention_heads
    keys = getattr(config, "num_key_value_heads", heads)
    names = {"q_proj": ["attn.W_Q"], "k_proj": ["attn.W_K"], "v_proj": ["attn.W_V"], "o_proj": ["attn.W_O"], "gate_proj": ["mlp.W_gate"],
             "up_proj": ["mlp.W_in"], "down_proj": ["mlp.W_out"], "qkv_proj": SITES[:3], "gate_up_proj": SITES[4:6],
             "attn.c_attn": SITES[:3], "attn.c_proj": ["attn.W_O"], "mlp.c_fc": ["mlp.W_in"], "mlp.c_proj": ["mlp.W_out"]}
    for name, value in model.named_parameters():
        sites = next((s for n, s in names.items() if name.endswith(f".{n}.weight")), None)
        if sites is None:
            continue
        layer = int(next(part for part in name.split(".") if part.isdigit()))
        turned = ".c_" in name
        outputs, inputs = value.shape[::-1] if turned else value.shape
        dimension = getattr(config, "head_dim", None) or config.hidden_size // heads
        rows = [heads * dimension, keys * dimension, keys * dimension] if sites == SITES[:3] else [outputs // len(sites)] * len(sites)
        parts = []
        for site, count in zip(sites, rows):
            part = update(layer, site, count, inputs)
            if arch == "llama" and site in SITES[:2]:
                part = unpermuted(part, heads if site == SITES[0] else keys)
            parts.append(part)
        whole = torch.from_numpy(np.concatenate(parts))
        yield value, whole.T if turned else whole


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    options = parser.parse_args()
    for name, arch, config, _ in cases():
        golden = load_file(os.path.join(options.folder, f"{name}.safetensors"))
        model = random_model(name, arch, config)
        tokens = torch.from_numpy(golden["tokens"])[None]
        with torch.no_grad():
            plain = model(tokens).logits[0].numpy()
            apart = np.abs(plain - golden["transformers"]).max() / np.abs(plain).max()
            assert apart < 1e-5, f"{name}: not the model that was recorded ({apart:.1e})"
            count = 0
            for value, addition in matrices(model, arch, config):
                value += addition
                count += 1
            changed = model(tokens).logits[0].numpy()
        save_file({"logits": changed}, os.path.join(options.folder, f"{name}.low-rank.safetensors"))
        print(f"{name:12} {count} matrices, logits moved by {np.abs(changed - plain).max() / np.abs(plain).max():.2f} of the largest")


if __name__ == "__main__":
    main()
