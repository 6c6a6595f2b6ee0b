import Foundation
import Tensors

/// Rows of features with the log-probabilities of the token that followed under the plain model and the memory.
package struct GateRows: Sendable {
  package var inputs: Int
  package var features: [Float] = []  // [count, inputs]
  package var base: [Float] = []  // log-probabilities, [count]
  /// Log-probabilities; -infinity where no entry has the token, [count]
  package var memory: [Float] = []
  package var weights: [Float] = []  // [count]

  package var count: Int { base.count }

  package init(inputs: Int) { self.inputs = inputs }

  /// Mean negative log-likelihood of the mixtures with these gates, nats.
  package func loss(_ gates: [Float]) -> Double {
    var (total, weight) = (0.0, 0.0)
    for row in 0..<count {
      let g = Double(gates[row])
      let mixed =
        g > 0
        ? (1 - g) * exp(Double(base[row])) + g * exp(Double(memory[row])) : exp(Double(base[row]))
      total -= Double(weights[row]) * log(max(mixed, 1e-30))
      weight += Double(weights[row])
    }
    return weight > 0 ? total / weight : 0
  }

  /// The constant gate with the best likelihood, by expectation maximisation.
  package func constantGate() -> Float {
    var g = 0.2
    for _ in 0..<60 {
      var (share, weight) = (0.0, 1e-12)
      for row in 0..<count {
        let memory = g * exp(Double(memory[row]))
        let base = (1 - g) * exp(Double(base[row]))
        share += Double(weights[row]) * memory / max(1e-30, memory + base)
        weight += Double(weights[row])
      }
      g = min(0.999, share / weight)
    }
    return Float(g)
  }
}

extension GateNetwork {
  /// Fits a network to the likelihood of held-out tokens under the mixture (He et al. 2021), Adam on mini-batches; the
  /// state with the lowest loss on `selection` is kept.
  ///
  /// - Parameters:
  ///   - openness: L1 penalty on the gate (0.05 as published).
  package static func fit(
    _ rows: GateRows, selection: GateRows, openness: Float = 0.05, epochs: Int = 24
  ) -> GateNetwork {
    var network = initial(rows)
    guard rows.count > 0 else { return network }
    let normal = network.normalised(rows.features)
    var optimiser = Adam(count: network.flat.count)
    var random = SplitMix64(seed: 17)
    var best = (loss: Double.infinity, network: network)
    let batch = 128
    var order = Array(0..<rows.count)
    let mean = rows.weights.reduce(0) { $0 + Double($1) } / Double(rows.count)
    for epoch in 0..<epochs {
      for index in stride(from: order.count - 1, to: 0, by: -1) {
        order.swapAt(index, Int(random.next() % UInt64(index + 1)))
      }
      let rate: Float = epoch < epochs / 2 ? 2e-3 : epoch < epochs * 3 / 4 ? 7e-4 : 2e-4
      for start in stride(from: 0, to: order.count, by: batch) {
        let part = order[start..<min(order.count, start + batch)]
        let gradient = network.gradient(
          normal, rows, part, openness: openness, mean: Float(max(1e-12, mean)))
        network.flat = optimiser.step(network.flat, gradient, rate: rate, decay: 1e-4)
      }
      let judged = selection.count > 0 ? selection : rows
      let gates = network.openings(judged.features, rows: judged.count)
      let cost =
        judged.loss(gates)
        + Double(openness) * gates.reduce(0) { $0 + Double($1) } / Double(judged.count) * 0.1
      if cost < best.loss { best = (cost, network) }
    }
    return best.network
  }

  private static func initial(_ rows: GateRows) -> GateNetwork {
    let n = rows.inputs
    var (sum, square) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: n))
    for (index, value) in rows.features.enumerated() where value.isFinite {
      sum[index % n] += Double(value)
      square[index % n] += Double(value) * Double(value)
    }
    let count = Double(max(1, rows.count))
    let mean = sum.map { $0 / count }
    let scale = zip(square, mean).map { max(1e-3, ($0 / count - $1 * $1).squareRoot()) }
    var random = SplitMix64(seed: 5)
    let spread = 1 / Float(n).squareRoot()
    return GateNetwork(
      mean: mean.map { Float($0) }, scale: scale.map { $0.isFinite ? Float($0) : 1 },
      first: (0..<n * hiddenUnits).map { _ in random.symmetric() * spread },
      firstBias: [Float](repeating: 0, count: hiddenUnits),
      second: (0..<hiddenUnits).map { _ in random.symmetric() * 0.1 },
      direct: [Float](repeating: 0, count: n), bias: -2)
  }

  /// Trained parameters in one row: first, firstBias, second, direct, bias.
  private var flat: [Float] {
    get { first + firstBias + second + direct + [bias] }
    set {
      var rest = newValue[...]
      func take(_ count: Int) -> [Float] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
      }
      let (inputs, hidden) = (inputs, hidden)
      first = take(inputs * hidden)
      firstBias = take(hidden)
      second = take(hidden)
      direct = take(inputs)
      bias = take(1)[0]
    }
  }

  /// The gradient of the loss over some rows, in the order of `flat`.
  private func gradient(
    _ normal: [Float], _ rows: GateRows, _ part: ArraySlice<Int>, openness: Float, mean: Float
  ) -> [Float] {
    let (n, h, count) = (inputs, hidden, part.count)
    var x: [Float] = []
    x.reserveCapacity(count * n)
    for row in part { x.append(contentsOf: normal[row * n..<(row + 1) * n]) }
    let (units, output) = forward(x, rows: count)
    var slopes = [Float](repeating: 0, count: count)  // in the log-odds
    for (place, row) in part.enumerated() {
      let g = 1 / (1 + exp(-output[place]))
      let shift = max(rows.base[row], rows.memory[row])
      let (base, memory) = (exp(rows.base[row] - shift), exp(rows.memory[row] - shift))
      let mixed = max(1e-12, (1 - g) * base + g * memory)
      slopes[place] =
        rows.weights[row] / mean / Float(count) * (openness - (memory - base) / mixed) * g * (1 - g)
    }
    var inner = [Float](repeating: 0, count: count * h)
    var second = [Float](repeating: 0, count: h)
    var firstBias = [Float](repeating: 0, count: h)
    for place in 0..<count {
      for unit in 0..<h {
        let value = units[place * h + unit]
        second[unit] += slopes[place] * value
        inner[place * h + unit] = slopes[place] * self.second[unit] * (1 - value * value)
        firstBias[unit] += inner[place * h + unit]
      }
    }
    let first = LinearAlgebra.product(inner, x, m: h, n: n, k: count, transposeA: true)
    let direct = LinearAlgebra.product(slopes, x, m: 1, n: n, k: count)
    return first + firstBias + second + direct + [slopes.reduce(0, +)]
  }
}
