#!/usr/bin/env python3
"""RoPE's frequencies under every scaling, as Hugging Face's `transformers` computes them.

    rope_scaling.py --out Tests/TransformerTests/Fixtures/rope-scaling.json

Llama 3's scaling is recorded as the factors that a GGUF file holds in `rope_freqs.weight`.
"""

import argparse
import json

import torch
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

CASES = [
    {"rope_type": "linear", "factor": 4.0},
    {"rope_type": "linear", "factor": 2.5},
    {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 4096},
    {"rope_type": "yarn", "factor": 16.0, "original_max_position_embeddings": 8192, "attention_factor": 1.1},
    {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192},
    {"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192},
    {"rope_type": "dynamic", "factor": 4.0},
]
BEYOND = 3 * 131072


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", required=True)
    o = p.parse_args()
    out = []
    for dimension, base in ((64, 10000.0), (128, 500000.0)):
        for case in CASES:
            config = LlamaConfig(hidden_size=4 * dimension, num_attention_heads=4, head_dim=dimension, max_position_embeddings=131072,
                                 rope_parameters={"rope_theta": base, **case})
            frequencies, factor = ROPE_INIT_FUNCTIONS[case["rope_type"]](config, torch.device("cpu"), seq_len=BEYOND)
            plain = base ** (-torch.arange(0, dimension, 2).float() / dimension)
            out.append({"dimension": dimension, "base": base, "type": case["rope_type"], "factor": case["factor"],
                        "original": case.get("original_max_position_embeddings", config.max_position_embeddings), "context": BEYOND, "attention": case.get("attention_factor"),
                        "factors": (plain / frequencies).tolist() if case["rope_type"] == "llama3" else None,
                        "frequencies": frequencies.tolist(), "scale": float(factor)})
    with open(o.out, "w") as f:
        json.dump(out, f)
    print(f"{o.out}: {len(out)} cases")


if __name__ == "__main__":
    main()
