import Foundation
import MemoryModules
import Testing

/// Every option of the learner against vectors made in float64 by `Tools/golden/neural_options.py`.
@Suite("Neural memory: golden vectors of its options")
struct GoldenOptionTests {
  struct Golden: Decodable, CustomTestStringConvertible {
    struct Expected: Decodable {
      var difference: [[[Float]]]
      var momentum: [[[Float]]]
      var reads: [Float]
      var losses: [Float]
    }
    var name: String
    var heads: Int
    var depth: Int
    var activation: NeuralConfiguration.Activation
    var loss: NeuralConfiguration.Loss
    var monomials: NeuralConfiguration.KeyFeatures.Monomials
    var degree: Int
    var window: Int
    var decay: Float
    var write: NeuralConfiguration.WriteRule
    var chunk: Int
    var sizes: [Int]
    var power: Float
    var initial: [[[Float]]]
    var difference: [[[Float]]]
    var momentum: [[[Float]]]
    var keys: [Float]
    var queries: [Float]
    var values: [Float]
    var alpha: [Float]
    var eta: [Float]
    var theta: [Float]
    var delta: [Float]
    var written: [Bool]
    var expected: Expected
    var testDescription: String { name }

    var count: Int { alpha.count }
    var keyColumns: Int { keys.count / count }
    var outputs: Int { values.count / count }

    /// A learner in the state the vectors begin with.
    func learner() throws -> NeuralLearner {
      var configuration = NeuralConfiguration(hiddenWidth: sizes.count > 2 ? sizes[1] : 1)
      configuration.heads = heads
      configuration.depth = depth
      configuration.activation = activation
      configuration.loss = loss
      configuration.keyFeatures = .init(monomials: monomials, degree: degree)
      configuration.writeRule = write
      #expect(configuration.isSound)
      var learner = try #require(
        NeuralLearner(configuration, keyColumns: keyColumns, outputs: outputs))
      for head in 0..<heads {
        #expect(learner.heads[head].shapes.map(\.rows) == Array(sizes.dropLast()))
        learner.heads[head].initial.layers = initial[head]
        learner.heads[head].difference.layers = difference[head]
        learner.heads[head].momentum.layers = momentum[head]
      }
      return learner
    }
  }

  static let all = Result {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/neural-options", withExtension: "json"))
    return try JSONDecoder().decode([Golden].self, from: Data(contentsOf: url))
  }

  @Test("There is one of each")
  func cases() throws {
    let all = try Self.all.get()
    #expect(Set(all.map(\.activation)) == Set(NeuralConfiguration.Activation.allCases))
    #expect(Set(all.map(\.write)) == Set(NeuralConfiguration.WriteRule.allCases))
    #expect(
      Set(all.map(\.loss)) == Set(NeuralConfiguration.Loss.allCases).subtracting([.nextToken]))
    #expect(all.contains { $0.heads > 1 } && all.contains { $0.window > 1 })
  }

  @Test("Chunk form", arguments: try all.get())
  func chunkForm(golden: Golden) throws {
    try check(golden) { learner, gates, pass, deltas, queries in
      // An orthogonalised write has no closed form for reads inside the chunk.
      let reads =
        golden.write == .gradient
        ? learner.readWithinChunk(queries, gates, pass: pass, deltas: deltas) : nil
      learner.advance(gates, pass: pass, deltas: deltas)
      return reads
    }
  }

  @Test("Token loop", arguments: try all.get())
  func tokenLoop(golden: Golden) throws {
    try check(golden) { learner, gates, pass, deltas, queries in
      var reads: [Float] = []
      let columns = golden.keyColumns
      let reader = learner
      learner.advanceTokenwise(gates, pass: pass, deltas: deltas) { token, weights in
        let query = Array(queries[token * columns..<(token + 1) * columns])
        reads += reader.forward(query, count: 1, weights).output
      }
      return reads
    }
  }

  private func check(
    _ golden: Golden,
    _ advance: (
      inout NeuralLearner, ChunkGates, NeuralLearner.Pass, [[[Float]]], [Float]
    ) -> [Float]?
  ) throws {
    var learner = try golden.learner()
    let (columns, outputs) = (golden.keyColumns, golden.outputs)
    let rule = ErrorLoss(golden.loss, power: golden.power)
    var reads: [Float] = []
    var losses: [Float] = []
    var readsAll = true
    for start in stride(from: 0, to: golden.count, by: golden.chunk) {
      let end = min(start + golden.chunk, golden.count)
      let leading = min(start, golden.window - 1)
      let first = start - leading
      let weights = learner.weights
      let pass = learner.forward(
        Array(golden.keys[first * columns..<end * columns]), count: end - first, weights)
      var errors = zip(pass.output, golden.values[first * outputs..<end * outputs]).map { $0 - $1 }
      let all = rule.gradient(
        &errors, columns: outputs, deltas: Array(golden.delta[first..<end]))
      losses += all.dropFirst(leading)
      let deltas = learner.backward(errors, pass, count: end - first, weights)
      let gates = ChunkGates(
        alpha: Array(golden.alpha[start..<end]), eta: Array(golden.eta[start..<end]),
        theta: Array(golden.theta[start..<end]), isWritten: Array(golden.written[start..<end]),
        omega: .init(window: golden.window, decay: golden.decay), leading: leading)
      let queries = Array(golden.queries[start * columns..<end * columns])
      if let found = advance(&learner, gates, pass, deltas, queries) {
        reads += found
      } else {
        readsAll = false
      }
    }
    // Newton-Schulz steps multiply small singular values by up to 3.4445^5, and their rounding with them.
    let limit: Float = golden.write == .newtonSchulz ? 1e-4 : 1e-5
    #expect(difference(golden.expected.losses, losses) < limit)
    if readsAll { #expect(difference(golden.expected.reads, reads) < limit) }
    for head in 0..<golden.heads {
      for layer in golden.initial[head].indices {
        #expect(
          difference(
            golden.expected.difference[head][layer], learner.heads[head].difference.layers[layer])
            < limit)
        #expect(
          difference(
            golden.expected.momentum[head][layer], learner.heads[head].momentum.layers[layer])
            < limit)
      }
    }
  }
}
