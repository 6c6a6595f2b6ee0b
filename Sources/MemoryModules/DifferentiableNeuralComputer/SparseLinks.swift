/// The links of a DNC whose writes touch few rows, kept as those that are not zero: the sparse form of `DNCAddressing.link`
/// (Rae et al. 2016, arXiv 1610.09027), whose cost does not grow with the number of rows.
package struct SparseLinks: Sendable, Equatable {
  /// By row i, the rows j before it: how far i was written right after j.
  package private(set) var before: [Int: [Int: Float]] = [:]
  /// The same by row j.
  private var after: [Int: [Int: Float]] = [:]
  /// How far each row was the last that was written.
  package private(set) var precedence: [Int: Float] = [:]

  package init() {}

  /// Links from a file.
  package init(links: [(row: Int, before: Int, weight: Float)], precedence: [Int: Float]) {
    for link in links { set(link.row, link.before, link.weight) }
    self.precedence = precedence
  }

  /// All links, in order of their rows.
  package var all: [(row: Int, before: Int, weight: Float)] {
    before.sorted { $0.key < $1.key }.flatMap { row, others in
      others.sorted { $0.key < $1.key }.map { (row, $0.key, $0.value) }
    }
  }

  /// L_ij = (1 - w_i - w_j) L_ij + w_i p_j and p = (1 - sum of w) p + w, for the rows that are written.
  ///
  /// - Parameter weights: of the rows that are written; all others have 0.
  package mutating func write(_ weights: [Int: Float]) {
    // The links of the rows that are written, each once where both of its rows are.
    for (row, weight) in weights {
      for (other, link) in before[row] ?? [:] {
        set(row, other, (1 - weight - (weights[other] ?? 0)) * link)
      }
      for (later, link) in after[row] ?? [:] where weights[later] == nil {
        set(later, row, (1 - weight) * link)
      }
    }
    for (row, weight) in weights {
      for (other, last) in precedence where other != row {
        set(row, other, (before[row]?[other] ?? 0) + weight * last)
      }
    }
    let left = 1 - weights.values.reduce(0, +)
    precedence = precedence.mapValues { $0 * left }.filter { $0.value != 0 }
    for (row, weight) in weights where weight != 0 { precedence[row, default: 0] += weight }
  }

  /// f = L w: the rows that were written after some.
  package func forward(_ weights: [Int: Float]) -> [Int: Float] { Self.follow(after, weights) }

  /// b = Lᵀ w: the rows that were written before some.
  package func backward(_ weights: [Int: Float]) -> [Int: Float] { Self.follow(before, weights) }

  private static func follow(
    _ links: [Int: [Int: Float]], _ weights: [Int: Float]
  ) -> [Int: Float] {
    var found: [Int: Float] = [:]
    for (row, weight) in weights {
      for (other, link) in links[row] ?? [:] { found[other, default: 0] += weight * link }
    }
    return found
  }

  private mutating func set(_ row: Int, _ other: Int, _ weight: Float) {
    before[row, default: [:]][other] = weight == 0 ? nil : weight
    after[other, default: [:]][row] = weight == 0 ? nil : weight
    if before[row]?.isEmpty == true { before[row] = nil }
    if after[other]?.isEmpty == true { after[other] = nil }
  }
}
