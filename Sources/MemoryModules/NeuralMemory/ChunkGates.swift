/// Per-token gates of one chunk and the scalars of Titans' chunk form that follow from them.
///
/// With the gradient taken at the anchor for the whole chunk, momentum S and weights D (as the difference to M_0) after
/// token i are
///
///     S_i = m_i S - sum_j n_ij u_j           D_i = beta_i D + f_i S - sum_j G_ij u_j
///
/// with u_j the gradient at token j. Division-free, so exact for alpha = 1 and eta = 0.
struct ChunkGates {
  let alpha: [Float]
  let eta: [Float]
  let theta: [Float]

  /// The scalars after the last token.
  struct Totals {
    var beta: Float = 1
    var f: Float = 0
    var m: Float = 1
    var n: [Float]  // [count]
    var g: [Float]  // [count]
  }

  var count: Int { theta.count }

  /// Runs the recurrences; `visit` sees the scalars after each token.
  @discardableResult
  func scan(_ visit: (Int, Totals) -> Void = { _, _ in }) -> Totals {
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
