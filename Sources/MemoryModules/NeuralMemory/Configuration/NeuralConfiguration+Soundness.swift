extension NeuralConfiguration {
  /// Whether every value is in range.
  public var isSound: Bool {
    (1...4).contains(depth) && (1...65_536).contains(hiddenWidth)
      && expansion.map { $0.isFinite && $0 > 0 && $0 <= 64 } ?? true
      && (1...256).contains(heads) && (1...4096).contains(chunkLength)
      && [learningRate, momentum, forget, huberDelta].allSatisfy(\.isSound)
      && momentum.base <= 1 && forget.base <= 1 && huberDelta.base > 0
      && errorPower.isFinite && (1...8).contains(errorPower)
      && trust.isFinite && trust > 0
      && referenceSurprisal.isFinite && referenceSurprisal > 0 && decodingScale.isFinite
      && omega.isSound && keyFeatures.isSound && threshold.map(\.least.isFinite) ?? true
      && isWiringSound && isCompanionSound && weights.isSound
  }

  private var isCompanionSound: Bool {
    guard let other = companion.first else { return true }
    return companion.count == 1 && wiring == nil && other.wiring != nil && other.isSound
  }

  /// Inside the forward pass nobody knows yet what follows: neither the next token's loss nor its surprisal.
  private var isWiringSound: Bool {
    guard let wiring else { return true }
    return wiring.isSound && loss != .nextToken && threshold?.measure != .surprisal
  }

  /// The shape of each head's MLP.
  ///
  /// - Returns: nil when the columns do not divide among the heads, or the weights would not fit any memory (more than
  ///   2^28 values).
  package func headShapes(keyColumns: Int, outputs: Int) -> [NeuralWeights.Shape]? {
    guard heads > 0, keyColumns > 0, keyColumns.isMultiple(of: heads), outputs.isMultiple(of: heads)
    else { return nil }
    let columns = keyColumns / heads
    let hidden = expansion.map { max(1, Int(($0 * Float(columns)).rounded())) } ?? hiddenWidth
    guard let input = keyFeatures.columns(columns), hidden <= 1 << 17 else { return nil }
    let shapes = NeuralWeights.shapes(
      input: input, hidden: hidden, output: outputs / heads, depth: depth)
    return shapes.reduce(0) { $0 + $1.count } * heads <= 1 << 28 ? shapes : nil
  }
}

extension NeuralConfiguration.Omega {
  var isSound: Bool { (1...4096).contains(window) && decay.isFinite && (0...1).contains(decay) }
}

extension NeuralConfiguration.KeyFeatures {
  var isSound: Bool {
    (1...4).contains(degree)
      && (coefficients.map { $0.count == degree && $0.allSatisfy(\.isFinite) } ?? true)
  }

  /// a_1 ... a_p.
  var weights: [Float] {
    if let coefficients { return coefficients }
    var factorial: Float = 1
    return (1...degree).map { power in
      factorial *= Float(power)
      return 1 / factorial
    }
  }

  /// The features of a key of so many columns; nil beyond 65 536.
  func columns(_ input: Int) -> Int? {
    guard degree > 1 else { return input }
    var total = 0
    var ofDegree = 1
    for power in 1...degree {
      // choose(input + power - 1, power) monomials of that degree
      let (product, overflow) = ofDegree.multipliedReportingOverflow(by: input + power - 1)
      guard !overflow else { return nil }
      ofDegree = product / power
      total += monomials == .products ? ofDegree : input
      guard total <= 65_536 else { return nil }
    }
    return total
  }
}
