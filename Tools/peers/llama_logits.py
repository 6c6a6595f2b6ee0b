#!/usr/bin/env python3
"""Saves llama.cpp's logits for a run of tokens, in the form of `mneme trace`.

    llama_logits.py MODEL.gguf OUT.safetensors [--count 512] [--seed 1] [--ids 1,2,3] [--threads 2]

Without --ids the run is the begin of sequence followed by seeded random tokens, the same for every program here.
Key/value cache in Float32, no flash attention: what differs is then the arithmetic of the weights alone.
Needs llama-cpp-python, numpy and safetensors.
"""

import argparse

import llama_cpp
import numpy as np
from safetensors.numpy import save_file

from token_run import token_run


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("output")
    parser.add_argument("--count", type=int, default=512)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ids")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    explicit = [int(part) for part in options.ids.split(",")] if options.ids else None
    length = len(explicit) if explicit else options.count
    model = llama_cpp.Llama(
        options.model, n_ctx=length, n_batch=512, n_ubatch=512, n_threads=options.threads,
        n_threads_batch=options.threads, logits_all=True, flash_attn=False, n_gpu_layers=0, verbose=False,
        type_k=llama_cpp.GGML_TYPE_F32, type_v=llama_cpp.GGML_TYPE_F32)
    ids = explicit or token_run(model.n_vocab(), options.count, options.seed)
    model.eval(ids)
    logits = np.array(model.scores[: len(ids)], dtype=np.float32)
    save_file({"tokens": np.array(ids, dtype=np.int64), "logits": logits}, options.output)
    print(f"{options.output}: {logits.shape[0]} x {logits.shape[1]}, largest {np.abs(logits).max():.4f}")


if __name__ == "__main__":
    main()
