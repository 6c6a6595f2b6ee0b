import CKernels

/// Vectors as signed bytes with a scale, laid out for scanning: groups of 16 rows, columns interleaved by fours.
///
/// Sums of products of codes are integers, so every processor finds the same ones.
public enum ByteCodes {
  /// Rows of a group.
  public static let group = 16

  /// Four columns make a step.
  public static func steps(columns: Int) -> Int { (columns + 3) / 4 }

  /// Bytes of a group of 16 rows.
  public static func groupBytes(columns: Int) -> Int { steps(columns: columns) * 4 * group }

  /// Quantises a vector of `columns` values; the codes are padded with zeros to whole steps.
  ///
  /// - Returns: the codes and what a code of 1 stands for; 0 when all values are zero or next to it.
  public static func quantise(
    _ x: UnsafePointer<Float>, columns: Int
  ) -> (codes: [Int8], scale: Float) {
    let padded = steps(columns: columns) * 4
    var scale: Float = 0
    let codes = [Int8](unsafeUninitializedCapacity: padded) { buffer, count in
      guard let start = buffer.baseAddress else { return }
      scale = mn_code_quantize(x, columns, padded, start)
      count = padded
    }
    return (codes, scale)
  }

  /// Puts the codes of a row into a lane, 0...15, of a group.
  public static func pack(
    _ codes: UnsafePointer<Int8>, columns: Int, into group: UnsafeMutablePointer<UInt8>, lane: Int
  ) {
    mn_code_pack(codes, steps(columns: columns), group, lane)
  }

  /// The codes in a lane of a group.
  public static func unpack(_ group: UnsafePointer<UInt8>, lane: Int, columns: Int) -> [Int8] {
    let steps = steps(columns: columns)
    return [Int8](unsafeUninitializedCapacity: steps * 4) { buffer, count in
      guard let start = buffer.baseAddress else { return }
      mn_code_unpack(group, lane, steps, start)
      count = steps * 4
    }
  }

  /// out[q, row] = sum of (code + 128) times query over the columns, for all rows of `groups` groups.
  ///
  /// - Parameters:
  ///   - queries: codes of `count` queries, padded to whole steps.
  ///   - out: rows `ldo` elements apart.
  public static func products(
    _ codes: UnsafePointer<UInt8>, groups: Int, columns: Int, queries: UnsafePointer<Int8>,
    count: Int, into out: UnsafeMutablePointer<Int32>, ldo: Int
  ) {
    mn_code_dots(codes, groups, steps(columns: columns), queries, count, out, ldo)
  }

  /// Chooses the rows whose upper bound reaches a threshold; see `mn_code_select`.
  ///
  /// - Returns: how many were chosen; `chosen`, `lower` and `upper` have room for `rows`.
  public static func select(
    _ products: UnsafePointer<Int32>, offset: Int32, scales: UnsafePointer<Float>,
    residuals: UnsafePointer<Float>, lengths: UnsafePointer<Float>, rows: Int, scale: Float,
    length: Float, error: Float, threshold: Float, chosen: UnsafeMutablePointer<UInt32>,
    lower: UnsafeMutablePointer<Float>, upper: UnsafeMutablePointer<Float>
  ) -> Int {
    mn_code_select(
      products, offset, scales, residuals, lengths, rows, scale, length, error, threshold, chosen,
      lower, upper)
  }
}
