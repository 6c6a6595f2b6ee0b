import Tensors

/// Attention Matching (arXiv 2602.16284): few rows in place of many, of which attention makes about the same.
///
/// For one key/value head: the keys with the most attention from reference queries are kept; a log bias for each, by
/// non-negative least squares, gives the kept ones the mass that all had; values, by least squares, make attention over the kept
/// rows the output that it had over all.
package struct AttentionMatching {
  /// The kept rows of a head.
  package struct Kept: Sendable, Equatable {
    /// Which rows were kept, ascending.
    package var rows: [Int]
    /// Added to the score of each.
    package var biases: [Float]
    /// The value of each, [rows, head dimension].
    package var values: [Float]
  }

  /// Values per head.
  let dimension: Int
  /// Scores are dot products times this.
  let scale: Float

  /// Ridge of both fits, relative to the mean of the diagonal.
  private static let ridge = 1e-3
  /// Biases are held between these: a kept row stands for at most some thousand tokens.
  private static let biasRange: ClosedRange<Float> = -6...8

  package init(dimension: Int, scale: Float) {
    self.dimension = dimension
    self.scale = scale
  }

  /// Chooses and fits the rows of one head.
  ///
  /// - Parameters:
  ///   - keys: rotated to their positions, [tokens, head dimension].
  ///   - values: [tokens, head dimension].
  ///   - queries: rotated to theirs, of all query heads that share the keys, [queries, head dimension].
  ///   - count: rows to keep.
  ///   - fits: whether biases and values are fitted. Otherwise the rows with the most attention in all are kept as they are
  ///     (the Compressive Transformer's "most used", arXiv 1911.05507), with the log of the tokens for a row as bias.
  package func compacted(
    keys: [Float], values: [Float], queries: [Float], to count: Int, fits: Bool = true
  ) -> Kept {
    let tokens = keys.count / dimension
    let asked = queries.count / dimension
    guard count < tokens, asked > 0 else {
      return Kept(
        rows: Array(0..<tokens), biases: [Float](repeating: 0, count: tokens), values: values)
    }
    let shares = attention(queries, keys, asked, tokens)
    let rows = strongest(shares, asked, tokens, count: count, byLargest: fits)
    let old = rows.flatMap { values[$0 * dimension..<($0 + 1) * dimension] }
    guard fits else {
      let share = (Float(tokens) / Float(count)).logarithm
      return Kept(rows: rows, biases: rows.map { _ in share }, values: old)
    }
    // The attention on kept rows, [queries, count].
    var kept = [Float](repeating: 0, count: asked * count)
    for query in 0..<asked {
      for (index, row) in rows.enumerated() {
        kept[query * count + index] = shares[query * tokens + row]
      }
    }
    let biases = biases(kept, asked, count)
    let output = LinearAlgebra.product(shares, values, m: asked, n: dimension, k: tokens)
    return Kept(
      rows: rows, biases: biases,
      values: fitted(kept, biases: biases, to: output, from: old, asked, count))
  }

  /// softmax(q k scale), [queries, tokens].
  private func attention(
    _ queries: [Float], _ keys: [Float], _ asked: Int, _ tokens: Int
  ) -> [Float] {
    var scores = LinearAlgebra.product(
      queries, keys, m: asked, n: tokens, k: dimension, transposeB: true)
    scores.withUnsafeMutableBufferPointer { scores in
      guard let start = scores.baseAddress else { return }
      for index in scores.indices { scores[index] *= scale }
      for query in 0..<asked {
        _ = LinearAlgebra.softmax(start + query * tokens, count: tokens)
      }
    }
    return scores
  }

  /// The rows with the largest share that any query gives them, or that all do together, ascending; of equal ones the
  /// earlier.
  private func strongest(
    _ shares: [Float], _ asked: Int, _ tokens: Int, count: Int, byLargest: Bool
  ) -> [Int] {
    var score = [Float](repeating: 0, count: tokens)
    for query in 0..<asked {
      for token in 0..<tokens {
        let share = shares[query * tokens + token]
        score[token] = byLargest ? max(score[token], share) : score[token] + share
      }
    }
    return (0..<tokens).sorted { (-score[$0], $0) < (-score[$1], $1) }.prefix(count).sorted()
  }

  /// log w for the w >= 0 with which the kept rows have, for every query, the mass of all.
  private func biases(_ kept: [Float], _ asked: Int, _ count: Int) -> [Float] {
    var gram = LinearAlgebra.product(
      kept, kept, m: count, n: count, k: asked, transposeA: true
    ).map(Double.init)
    addRidge(to: &gram, count)
    var right = [Double](repeating: 0, count: count)
    for query in 0..<asked {
      for index in 0..<count { right[index] += Double(kept[query * count + index]) }
    }
    return NonNegativeLeastSquares(gram: gram, right: right).solution.map {
      min(max(Float($0).logarithm, Self.biasRange.lowerBound), Self.biasRange.upperBound)
    }
  }

  /// Values with which attention over the kept rows comes nearest to `output`, held to the old ones by the ridge.
  private func fitted(
    _ kept: [Float], biases: [Float], to output: [Float], from old: [Float], _ asked: Int,
    _ count: Int
  ) -> [Float] {
    let factors = biases.map(\.exponential)
    var shares = kept
    for query in 0..<asked {
      var mass: Float = 0
      for index in 0..<count {
        shares[query * count + index] *= factors[index]
        mass += shares[query * count + index]
      }
      guard mass > 0 else { continue }
      for index in 0..<count { shares[query * count + index] /= mass }
    }
    var gram = LinearAlgebra.product(
      shares, shares, m: count, n: count, k: asked, transposeA: true
    ).map(Double.init)
    let ridge = addRidge(to: &gram, count)
    var right = LinearAlgebra.product(
      shares, output, m: count, n: dimension, k: asked, transposeA: true
    ).map(Double.init)
    for index in right.indices { right[index] += ridge * Double(old[index]) }
    guard let factor = Cholesky(gram, order: count) else { return old }
    factor.solve(&right, columns: dimension)
    return right.map(Float.init)
  }

  /// Adds to the diagonal a share of its mean; returns what was added.
  @discardableResult
  private func addRidge(to gram: inout [Double], _ count: Int) -> Double {
    let mean = (0..<count).reduce(0) { $0 + gram[$1 * count + $1] } / Double(count)
    let ridge = max(Self.ridge * mean, 1e-12)
    for index in 0..<count { gram[index * count + index] += ridge }
    return ridge
  }
}
