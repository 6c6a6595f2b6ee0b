import Foundation
import ModelFiles
import Tensors
import TestSupport

/// Numbers that look random and are the same in every run (SplitMix64).
struct Numbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
}

/// The file a GGUF test starts from: every kind of value and every type of tensor, a good thousand bytes.
func sampleGGUF() -> GGUFWriter {
  var writer = GGUFWriter()
  writer.metadata["general.architecture"] = .string("llama")
  writer.metadata["llama.block_count"] = .unsigned(2)
  writer.metadata["big"] = .unsigned(1 << 40)
  writer.metadata["negative"] = .signed(-7)
  writer.metadata["very.negative"] = .signed(-1 << 40)
  writer.metadata["llama.rope.freq_base"] = .float(10000)
  writer.metadata["precise"] = .float(0.1)
  writer.metadata["flag"] = .bool(true)
  writer.metadata["tokenizer.ggml.tokens"] = .stringArray(["<unk>", "a", "\u{2581}b"])
  writer.metadata["tokenizer.ggml.scores"] = .floatArray([0, -1, -2.5])
  writer.metadata["tokenizer.ggml.token_type"] = .signedArray([2, 1, 1])
  writer.metadata["wide"] = .signedArray([-1 << 40, 1 << 40])
  writer.metadata["counts"] = .unsignedArray([1, 2, 1 << 40])
  writer.metadata["small"] = .unsignedArray([1, 2, 3])
  writer.metadata["flags"] = .boolArray([true, false])
  let values = (0..<64).map { Float($0 - 31) / 8 }
  writer.add("matrix", shape: [32, 2], floats: values)
  writer.add("half", shape: [64], floats: values, type: .f16)
  writer.add("brain", shape: [16, 4], floats: values, type: .bf16)
  writer.add("quantised", shape: [32, 2], floats: values, type: .q8_0)
  writer.add("odd", shape: [3], floats: [1, 2, 3])
  return writer
}

/// The file a safetensors test starts from.
func sampleSafetensors() -> SafetensorsWriter {
  var writer = SafetensorsWriter(metadata: ["format": "test", "quote": "\"\\\n\u{1}é"])
  writer.add("floats", floats: [1, -2, .pi], shape: [3])
  writer.add("doubles", doubles: [0.1, -1e300], shape: [2, 1])
  writer.add("halves", halves: [0x3c00, 0xc000], shape: [2])
  writer.add("long", int64s: [.min, .max], shape: [1, 2])
  writer.add("short", int32s: [1, -2, 3, -4], shape: [2, 2])
  writer.add("bytes", uint8s: [0, 127, 255], shape: [3])
  writer.add("empty", floats: [], shape: [0, 4])
  writer.add("scalar", floats: [42], shape: [])
  return writer
}

/// A safetensors file from a header as it stands, and data of zeros.
func safetensors(_ header: String, data count: Int = 0) -> Data {
  var file = Data()
  withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { file.append(contentsOf: $0) }
  file.append(contentsOf: header.utf8)
  file.append(Data(count: count))
  return file
}

/// The error that a closure throws, or nil.
func failure(_ body: () throws -> Void) -> ModelFileError? {
  do {
    try body()
    return nil
  } catch {
    return error as? ModelFileError
  }
}
