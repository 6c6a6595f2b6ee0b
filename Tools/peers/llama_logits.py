#!/usr/bin/env python3
"""Saves llama.cpp's logits for a run of tokens, in the form of `mneme trace`.

    llama_logits.py MODEL.gguf OUT.safetensors [--text FILE | --ids 1,2,3 | --seed 1] [--count 512] [--threads 2]

The run of tokens is a text's beginning, or is given as ids, or is the begin of sequence followed by seeded random
tokens. The last line printed is the run, as `mneme trace --ids` takes it.
Key/value cache in Float32, no flash attention: what differs is then the arithmetic of the weights alone.
Needs llama-cpp-python, numpy and safetensors.
"""

import argparse

import llama_cpp
import numpy as np
from safetensors.numpy import save_file

from token_run import token_run


def logits_of(path, choose, threads=2):
    """The ids that `choose` names for the size of the model's vocabulary, and llama.cpp's logits for them."""
    size = llama_cpp.Llama(path, vocab_only=True, verbose=False).n_vocab()
    ids = choose(size)
    model = llama_cpp.Llama(
        path, n_ctx=len(ids), n_batch=512, n_ubatch=512, n_threads=threads, n_threads_batch=threads, logits_all=True,
        flash_attn=False, n_gpu_layers=0, verbose=False, type_k=llama_cpp.GGML_TYPE_F32, type_v=llama_cpp.GGML_TYPE_F32)
    model.eval(ids)
    return ids, np.array(model.scores[: len(ids)], dtype=np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("output")
    parser.add_argument("--count", type=int, default=512)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ids")
    parser.add_argument("--text", help="a file whose first --count tokens are the run")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    def choose(size):
        if options.ids:
            return [int(part) for part in options.ids.split(",")]
        if options.text:
            with open(options.text, "rb") as file:
                words = file.read(32 * options.count)
            return llama_cpp.Llama(options.model, vocab_only=True, verbose=False).tokenize(words)[: options.count]
        return token_run(size, options.count, options.seed)

    ids, logits = logits_of(options.model, choose, options.threads)
    save_file({"tokens": np.array(ids, dtype=np.int64), "logits": logits}, options.output)
    print(f"{options.output}: {logits.shape[0]} x {logits.shape[1]}, largest {np.abs(logits).max():.4f}")
    print(",".join(map(str, ids)))


if __name__ == "__main__":
    main()
