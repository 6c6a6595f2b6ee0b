import MemoryModules
import TestSupport
import Testing

/// The chunk form is the token loop, whatever the gates.
@Suite("Neural memory: chunk form and token loop")
struct ChunkFormTests {
  /// Gates of one flavour for a chunk.
  enum Flavour: String, CaseIterable, Sendable {
    case random, allForgotten, nothingForgotten, noMomentum, fullMomentum, noSteps, mixed

    func gates(_ count: Int, _ generator: inout TinyLlama.Generator) -> ChunkGates {
      func uniform(_ high: Float) -> [Float] {
        (0..<count).map { _ in Float.random(in: 0...high, using: &generator) }
      }
      func constant(_ value: Float) -> [Float] { [Float](repeating: value, count: count) }
      var (alpha, eta, theta) = (uniform(0.3), uniform(0.9), uniform(0.1))
      switch self {
      case .random: break
      case .allForgotten: alpha = constant(1)
      case .nothingForgotten: alpha = constant(0)
      case .noMomentum: eta = constant(0)
      case .fullMomentum: eta = constant(1)
      case .noSteps: theta = constant(0)
      case .mixed:
        for index in alpha.indices {
          alpha[index] = [0, 1, 0.1][index % 3]
          eta[index] = [0.5, 0, 1][index / 2 % 3]
        }
      }
      return ChunkGates(alpha: alpha, eta: eta, theta: theta)
    }
  }

  @Test("Equal to 1e-5 for chunks of 1 to 64", arguments: Flavour.allCases, [1, 2, 3, 4])
  func equal(flavour: Flavour, depth: Int) {
    for count in [1, 2, 5, 16, 33, 64] {
      var generator = TinyLlama.Generator(seed: UInt64(count * 10 + depth))
      let shapes = NeuralWeights.shapes(input: 12, hidden: 20, output: 8, depth: depth)
      var fast = NeuralCore(shapes: shapes, seed: 3)
      for layer in shapes.indices {
        fast.difference.layers[layer] = generator.normal(shapes[layer].count, deviation: 0.1)
        fast.momentum.layers[layer] = generator.normal(shapes[layer].count, deviation: 0.02)
      }
      var slow = fast
      let keys = generator.normal(count * 12, deviation: 0.3)
      let queries = generator.normal(count * 12, deviation: 0.3)
      let weights = fast.weights
      let pass = NeuralCore.forward(keys, count: count, weights)
      let deltas = NeuralCore.backward(
        generator.normal(count * 8), pass, count: count, weights)
      let gates = flavour.gates(count, &generator)
      let reads = fast.readWithinChunk(queries, gates, pass: pass, deltas: deltas)
      fast.advance(gates, pass: pass, deltas: deltas)
      var tokenReads: [Float] = []
      slow.advanceTokenwise(gates, pass: pass, deltas: deltas) { token, now in
        tokenReads +=
          NeuralCore.forward(Array(queries[token * 12..<(token + 1) * 12]), count: 1, now).output
      }
      #expect(difference(tokenReads, reads) < 1e-5, "chunk of \(count)")
      for layer in shapes.indices {
        #expect(
          difference(slow.weights.layers[layer], fast.weights.layers[layer]) < 1e-5,
          "chunk of \(count)")
        let scale = slow.weights.layers[layer].reduce(Float(0)) { max($0, abs($1)) }
        let apart = zip(slow.momentum.layers[layer], fast.momentum.layers[layer])
          .reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
        #expect(apart < 1e-5 * scale, "chunk of \(count)")
      }
    }
  }

  @Test("Forgetting everything returns to M_0, not to zero")
  func decaysToInitial() {
    let shapes = NeuralWeights.shapes(input: 6, hidden: 9, output: 4, depth: 2)
    var generator = TinyLlama.Generator(seed: 1)
    var core = NeuralCore(shapes: shapes, seed: 3)
    for layer in shapes.indices {
      core.difference.layers[layer] = generator.normal(shapes[layer].count)
    }
    let pass = NeuralCore.forward(generator.normal(6), count: 1, core.weights)
    let deltas = NeuralCore.backward([0, 0, 0, 0], pass, count: 1, core.weights)
    let distance = { (core: NeuralCore) -> Float in
      core.difference.layers.joined().reduce(Float(0)) { max($0, abs($1)) }
    }
    let before = distance(core)
    core.advance(.init(alpha: [0.5], eta: [0], theta: [0]), pass: pass, deltas: deltas)
    #expect(abs(distance(core) - before / 2) < 1e-6)
    core.advance(.init(alpha: [1], eta: [0], theta: [0]), pass: pass, deltas: deltas)
    #expect(core.weights == core.initial)
    #expect(core.initial.layers[0].contains { $0 != 0 })
  }
}
