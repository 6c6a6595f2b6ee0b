import MemoryModules
import TestSupport
import Testing

/// The chunk form is the token loop, whatever the options.
@Suite("Neural memory: chunk form and token loop under every option")
struct ChunkFormOptionTests {
  /// A configuration drawn at random from all that is there.
  private func configuration(
    _ generator: inout TinyLlama.Generator
  ) -> NeuralConfiguration {
    var result = NeuralConfiguration(hiddenWidth: Int.random(in: 3...12, using: &generator))
    result.depth = Int.random(in: 1...4, using: &generator)
    result.heads = [1, 2, 4].randomElement(using: &generator) ?? 1
    result.expansion = Bool.random(using: &generator) ? 2 : nil
    result.activation =
      NeuralConfiguration.Activation.allCases.randomElement(using: &generator) ?? .silu
    result.loss = [.associative, .huber, .power].randomElement(using: &generator) ?? .huber
    result.keyFeatures = .init(
      monomials: .allCases.randomElement(using: &generator) ?? .powers,
      degree: Int.random(in: 1...3, using: &generator))
    result.omega = .init(
      window: Int.random(in: 1...5, using: &generator),
      decay: Float.random(in: 0...1, using: &generator))
    return result
  }

  @Test("Random options, chunks of 1 to 64, alpha and eta at their extremes", arguments: 0..<40)
  func equal(seed: Int) throws {
    var generator = TinyLlama.Generator(seed: UInt64(seed))
    let configuration = configuration(&generator)
    #expect(configuration.isSound)
    let (columns, outputs) = (8, 8)
    var fast = try #require(
      NeuralLearner(configuration, keyColumns: columns, outputs: outputs))
    for head in fast.heads.indices {
      for layer in fast.heads[head].shapes.indices {
        let count = fast.heads[head].shapes[layer].count
        fast.heads[head].difference.layers[layer] = generator.normal(count, deviation: 0.1)
        fast.heads[head].momentum.layers[layer] = generator.normal(count, deviation: 0.02)
      }
    }
    var slow = fast
    let rule = ErrorLoss(configuration.loss, power: configuration.errorPower)
    var leading = 0
    for count in [Int.random(in: 1...8, using: &generator), [1, 16, 64][seed % 3]] {
      let pairs = leading + count
      let keys = generator.normal(pairs * columns, deviation: 0.5)
      let queries = generator.normal(count * columns, deviation: 0.5)
      let weights = fast.weights
      let pass = fast.forward(keys, count: pairs, weights)
      var errors = zip(pass.output, generator.normal(pairs * outputs)).map { $0 - $1 }
      _ = rule.gradient(
        &errors, columns: outputs, deltas: [Float](repeating: 0.7, count: pairs))
      let deltas = fast.backward(errors, pass, count: pairs, weights)
      func draw(_ extremes: [Float], _ high: Float) -> [Float] {
        (0..<count).map { _ in
          Int.random(in: 0..<4, using: &generator) == 0
            ? extremes.randomElement(using: &generator) ?? 0
            : Float.random(in: 0...high, using: &generator)
        }
      }
      let gates = ChunkGates(
        alpha: draw([0, 1], 0.3), eta: draw([0, 1], 0.9), theta: draw([0], 0.05),
        isWritten: (0..<count).map { _ in Int.random(in: 0..<5, using: &generator) > 0 },
        omega: configuration.omega, leading: leading)
      let reads = fast.readWithinChunk(queries, gates, pass: pass, deltas: deltas)
      let reader = slow
      var tokenReads: [Float] = []
      fast.advance(gates, pass: pass, deltas: deltas)
      slow.advanceTokenwise(gates, pass: pass, deltas: deltas) { token, now in
        tokenReads +=
          reader.forward(
            Array(queries[token * columns..<(token + 1) * columns]), count: 1, now
          ).output
      }
      #expect(difference(tokenReads, reads) < 1e-5)
      for (one, other) in zip(slow.heads, fast.heads) {
        for layer in one.shapes.indices {
          #expect(
            difference(one.weights.layers[layer], other.weights.layers[layer]) < 1e-5)
          let scale = one.weights.layers[layer].reduce(Float(0)) { max($0, abs($1)) }
          let apart = zip(one.momentum.layers[layer], other.momentum.layers[layer])
            .reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
          #expect(apart < 1e-5 * max(scale, 1))
        }
      }
      leading = min(count, configuration.omega.window - 1)
      slow = fast
    }
  }

  @Test("Orthogonalised writes: kernel path and plain Swift", arguments: [1, 3, 16])
  func newtonSchulz(count: Int) throws {
    var configuration = NeuralConfiguration(hiddenWidth: 12)
    configuration.writeRule = .newtonSchulz
    var generator = TinyLlama.Generator(seed: 5)
    var fast = try #require(NeuralLearner(configuration, keyColumns: 8, outputs: 6))
    var slow = fast
    // A single token's write has rank one: its other singular values are rounding, which five steps multiply by 3.4445^5.
    let limit: Float = count == 1 ? 1e-4 : 1e-5
    for _ in 0..<3 {
      let weights = fast.weights
      let pass = fast.forward(generator.normal(count * 8), count: count, weights)
      let deltas = fast.backward(generator.normal(count * 6), pass, count: count, weights)
      let gates = ChunkGates(
        alpha: [Float](repeating: 0.01, count: count), eta: [Float](repeating: 0.5, count: count),
        theta: [Float](repeating: 0.05, count: count))
      fast.advance(gates, pass: pass, deltas: deltas)
      slow.advanceTokenwise(gates, pass: pass, deltas: deltas)
      for layer in 0..<2 {
        #expect(
          difference(
            slow.heads[0].weights.layers[layer], fast.heads[0].weights.layers[layer]) < limit)
      }
      slow = fast
    }
  }

  @Test("An orthogonalised write has nearly equal singular values and the surprise's length")
  func spectrum() {
    var generator = TinyLlama.Generator(seed: 6)
    for shape in [NeuralWeights.Shape(rows: 6, columns: 10), .init(rows: 10, columns: 6)] {
      // Two strong directions among weak ones.
      var matrix = generator.normal(shape.count, deviation: 0.1)
      for column in 0..<shape.columns { matrix[column] += 3 }
      let before = matrix.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
      var slow = matrix
      NewtonSchulz.orthogonalize(&matrix, shape)
      NewtonSchulz.orthogonalizeReference(&slow, shape)
      #expect(difference(slow, matrix) < 1e-4)
      let after = matrix.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(after - before) < 1e-4 * before)
      // Rows of the short side: lengths that were far apart are now within Muon's 0.7 to 1.2.
      let n = min(shape.rows, shape.columns)
      let isTall = shape.rows > shape.columns
      let lengths = (0..<n).map { index in
        (0..<max(shape.rows, shape.columns)).reduce(Float(0)) { sum, other in
          let value =
            isTall
            ? matrix[other * shape.columns + index] : matrix[index * shape.columns + other]
          return sum + value * value
        }.squareRoot()
      }
      let highest = lengths.max() ?? 0
      let lowest = lengths.min() ?? 0
      #expect(lowest > 0.4 * highest)
    }
    var zeros = [Float](repeating: 0, count: 12)
    NewtonSchulz.orthogonalize(&zeros, .init(rows: 3, columns: 4))
    #expect(zeros.allSatisfy { $0 == 0 })
  }
}
