#!/usr/bin/env python3
"""A random model of the shape of a well-known one, to see how fast large files open and how much memory they need.

    large_model.py {135M,0.5B,1.5B} OUT.gguf [--vocabulary VOCABULARY.gguf]

The shapes are SmolLM2-135M's (llama), Qwen2.5-0.5B's and Qwen2.5-1.5B's (qwen2). The vocabulary is taken from another GGUF file, and padded; without one
it is made of SentencePiece's bytes and numbers. Needs gguf and numpy.
"""

import argparse

import gguf
import numpy as np

SHAPES = {"135M": ("llama", 576, 30, 9, 3, 1536, 49152, 10000.0), "0.5B": ("qwen2", 896, 24, 14, 2, 4864, 151936, 1e6),
          "1.5B": ("qwen2", 1536, 28, 12, 2, 8960, 151936, 1e6)}


def vocabulary(writer, path, size):
    if path is None:
        marks = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)]
        pieces = marks + [f"\u2581{i}" for i in range(size - len(marks))]
        writer.add_tokenizer_model("llama")
        writer.add_token_list(pieces)
        writer.add_token_scores([-float(i) for i in range(size)])
        writer.add_token_types([2, 3, 3] + [6] * 256 + [1] * (size - len(marks)))
        return
    reader = gguf.GGUFReader(path)
    pieces = set(reader.fields["tokenizer.ggml.tokens"].contents()[:size])
    for name, field in reader.fields.items():
        if not name.startswith("tokenizer."):
            continue
        kind = field.types[0]
        sub = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        value = field.contents()
        if name.endswith(("ggml.tokens", "ggml.token_type")):
            more = range(size - len(value))
            value = value[:size] + ([f"[PAD{i}]" for i in more] if name.endswith("tokens") else [5 for _ in more])
        if name.endswith("ggml.merges"):
            value = [merge for merge in value if merge.replace(" ", "") in pieces]
        if name.endswith("token_id"):
            value = min(value, size - 1)
        writer.add_key_value(name, value, kind, sub)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("out")
    parser.add_argument("--vocabulary")
    options = parser.parse_args()
    arch, width, layers, heads, keys, inner, size, base = SHAPES[options.shape]
    head = width // heads
    writer = gguf.GGUFWriter(options.out, arch, use_temp_file=False)
    writer.add_name(options.shape)
    writer.add_context_length(8192)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(keys)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(base)
    vocabulary(writer, options.vocabulary, size)
    # One run of random numbers is used again and again: making others would take minutes and change nothing here.
    noise = np.random.default_rng(1).standard_normal(1 << 22).astype(np.float16)

    def matrix(name, rows, columns):
        writer.add_tensor(name, np.resize(noise * np.float16(0.7 / columns**0.5), (rows, columns)))

    def vector(name, count, value):
        writer.add_tensor(name, np.full(count, value, np.float32))

    matrix("token_embd.weight", size, width)
    for i in range(layers):
        block = f"blk.{i}."
        vector(block + "attn_norm.weight", width, 1)
        vector(block + "ffn_norm.weight", width, 1)
        for name, rows in (("attn_q", heads * head), ("attn_k", keys * head), ("attn_v", keys * head)):
            matrix(f"{block}{name}.weight", rows, width)
            if arch == "qwen2":
                vector(f"{block}{name}.bias", rows, 0.1)
        matrix(block + "attn_output.weight", width, heads * head)
        matrix(block + "ffn_gate.weight", inner, width)
        matrix(block + "ffn_up.weight", inner, width)
        matrix(block + "ffn_down.weight", width, inner)
    vector("output_norm.weight", width, 1)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
