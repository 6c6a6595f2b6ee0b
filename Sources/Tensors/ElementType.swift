/// The element types of tensors in model files, with ggml's numbers as raw values.
public enum ElementType: UInt32, Sendable, CaseIterable, Codable {
  case f32 = 0
  case f16 = 1
  /// Blocks of 32 signed bytes behind one Float16 scale (34 bytes a block).
  case q8_0 = 8
  case bf16 = 30

  /// Elements per block: 32 for the quantised type, 1 otherwise.
  public var blockSize: Int { self == .q8_0 ? 32 : 1 }

  /// Bytes of one block.
  public var bytesPerBlock: Int {
    switch self {
    case .f32: 4
    case .f16, .bf16: 2
    case .q8_0: 34
    }
  }

  /// The name users know the type by.
  public var name: String {
    switch self {
    case .f32: "F32"
    case .f16: "F16"
    case .bf16: "BF16"
    case .q8_0: "Q8_0"
    }
  }

  /// Bytes of `count` elements, or nil when `count` is no whole number of blocks or overflows.
  public func byteCount(elements count: Int) -> Int? {
    guard count >= 0, count % blockSize == 0 else { return nil }
    let (bytes, overflow) = (count / blockSize).multipliedReportingOverflow(by: bytesPerBlock)
    return overflow ? nil : bytes
  }
}
