extension NeuralConfiguration.KeyFeatures {
  /// phi of rows of keys (ATLAS, arXiv 2505.23735, section 3.2).
  ///
  /// - Parameter keys: [count, columns].
  /// - Returns: [count, columns(columns)], degrees one after the other.
  package func apply(_ keys: [Float], count: Int, columns: Int) -> [Float] {
    guard degree > 1, count > 0 else { return keys }
    let weights = weights
    var result: [Float] = []
    result.reserveCapacity(count * (self.columns(columns) ?? columns))
    for row in 0..<count {
      let key = Array(keys[row * columns..<(row + 1) * columns])
      switch monomials {
      case .powers:
        var power = key
        for order in 0..<degree {
          if order > 0 { for index in key.indices { power[index] *= key[index] } }
          for value in power { result.append(weights[order] * value) }
        }
      case .products:
        for order in 1...degree {
          monomials(of: key, order: order, scale: weights[order - 1], into: &result)
        }
      }
    }
    return result
  }

  /// All products of `order` columns i <= j <= ..., each times the square root of its number of arrangements.
  private func monomials(
    of key: [Float], order: Int, scale: Float, into result: inout [Float]
  ) {
    var indices = [Int](repeating: 0, count: order)
    let arrangements = (1...order).reduce(1, *)
    while true {
      var product = scale
      var repeats = 1
      var run = 1
      for place in indices.indices {
        product *= key[indices[place]]
        run = place > 0 && indices[place] == indices[place - 1] ? run + 1 : 1
        repeats *= run
      }
      result.append(product * Float(arrangements / repeats).squareRoot())
      // The next non-decreasing sequence.
      guard let place = indices.lastIndex(where: { $0 < key.count - 1 }) else { return }
      let next = indices[place] + 1
      for index in place..<order { indices[index] = next }
    }
  }
}
