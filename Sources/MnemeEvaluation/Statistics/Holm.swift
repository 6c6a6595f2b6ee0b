/// Correction for several tests at once (Holm 1979, "A simple sequentially rejective multiple test procedure").
public enum Holm {
  /// Adjusted p-values: the probability that any true null hypothesis has an adjusted p below a level is at most that
  /// level, however the tests depend on each other.
  ///
  /// The smallest of m is multiplied by m, the next by m - 1, and so on; the adjusted values keep the order and are at
  /// most 1.
  ///
  /// - Parameter values: p-values, in any order.
  /// - Returns: in the same order.
  public static func adjusted(_ values: [Double]) -> [Double] {
    var result = values
    var largest = 0.0
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    for (rank, index) in order.enumerated() {
      largest = max(largest, min(1, values[index] * Double(values.count - rank)))
      result[index] = largest
    }
    return result
  }
}
