extension NeuralConfiguration.KeyFeatures {
  /// phi of rows of keys (ATLAS, arXiv 2505.23735, section 3.2).
  ///
  /// - Parameter keys: [count, columns].
  /// - Returns: [count, columns(columns)], degrees one after the other.
  package func apply(_ keys: [Float], count: Int, columns: Int) -> [Float] {
    guard degree > 1, count > 0 else { return keys }
    if monomials == .products, degree <= 3 {
      return products(keys, count: count, columns: columns)
    }
    return applyReference(keys, count: count, columns: columns)
  }

  /// All products up to degree 3, a row of running products at a time.
  private func products(_ keys: [Float], count: Int, columns: Int) -> [Float] {
    let weights = weights
    let size = self.columns(columns) ?? columns
    // The square root of the number of arrangements: of i = j, of i < j; of three alike, of two, of none.
    let two: [Float] = [1, Float(2).squareRoot()]
    let three: [Float] = [1, Float(3).squareRoot(), Float(6).squareRoot()]
    return [Float](unsafeUninitializedCapacity: count * size) { buffer, filled in
      keys.withUnsafeBufferPointer { keys in
        guard let source = keys.baseAddress, var out = buffer.baseAddress else { return }
        for row in 0..<count {
          let key = source + row * columns
          for i in 0..<columns { out[i] = weights[0] * key[i] }
          out += columns
          for i in 0..<columns {
            let first = weights[1] * key[i]
            out[0] = two[0] * first * key[i]
            let scaled = two[1] * first
            for j in (i + 1)..<max(i + 1, columns) { out[j - i] = scaled * key[j] }
            out += columns - i
          }
          guard degree == 3 else { continue }
          for i in 0..<columns {
            for j in i..<columns {
              let pair = weights[2] * key[i] * key[j]
              // l = j, then l > j
              out[0] = (i == j ? three[0] : three[1]) * pair * key[j]
              let scaled = (i == j ? three[1] : three[2]) * pair
              for l in (j + 1)..<max(j + 1, columns) { out[l - j] = scaled * key[l] }
              out += columns - j
            }
          }
        }
      }
      filled = count * size
    }
  }

  /// The same one monomial at a time, for any degree; the reference of the fast form.
  package func applyReference(_ keys: [Float], count: Int, columns: Int) -> [Float] {
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
