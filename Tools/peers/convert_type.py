#!/usr/bin/env python3
"""Writes a GGUF model again with its matrices in another type.

    convert_type.py IN.gguf OUT.gguf F32|F16|BF16|Q8_0|MXFP4

Vectors stay F32, and so does a matrix whose rows are no whole number of blocks. Needs the gguf package.
"""

import sys

import gguf
import numpy as np

TYPES = {name: getattr(gguf.GGMLQuantizationType, name) for name in ("F32", "F16", "BF16", "Q8_0", "MXFP4")}
ARRAY = gguf.GGUFValueType.ARRAY


def main():
    if len(sys.argv) != 4 or sys.argv[3] not in TYPES:
        sys.exit(__doc__)
    reader = gguf.GGUFReader(sys.argv[1])
    writer = gguf.GGUFWriter(sys.argv[2], reader.fields["general.architecture"].contents())
    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name == "general.architecture":
            continue
        element = field.types[1] if field.types[0] == ARRAY else None
        writer.add_key_value(name, field.contents(), field.types[0], sub_type=element)
    wanted = TYPES[sys.argv[3]]
    for tensor in reader.tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        values = values.reshape([int(extent) for extent in reversed(tensor.shape)])
        block = gguf.GGML_QUANT_SIZES[wanted][0]
        kind = wanted if values.ndim == 2 and values.shape[1] % block == 0 else TYPES["F32"]
        writer.add_tensor(tensor.name, gguf.quants.quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
