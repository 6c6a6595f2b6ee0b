/// Per-token gates of one chunk and the scalars of Titans' chunk form that follow from them.
///
/// With the gradient taken at the anchor for the whole chunk, momentum S and weights D (as the difference to M_0) after
/// token i are
///
///     S_i = m_i S - sum_j n_ij u_j           D_i = beta_i D + f_i S - sum_j G_ij u_j
///
/// with u_j the gradient at pair j. Division-free, so exact for alpha = 1 and eta = 0. Under the Omega rule a step sums
/// the gradients of a window of pairs, which reaches back into the `leading` pairs before the chunk. A token that is not
/// written changes nothing at all: neither decay nor momentum move.
package struct ChunkGates {
  package let alpha: [Float]
  package let eta: [Float]
  package let theta: [Float]
  /// Whether each token is written, [count].
  package let isWritten: [Bool]
  /// The window of one step.
  package let omega: NeuralConfiguration.Omega
  /// Pairs before the chunk that its windows reach back to.
  package let leading: Int

  /// Gates of one chunk, one value per token each.
  package init(
    alpha: [Float], eta: [Float], theta: [Float], isWritten: [Bool]? = nil,
    omega: NeuralConfiguration.Omega = .init(), leading: Int = 0
  ) {
    self.alpha = alpha
    self.eta = eta
    self.theta = theta
    self.isWritten = isWritten ?? [Bool](repeating: true, count: theta.count)
    self.omega = omega
    self.leading = leading
  }

  /// The scalars after the last token.
  package struct Totals {
    package var beta: Float = 1
    package var f: Float = 0
    package var m: Float = 1
    package var n: [Float]  // [pairs]
    package var g: [Float]  // [pairs]
  }

  /// Tokens of the chunk.
  package var count: Int { theta.count }
  /// Pairs whose gradients take part: the leading ones, then the chunk's.
  package var pairs: Int { leading + count }

  /// The pairs token `i` steps on and their weights, oldest first.
  package func window(of i: Int) -> [(pair: Int, weight: Float)] {
    var result: [(pair: Int, weight: Float)] = []
    var weight: Float = 1
    var pair = leading + i
    while pair >= 0, result.count < omega.window {
      result.append((pair, weight))
      weight *= omega.decay
      pair -= 1
    }
    return result.reversed()
  }

  /// Runs the recurrences; `visit` sees the scalars after each token.
  @discardableResult
  package func scan(_ visit: (Int, Totals) -> Void = { _, _ in }) -> Totals {
    var totals = Totals(
      n: [Float](repeating: 0, count: pairs), g: [Float](repeating: 0, count: pairs))
    for i in 0..<count {
      if isWritten[i] { advance(&totals, to: i) }
      visit(i, totals)
    }
    return totals
  }

  private func advance(_ totals: inout Totals, to i: Int) {
    totals.beta *= 1 - alpha[i]
    totals.m *= eta[i]
    totals.f = (1 - alpha[i]) * totals.f + totals.m
    for j in 0..<leading + i { totals.n[j] *= eta[i] }
    if omega.window == 1 {
      totals.n[leading + i] = theta[i]
    } else {
      for (pair, weight) in window(of: i) { totals.n[pair] += theta[i] * weight }
    }
    for j in 0...leading + i {
      totals.g[j] = (1 - alpha[i]) * totals.g[j] + totals.n[j]
    }
  }
}
