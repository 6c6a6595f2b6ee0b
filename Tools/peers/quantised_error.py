#!/usr/bin/env python3
"""Whether quantised models lose here what they lose in llama.cpp: logits against those of the same weights in Float32.

    quantised_error.py [--mneme PROGRAM] [--width 256] [--count 256] [--architecture qwen2]

A random Llama model with the bundled model's vocabulary, or one of the models of `architectures.py`, is quantised by llama.cpp to every type and read back to Float32. Both
programs run both files over the same random tokens. Prints, per type, the root mean square of what the arithmetic of the
quantised file changes, relative to the logits, in llama.cpp and in Mneme, and how far apart the two are on the quantised file.
Needs llama-cpp-python, gguf, numpy and safetensors.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import gguf
import llama_cpp
import numpy as np
from safetensors.numpy import load_file

from llama_logits import logits_of

ROOT = Path(__file__).resolve().parents[2]
TYPES = {"Q4_0": 2, "Q4_1": 3, "Q5_0": 8, "Q5_1": 9, "Q8_0": 7, "Q2_K": 10, "Q3_K": 11, "Q4_K": 14, "Q5_K": 16, "Q6_K": 18, "IQ4_NL": 25,
         "IQ3_S": 26, "IQ4_XS": 30, "MXFP4": 38}


def copied(reader, path, changes=()):
    """A writer with the metadata of another file."""
    writer = gguf.GGUFWriter(path, reader.fields["general.architecture"].contents())
    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name in ("general.architecture", "general.file_type"):
            continue
        kind = field.types[0]
        sub = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(name, dict(changes).get(name, field.contents()), kind, sub)
    return writer


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def random_model(path, width):
    reader = gguf.GGUFReader(ROOT / "Models/mneme-chat.gguf")
    heads, layers, inner = width // 64, 3, 2 * width
    writer = copied(reader, path, {
        "llama.embedding_length": width, "llama.block_count": layers, "llama.attention.head_count": heads,
        "llama.attention.head_count_kv": heads, "llama.feed_forward_length": inner}.items())
    vocabulary = len(reader.fields["tokenizer.ggml.tokens"].data)
    r = np.random.default_rng(1)

    def add(name, rows, columns):
        # Some inputs are far larger than others, as in trained models.
        scale = np.exp(0.5 * r.standard_normal(columns))
        writer.add_tensor(name, (r.standard_normal((rows, columns)) * scale / columns**0.5).astype(np.float32))

    add("token_embd.weight", vocabulary, width)
    for i in range(layers):
        for name, rows, columns in (("attn_q", width, width), ("attn_k", width, width), ("attn_v", width, width),
                                    ("attn_output", width, width), ("ffn_gate", inner, width), ("ffn_up", inner, width), ("ffn_down", width, inner)):
            add(f"blk.{i}.{name}.weight", rows, columns)
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{i}.{name}.weight", np.ones(width, np.float32))
    writer.add_tensor("output_norm.weight", np.ones(width, np.float32))
    add("output.weight", vocabulary, width)
    finish(writer)


def dequantised(source, path):
    reader = gguf.GGUFReader(source)
    writer = copied(reader, path)
    for tensor in reader.tensors:
        shape = [int(n) for n in reversed(tensor.shape)]
        writer.add_tensor(tensor.name, gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32).reshape(shape))
    finish(writer)


def quantised(source, path, number):
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype, parameters.pure, parameters.nthread = number, True, 2
    if llama_cpp.llama_model_quantize(str(source).encode(), str(path).encode(), parameters) != 0:
        raise SystemExit(f"llama.cpp did not write {path}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mneme", default=ROOT / ".build/release/mneme")
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--count", type=int, default=256)
    parser.add_argument("--architecture", help="a name in architectures.py")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        plain = folder / "plain.gguf"
        if options.architecture:
            import architectures

            name, arch, config, _ = next(c for c in architectures.cases(options.width, 4096, 512) if c[0] == options.architecture)
            architectures.write(plain, name, arch, config, architectures.random_model(name, arch, config), half=False)
        else:
            random_model(plain, options.width)

        def both(path):
            ids, theirs = logits_of(str(path), choose)
            out = folder / "ours.safetensors"
            subprocess.run([str(options.mneme), "trace", "--model", str(path), "--ids", ",".join(map(str, ids)), "--hooks", "none",
                            "--output", str(out), "--quiet"], check=True, capture_output=True)
            return theirs.astype(np.float64), load_file(out)["logits"].astype(np.float64)

        def choose(size):
            return [1] + np.random.default_rng(2).integers(10, size, options.count - 1).tolist()

        print("| type | llama.cpp changes | Mneme changes | ratio | the two apart |\n|---|---|---|---|---|", flush=True)
        worst = 0.0
        for name, number in TYPES.items():
            small, large = folder / "small.gguf", folder / "large.gguf"
            quantised(plain, small, number)
            dequantised(small, large)
            (theirs, ours), (theirs32, ours32) = both(small), both(large)
            size = (theirs32**2).mean() ** 0.5
            a, b = (((x - y) ** 2).mean() ** 0.5 / size for x, y in ((theirs, theirs32), (ours, ours32)))
            worst = max(worst, b / a)
            print(f"| {name} | {a:.5f} | {b:.5f} | {b / a:.3f} | {((theirs - ours) ** 2).mean() ** 0.5 / size:.5f} |", flush=True)
        sys.exit(0 if worst <= 1.1 else f"beyond 10 %: {worst:.3f}")


if __name__ == "__main__":
    main()
