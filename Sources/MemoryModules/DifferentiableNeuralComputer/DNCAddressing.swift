/// Which rows are free, and in which order they were written: the equations of the DNC's dynamic memory (Nature 538:471, methods).
package enum DNCAddressing {
  /// Usage of which a row is never quite free, so that products of usages keep a slope.
  private static let least: Float = 1e-6

  /// psi = product over the read heads of (1 - f w): how much of each row is kept, [rows].
  ///
  /// - Parameters:
  ///   - free: the free gate of each read head, [reads].
  ///   - readWeights: where they pointed before, [reads, rows].
  package static func retention(free: [Float], readWeights: [Float], rows: Int) -> [Float] {
    (0..<rows).map { row in
      free.indices.reduce(Float(1)) { $0 * (1 - free[$1] * readWeights[$1 * rows + row]) }
    }
  }

  /// u = (u + w - u w) psi, [rows].
  package static func usage(
    _ usage: [Float], writeWeights: [Float], retention: [Float]
  ) -> [Float] {
    usage.indices.map {
      (usage[$0] + writeWeights[$0] - usage[$0] * writeWeights[$0]) * retention[$0]
    }
  }

  /// a = (1 - u) times the product of all smaller usages: the row that is least in use, [rows]; sums to at most 1. Of equally
  /// used rows the first.
  package static func allocation(_ usage: [Float]) -> [Float] {
    let used = usage.map { least + (1 - least) * $0 }
    var allocation = [Float](repeating: 0, count: usage.count)
    var product: Float = 1
    for row in used.indices.sorted(by: { (used[$0], $0) < (used[$1], $1) }) {
      allocation[row] = (1 - used[row]) * product
      product *= used[row]
    }
    return allocation
  }

  /// L_ij = (1 - w_i - w_j) L_ij + w_i p_j, with L_ii = 0; [rows, rows].
  ///
  /// - Parameter keeping: the largest links that each row keeps; 0 for all.
  package static func link(
    _ link: [Float], writeWeights w: [Float], precedence: [Float], keeping: Int = 0
  ) -> [Float] {
    let rows = w.count
    var new = [Float](repeating: 0, count: rows * rows)
    for i in 0..<rows {
      for j in 0..<rows where i != j {
        new[i * rows + j] = (1 - w[i] - w[j]) * link[i * rows + j] + w[i] * precedence[j]
      }
      guard keeping > 0, keeping < rows else { continue }
      let few = RowAddressing.largest(
        Array(new[i * rows..<(i + 1) * rows]), keeping, normal: false)
      new.replaceSubrange(i * rows..<(i + 1) * rows, with: few)
    }
    return new
  }

  /// p = (1 - sum of w) p + w, [rows].
  package static func precedence(_ precedence: [Float], writeWeights: [Float]) -> [Float] {
    let left = 1 - writeWeights.reduce(0, +)
    return precedence.indices.map { left * precedence[$0] + writeWeights[$0] }
  }

  /// f = L w and b = Lᵀ w: where a head is led that follows the order of writing, and against it; [rows] each.
  package static func directions(
    _ link: [Float], from weights: [Float]
  ) -> (forward: [Float], backward: [Float]) {
    let rows = weights.count
    var (forward, backward) = (
      [Float](repeating: 0, count: rows), [Float](repeating: 0, count: rows)
    )
    for i in 0..<rows {
      for j in 0..<rows {
        forward[i] += link[i * rows + j] * weights[j]
        backward[j] += link[i * rows + j] * weights[i]
      }
    }
    return (forward, backward)
  }

  /// S(d, s)_i = d_i^s over the sum of all (arXiv 1904.10278, equation 7), relative to the largest, so that small ones are not lost.
  package static func sharpened(_ weights: [Float], _ power: Float) -> [Float] {
    let least: Float = 1e-6
    let largest = (weights.max() ?? 0) + least
    let raised = weights.map { (($0 + least) / largest).raised(to: power) }
    let total = raised.reduce(0, +)
    return raised.map { $0 / total }
  }
}
