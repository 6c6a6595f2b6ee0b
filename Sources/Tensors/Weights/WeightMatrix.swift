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

  /// y[r] = w[r] . x for the rows of `range`; y points at the output of row 0.
  func multiply(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, rows range: Range<Int>
  ) {
    guard let start = address(row: range.lowerBound) else { return }
    let out = y + range.lowerBound
    switch type {
    case .f32:
      mn_gemv_f32(start.assumingMemoryBound(to: Float.self), x, out, range.count, columns)
    case .f16:
      mn_gemv_f16(start.assumingMemoryBound(to: UInt16.self), x, out, range.count, columns)
    case .bf16:
      mn_gemv_bf16(start.assumingMemoryBound(to: UInt16.self), x, out, range.count, columns)
    case .q8_0:
      mn_gemv_q8_0(start, x, out, range.count, columns)
    }
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
    case .q8_0:
      mn_dequantize_q8_0(start, y, count)
    }
  }

  /// The stored Float32 elements in place; nil for other types.
  func floats(row: Int) -> UnsafePointer<Float>? {
    guard type == .f32 else { return nil }
    return address(row: row)?.assumingMemoryBound(to: Float.self)
  }
}
