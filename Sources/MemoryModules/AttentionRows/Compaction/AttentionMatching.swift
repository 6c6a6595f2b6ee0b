import Tensors

/// Attention Matching (arXiv 2602.16284): few rows in place of many, of which attention makes about the same.
///
/// For one key/value head: the keys with the most attention from reference queries are kept; a log bias for each, by
/// least squares within a box, gives the kept ones the mass that all had; values, by least squares, make attention over the kept
/// rows and everything else the output that it had over all.
package struct AttentionMatching {
  /// What a head has, all of it rotated to its positions.
  package struct Head: Sendable {
    /// The rows to be compacted, [tokens, head dimension].
    package var keys: [Float]
    package var values: [Float]
    /// Of all query heads that share the keys, [queries, head dimension].
    package var queries: [Float]
    /// What else the queries attend to, [others, head dimension], and for each query how many of them it sees.
    package var otherKeys: [Float]
    package var otherValues: [Float]
    package var seen: [Int]

    package init(
      keys: [Float], values: [Float], queries: [Float], otherKeys: [Float] = [],
      otherValues: [Float] = [], seen: [Int]? = nil
    ) {
      self.keys = keys
      self.values = values
      self.queries = queries
      self.otherKeys = otherKeys
      self.otherValues = otherValues
      self.seen = seen ?? []
    }
  }

  /// The kept rows of a head.
  package struct Kept: Sendable, Equatable {
    /// Which rows were kept, ascending.
    package var rows: [Int]
    /// Added to the score of each.
    package var biases: [Float]
    /// The value of each, [rows, head dimension].
    package var values: [Float]
  }

  /// Attention of the reference queries.
  package struct Attention: Sendable {
    /// Among the rows, each query's sum being 1, [queries, tokens].
    package var shares: [Float]
    /// The rows' part of all attention of each query.
    package var parts: [Float]
    /// What the queries get from everything else, [queries, head dimension].
    package var other: [Float]

    package init(shares: [Float], parts: [Float], other: [Float]) {
      self.shares = shares
      self.parts = parts
      self.other = other
    }
  }

  /// Values per head.
  let dimension: Int
  /// Scores are dot products times this.
  let scale: Float

  /// The ridge of the values' fit towards the old ones, relative to the mean of the diagonal.
  let valueRidge: Double
  /// Queries whose scores are made together: those of a long text do not fit into memory for all at once.
  private static let block = 256
  /// The ridge of the biases' fit.
  private static let biasRidge = 0.01
  /// Factors of the kept rows' masses are held between these.
  private static let factors = 0.02...50.0

  package init(dimension: Int, scale: Float, valueRidge: Double = 0.1) {
    self.dimension = dimension
    self.scale = scale
    self.valueRidge = valueRidge
  }

  // MARK: - Attention

  /// The attention of a head's queries on its rows and on everything else.
  package func attention(_ head: Head) -> Attention {
    let asked = head.queries.count / dimension
    var whole = Attention(shares: [], parts: [], other: [])
    whole.shares.reserveCapacity(asked * head.keys.count / dimension)
    for start in stride(from: 0, to: asked, by: Self.block) {
      let some = attention(head, start..<min(asked, start + Self.block))
      whole.shares += some.shares
      whole.parts += some.parts
      whole.other += some.other
    }
    return whole
  }

  /// The attention of some of a head's queries.
  private func attention(_ head: Head, _ asked: Range<Int>) -> Attention {
    let tokens = head.keys.count / dimension
    // What none of them sees is not looked at.
    let others = min(
      head.otherKeys.count / dimension, head.seen.isEmpty ? 0 : head.seen[asked].max() ?? 0)
    let queries = Array(head.queries[asked.lowerBound * dimension..<asked.upperBound * dimension])
    var shares = scores(queries, head.keys, asked.count, tokens)
    var elsewhere = scores(
      queries, Array(head.otherKeys[..<(others * dimension)]), asked.count, others)
    var parts = [Float](repeating: 1, count: asked.count)
    shares.withUnsafeMutableBufferPointer { shares in
      elsewhere.withUnsafeMutableBufferPointer { elsewhere in
        guard let own = shares.baseAddress else { return }
        for query in asked.indices {
          let row = query - asked.lowerBound
          let total = LinearAlgebra.softmax(own + row * tokens, count: tokens)
          guard others > 0, let start = elsewhere.baseAddress else { continue }
          let seen = min(head.seen[query], others)
          let line = start + row * others
          for index in seen..<others { line[index] = 0 }
          guard seen > 0 else { continue }
          let rest = LinearAlgebra.softmax(line, count: seen)
          parts[row] = 1 / (1 + (rest - total).exponential)
        }
      }
    }
    let other =
      others == 0
      ? [Float](repeating: 0, count: asked.count * dimension)
      : LinearAlgebra.product(
        elsewhere, Array(head.otherValues[..<(others * dimension)]), m: asked.count, n: dimension,
        k: others)
    return Attention(shares: shares, parts: parts, other: other)
  }

  private func scores(_ queries: [Float], _ keys: [Float], _ asked: Int, _ count: Int) -> [Float] {
    var scores = LinearAlgebra.product(
      queries, keys, m: asked, n: count, k: dimension, transposeB: true)
    for index in scores.indices { scores[index] *= scale }
    return scores
  }

  /// The largest share of all its attention that any query of a head gives each row.
  package func strengths(of head: Head) -> [Float] {
    let asked = head.queries.count / dimension
    var most = [Float](repeating: 0, count: head.keys.count / dimension)
    for start in stride(from: 0, to: asked, by: Self.block) {
      let some = strengths(attention(head, start..<min(asked, start + Self.block)))
      for row in most.indices { most[row] = max(most[row], some[row]) }
    }
    return most
  }

  /// The largest share of all its attention that any query gives each row.
  package func strengths(_ attention: Attention) -> [Float] {
    let tokens = attention.shares.count / max(1, attention.parts.count)
    var most = [Float](repeating: 0, count: tokens)
    attention.shares.withUnsafeBufferPointer { shares in
      most.withUnsafeMutableBufferPointer { most in
        for (query, part) in attention.parts.enumerated() {
          for token in 0..<tokens {
            most[token] = max(most[token], part * shares[query * tokens + token])
          }
        }
      }
    }
    return most
  }

  /// The attention that each row has from all queries together.
  package func usage(_ attention: Attention) -> [Float] {
    let tokens = attention.shares.count / max(1, attention.parts.count)
    return attention.parts.indices.reduce(into: [Float](repeating: 0, count: tokens)) {
      usage, query in
      for token in 0..<tokens {
        usage[token] += attention.parts[query] * attention.shares[query * tokens + token]
      }
    }
  }

  /// How much a head copies: the mean share of its attention that a query gives the row of the token that comes next; of
  /// the query heads that share the keys the one that copies most.
  ///
  /// - Parameter next: for each query of one query head that token's row; nil where none is known. The queries of the
  ///   others follow in the same order.
  package func copying(_ attention: Attention, next: [Int?]) -> Float {
    let tokens = attention.shares.count / max(1, attention.parts.count)
    let calls = next.enumerated().compactMap { query, row in row.map { (query, $0) } }
    guard !calls.isEmpty else { return 0 }
    return stride(from: 0, to: attention.parts.count, by: next.count).map { first in
      calls.reduce(Float(0)) { sum, call in
        let query = first + call.0
        return sum + attention.parts[query] * attention.shares[query * tokens + call.1]
      } / Float(calls.count)
    }.max() ?? 0
  }

  // MARK: - Fitting

  /// Rows as they are, each standing for its share of the tokens: the Compressive Transformer's "most used" (arXiv 1911.05507).
  package func unfitted(_ head: Head, rows: [Int]) -> Kept {
    let tokens = head.keys.count / dimension
    let share = (Float(tokens) / Float(max(1, rows.count))).logarithm
    return Kept(rows: rows, biases: rows.map { _ in share }, values: old(head, rows))
  }

  /// Biases and values for the rows that are kept.
  package func fitted(_ head: Head, _ attention: Attention, rows: [Int]) -> Kept {
    let tokens = head.keys.count / dimension
    guard rows.count < tokens, !rows.isEmpty else {
      return Kept(
        rows: rows, biases: [Float](repeating: 0, count: rows.count), values: old(head, rows))
    }
    let (asked, count) = (attention.parts.count, rows.count)
    // The attention on kept rows, [queries, count].
    var kept = [Float](repeating: 0, count: asked * count)
    for query in 0..<asked {
      for (index, row) in rows.enumerated() {
        kept[query * count + index] = attention.shares[query * tokens + row]
      }
    }
    let biases = biases(kept, asked: asked, count)
    let output = LinearAlgebra.product(
      attention.shares, head.values, m: asked, n: dimension, k: tokens)
    return Kept(
      rows: rows, biases: biases,
      values: fittedValues(
        kept, biases: biases, attention, output: output, from: old(head, rows), count))
  }

  private func old(_ head: Head, _ rows: [Int]) -> [Float] {
    rows.flatMap { head.values[$0 * dimension..<($0 + 1) * dimension] }
  }

  /// log w for the w within the box with which the kept rows have, for every query, the mass of all; the ridge draws them to 1.
  private func biases(_ kept: [Float], asked: Int, _ count: Int) -> [Float] {
    var gram = LinearAlgebra.product(
      kept, kept, m: count, n: count, k: asked, transposeA: true
    ).map(Double.init)
    let ridge = addRidge(Self.biasRidge, to: &gram, count)
    var right = [Double](repeating: ridge, count: count)
    for query in 0..<asked {
      for index in 0..<count { right[index] += Double(kept[query * count + index]) }
    }
    return BoxLeastSquares(gram: gram, right: right, box: Self.factors).solution
      .map { Float($0).logarithm }
  }

  /// Values with which the whole output, of the kept rows and of everything else, comes nearest to what it was, held to the
  /// old ones by the ridge.
  ///
  /// - Parameter output: of all rows, [queries, head dimension].
  private func fittedValues(
    _ kept: [Float], biases: [Float], _ attention: Attention, output: [Float], from old: [Float],
    _ count: Int
  ) -> [Float] {
    let factors = biases.map(\.exponential)
    var shares = kept
    var wanted = output
    for query in attention.parts.indices {
      var mass: Float = 0
      for index in 0..<count {
        shares[query * count + index] *= factors[index]
        mass += shares[query * count + index]
      }
      let part = attention.parts[query]
      // The part of all attention that the kept rows now have.
      let now = part * mass / (part * mass + 1 - part)
      guard mass > 0, now.isFinite else { continue }
      for index in 0..<count { shares[query * count + index] *= now / mass }
      for column in 0..<dimension {
        let place = query * dimension + column
        wanted[place] = part * output[place] + (now - part) * attention.other[place]
      }
    }
    var gram = LinearAlgebra.product(
      shares, shares, m: count, n: count, k: attention.parts.count, transposeA: true
    ).map(Double.init)
    let ridge = addRidge(valueRidge, to: &gram, count)
    var right = LinearAlgebra.product(
      shares, wanted, m: count, n: dimension, k: attention.parts.count, transposeA: true
    ).map(Double.init)
    for index in right.indices { right[index] += ridge * Double(old[index]) }
    guard let factor = Cholesky(gram, order: count) else { return old }
    factor.solve(&right, columns: dimension)
    return right.map(Float.init)
  }

  /// Adds to the diagonal a share of its mean; returns what was added.
  @discardableResult
  private func addRidge(_ share: Double, to gram: inout [Double], _ count: Int) -> Double {
    let mean = (0..<count).reduce(0) { $0 + gram[$1 * count + $1] } / Double(count)
    // Rows that no query looks at still have a solution.
    let ridge = max(share * mean, 1e-12)
    for index in 0..<count { gram[index * count + index] += ridge }
    return ridge
  }
}
