/// The element types of tensors in model files, with ggml's numbers as raw values.
public enum ElementType: UInt32, Sendable, CaseIterable, Codable {
  case f32 = 0
  case f16 = 1
  /// Blocks of 32 values in four or five bits, with a scale (`_0`) or a scale and a minimum (`_1`).
  case q4_0 = 2
  case q4_1 = 3
  case q5_0 = 6
  case q5_1 = 7
  /// Blocks of 32 signed bytes behind one Float16 scale (34 bytes a block).
  case q8_0 = 8
  /// ggml's K types: superblocks of 256 values, whose parts' scales are quantised, too.
  case q2_K = 10
  case q3_K = 11
  case q4_K = 12
  case q5_K = 13
  case q6_K = 14
  /// Blocks of 32 values of sixteen levels that are denser around zero.
  case iq4_NL = 20
  /// Superblocks of 256 values: four at a time are a point of a grid, their signs apart.
  case iq3_S = 21
  /// Superblocks of 256 values with the levels of `iq4_NL`.
  case iq4_XS = 23
  case bf16 = 30
  /// Blocks of 32 four-bit floating-point numbers behind an exponent (OCP's MXFP4).
  case mxfp4 = 39

  /// Elements per block; 1 for types that are not quantised.
  public var blockSize: Int {
    switch self {
    case .f32, .f16, .bf16: 1
    case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .iq4_NL, .mxfp4: 32
    case .q2_K, .q3_K, .q4_K, .q5_K, .q6_K, .iq3_S, .iq4_XS: 256
    }
  }

  /// Bytes of one block.
  public var bytesPerBlock: Int {
    switch self {
    case .f32: 4
    case .f16, .bf16: 2
    case .mxfp4: 17
    case .q4_0, .iq4_NL: 18
    case .q4_1: 20
    case .q5_0: 22
    case .q5_1: 24
    case .q8_0: 34
    case .q2_K: 84
    case .q3_K, .iq3_S: 110
    case .iq4_XS: 136
    case .q4_K: 144
    case .q5_K: 176
    case .q6_K: 210
    }
  }

  /// The name users know the type by.
  public var name: String {
    switch self {
    case .f32: "F32"
    case .f16: "F16"
    case .bf16: "BF16"
    case .q4_0: "Q4_0"
    case .q4_1: "Q4_1"
    case .q5_0: "Q5_0"
    case .q5_1: "Q5_1"
    case .q8_0: "Q8_0"
    case .q2_K: "Q2_K"
    case .q3_K: "Q3_K"
    case .q4_K: "Q4_K"
    case .q5_K: "Q5_K"
    case .q6_K: "Q6_K"
    case .iq4_NL: "IQ4_NL"
    case .iq3_S: "IQ3_S"
    case .iq4_XS: "IQ4_XS"
    case .mxfp4: "MXFP4"
    }
  }

  /// Bytes of `count` elements, or nil when `count` is no whole number of blocks or overflows.
  public func byteCount(elements count: Int) -> Int? {
    guard count >= 0, count % blockSize == 0 else { return nil }
    let (bytes, overflow) = (count / blockSize).multipliedReportingOverflow(by: bytesPerBlock)
    return overflow ? nil : bytes
  }
}
