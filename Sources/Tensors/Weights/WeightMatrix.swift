import CKernels

/// A weight matrix as it lies in a model file: one row per output, any supported element type.
///
/// The matrix is a view; `owner` keeps the bytes alive.
public struct WeightMatrix: @unchecked Sendable {
  /// Outputs.
  public let rows: Int
  /// Inputs; contiguous in memory.
  public let columns: Int
  /// The type of the stored elements.
  public let type: ElementType
  private let bytes: UnsafeRawBufferPointer
  private let owner: AnyObject?
  let packedRows = PackedRowsCache()

  /// Creates a view of `rows` x `columns` elements.
  ///
  /// - Returns: nil when `bytes` is not exactly that large.
  public init?(
    rows: Int, columns: Int, type: ElementType, bytes: UnsafeRawBufferPointer, owner: AnyObject?
  ) {
    guard rows > 0, columns > 0, columns % type.blockSize == 0,
      let size = type.byteCount(elements: columns),
      bytes.count == rows * size
    else { return nil }
    self.init(rows, columns, type, bytes, owner)
  }

  /// The rows of `range` as a matrix of their own.
  public func rows(_ range: Range<Int>) -> WeightMatrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows outside the matrix")
    return WeightMatrix(
      range.count, columns, type,
      UnsafeRawBufferPointer(
        rebasing: bytes[range.lowerBound * rowBytes..<range.upperBound * rowBytes]), owner)
  }

  private init(
    _ rows: Int, _ columns: Int, _ type: ElementType, _ bytes: UnsafeRawBufferPointer,
    _ owner: AnyObject?
  ) {
    self.rows = rows
    self.columns = columns
    self.type = type
    self.bytes = bytes
    self.owner = owner
  }

  private var rowBytes: Int { columns / type.blockSize * type.bytesPerBlock }

  private func address(row: Int) -> UnsafeRawPointer? {
    bytes.baseAddress.map { $0 + row * rowBytes }
  }

  /// y[t, r] = w[r] . x[t] for the rows of `range` and `count` inputs [count, columns]; y points at the output of row 0
  /// and has `rows` columns.
  func multiply(
    _ x: UnsafePointer<Float>, count: Int, into y: UnsafeMutablePointer<Float>,
    rows range: Range<Int>
  ) {
    guard let start = address(row: range.lowerBound) else { return }
    let out = y + range.lowerBound
    switch type {
    case .f32:
      mn_gemm_f32(
        start.assumingMemoryBound(to: Float.self), x, columns, count, out, rows, range.count,
        columns)
    case .f16:
      mn_gemm_f16(
        start.assumingMemoryBound(to: UInt16.self), x, columns, count, out, rows, range.count,
        columns)
    case .bf16:
      mn_gemm_bf16(
        start.assumingMemoryBound(to: UInt16.self), x, columns, count, out, rows, range.count,
        columns)
    default:
      preconditionFailure("a type that is multiplied as packed rows")
    }
  }

  /// Puts at most 16 rows into a group of packed ones.
  func pack(_ range: Range<Int>, as kind: PackedKind, into group: UnsafeMutableRawPointer) {
    guard let start = address(row: range.lowerBound) else { return }
    mn_pack_rows(kind.code, start, rowBytes, range.count, columns, group)
  }

  /// Writes the rows of `range` as Float32, densely, to `y` [range.count, columns].
  public func dequantize(rows range: Range<Int>, into y: UnsafeMutablePointer<Float>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows outside the matrix")
    guard let start = address(row: range.lowerBound) else { return }
    let count = range.count * columns
    switch type {
    case .f32:
      UnsafeMutableRawPointer(y).copyMemory(from: start, byteCount: count * 4)
    case .f16:
      mn_dequantize_f16(start.assumingMemoryBound(to: UInt16.self), y, count)
    case .bf16:
      mn_dequantize_bf16(start.assumingMemoryBound(to: UInt16.self), y, count)
    case .q4_0: mn_dequantize_q4_0(start, y, count)
    case .q4_1: mn_dequantize_q4_1(start, y, count)
    case .q5_0: mn_dequantize_q5_0(start, y, count)
    case .q5_1: mn_dequantize_q5_1(start, y, count)
    case .q8_0: mn_dequantize_q8_0(start, y, count)
    case .q2_K: mn_dequantize_q2_k(start, y, count)
    case .q3_K: mn_dequantize_q3_k(start, y, count)
    case .q4_K: mn_dequantize_q4_k(start, y, count)
    case .q5_K: mn_dequantize_q5_k(start, y, count)
    case .q6_K: mn_dequantize_q6_k(start, y, count)
    case .iq4_NL: mn_dequantize_iq4_nl(start, y, count)
    case .iq3_S: mn_dequantize_iq3_s(start, y, count)
    case .iq4_XS: mn_dequantize_iq4_xs(start, y, count)
    case .mxfp4: mn_dequantize_mxfp4(start, y, count)
    }
  }
}
