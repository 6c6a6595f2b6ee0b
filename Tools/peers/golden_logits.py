#!/usr/bin/env python3
"""Records llama.cpp's logits over the tests' tiny models: Tests/TransformerTests/Fixtures/llama-logits.safetensors.

    golden_logits.py FOLDER OUT.safetensors

FOLDER holds tiny-F32.gguf, tiny-F16.gguf, tiny-BF16.gguf and tiny-Q8_0.gguf (README.md says how to write them). To
stay small the file keeps every 24th column. Needs llama-cpp-python, numpy and safetensors.
"""

import sys

import numpy as np
from safetensors.numpy import save_file

from llama_logits import logits_of
from token_run import token_run


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder, output = sys.argv[1:]
    kept = {}
    for name in ("F32", "F16", "BF16", "Q8_0"):
        ids, logits = logits_of(f"{folder}/tiny-{name}.gguf", lambda size: token_run(size, 512))
        columns = np.arange(0, logits.shape[1], 24)
        kept[f"logits.{name}"] = np.ascontiguousarray(logits[:, columns])
    kept["columns"] = columns.astype(np.int64)
    kept["tokens"] = np.array(ids, dtype=np.int64)
    save_file(kept, output)
    print(f"{output}: {len(ids)} tokens, {len(columns)} columns of each type")


if __name__ == "__main__":
    main()
