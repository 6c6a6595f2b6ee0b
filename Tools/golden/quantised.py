#!/usr/bin/env python3
"""What llama.cpp's `gguf` package reads from random blocks of every quantised type.

    quantised.py --out Tests/TensorsTests/Fixtures/quantised.safetensors

Bytes are random but for the Float16 scales, which stay small, the exponents of MXFP4, and the places in the grid of IQ3_S, of which each
occurs once; per type `TYPE.bytes` and `TYPE.values`.
"""

import argparse

import gguf
import numpy as np
from safetensors.numpy import save_file

# Where in a block the Float16s lie.
TYPES = {"Q4_0": (0,), "Q4_1": (0, 2), "Q5_0": (0,), "Q5_1": (0, 2), "Q8_0": (0,), "Q2_K": (80, 82), "Q3_K": (108,), "Q4_K": (0, 2),
         "Q5_K": (0, 2), "Q6_K": (208,), "IQ4_NL": (0,), "IQ4_XS": (0,), "MXFP4": (), "IQ3_S": (0,)}
BLOCKS = {"IQ3_S": 8}  # 6 of the others


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", required=True)
    o = p.parse_args()
    r = np.random.default_rng(4)
    out = {}
    for name, places in TYPES.items():
        kind = gguf.GGMLQuantizationType[name]
        _, size = gguf.GGML_QUANT_SIZES[kind]
        blocks = BLOCKS.get(name, 6)
        data = r.integers(0, 256, (blocks, size), dtype=np.uint8)
        for place in places:
            data[:, place:place + 2] = r.normal(0, 0.02, blocks).astype(np.float16).view(np.uint8).reshape(blocks, 2)
        if name == "MXFP4":
            data[:, 0] = 0, 1, 2, 121, 127, 250
        if name == "IQ3_S":
            points = r.permutation(512).reshape(8, 64)
            data[:, 2:66] = points & 255
            data[:, 66:74] = np.packbits(points >> 8, axis=1, bitorder="little")
        out[f"{name}.bytes"] = data.reshape(-1)
        out[f"{name}.values"] = gguf.quants.dequantize(data, kind).astype(np.float32).reshape(-1)
    save_file(out, o.out)
    print(f"{o.out}: {len(TYPES)} types, {sum(v.nbytes for v in out.values())} bytes")


if __name__ == "__main__":
    main()
