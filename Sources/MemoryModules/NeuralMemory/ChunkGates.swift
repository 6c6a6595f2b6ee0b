/// Per-token gates of one chunk and the scalars of Titans' chunk form that follow from them.
///
/// With the gradient taken at the anchor for the whole chunk, momentum S and weights D (as the difference to M_0) after
/// token i are
///
///     S_i = m_i S - sum_j n_ij u_j           D_i = beta_i D + f_i S - sum_j G_ij u_j
///
/// with u_j the gradient at token j. Division-free, so exact for alpha = 1 and eta = 0.
package struct ChunkGates {
  package let alpha: [Float]
  package let eta: [Float]
  package let theta: [Float]

  /// Gates of one chunk, one value per token each.
  package init(alpha: [Float], eta: [Float], theta: [Float]) {
    self.alpha = alpha
    self.eta = eta
    self.theta = theta
  }

  /// The scalars after the last token.
  package struct Totals {
    package var beta: Float = 1
    package var f: Float = 0
    package var m: Float = 1
    package var n: [Float]  // [count]
    package var g: [Float]  // [count]
  }

  package var count: Int { theta.count }

  /// Runs the recurrences; `visit` sees the scalars after each token.
  @discardableResult
  package func scan(_ visit: (Int, Totals) -> Void = { _, _ in }) -> Totals {
    var totals = Totals(
      n: [Float](repeating: 0, count: count), g: [Float](repeating: 0, count: count))
    for i in 0..<count {
      totals.beta *= 1 - alpha[i]
      totals.m *= eta[i]
      totals.f = (1 - alpha[i]) * totals.f + totals.m
      for j in 0..<i {
        totals.n[j] *= eta[i]
        totals.g[j] = (1 - alpha[i]) * totals.g[j] + totals.n[j]
      }
      totals.n[i] = theta[i]
      totals.g[i] = theta[i]
      visit(i, totals)
    }
    return totals
  }
}
