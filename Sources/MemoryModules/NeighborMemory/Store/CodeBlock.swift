import Tensors

/// Rows as byte codes for scanning, with bounds on the error of a product.
struct CodeBlock: Sendable {
  let columns: Int
  /// Biased codes in interleaved groups of 16, whole groups.
  private(set) var codes: [UInt8] = []
  /// The value of a code of 1, [count]
  private(set) var scales: [Float] = []
  /// Upper bound of the distance between the stored key and its codes, [count]
  private(set) var residuals: [Float] = []
  /// Upper bound of the length of the stored key, [count]
  private(set) var lengths: [Float] = []

  init(columns: Int) { self.columns = columns }

  var count: Int { scales.count }

  mutating func append(_ key: StoredKey) {
    let quantised = key.quantised
    append(
      codes: quantised.codes, scale: quantised.scale, residual: quantised.residual,
      length: quantised.length)
  }

  /// - Parameter codes: padded to whole steps.
  mutating func append(codes row: [Int8], scale: Float, residual: Float, length: Float) {
    let place = count
    let groupBytes = ByteCodes.groupBytes(columns: columns)
    if place % ByteCodes.group == 0 {
      codes.append(contentsOf: repeatElement(128, count: groupBytes))
    }
    codes.withUnsafeMutableBufferPointer { codes in
      guard let start = codes.baseAddress else { return }
      ByteCodes.pack(
        row, columns: columns, into: start + place / ByteCodes.group * groupBytes,
        lane: place % ByteCodes.group)
    }
    scales.append(scale)
    residuals.append(residual)
    lengths.append(length)
  }

  /// The codes of a row, padded to whole steps.
  func codes(_ row: Int) -> [Int8] {
    codes.withUnsafeBufferPointer { codes in
      guard let start = codes.baseAddress else { return [] }
      return ByteCodes.unpack(
        start + row / ByteCodes.group * ByteCodes.groupBytes(columns: columns),
        lane: row % ByteCodes.group, columns: columns)
    }
  }

  /// Drops the rows from `count` on.
  mutating func truncate(to count: Int) {
    guard count < self.count else { return }
    let groups = (count + ByteCodes.group - 1) / ByteCodes.group
    codes.removeSubrange((groups * ByteCodes.groupBytes(columns: columns))...)
    scales.removeSubrange(count...)
    residuals.removeSubrange(count...)
    lengths.removeSubrange(count...)
  }
}
