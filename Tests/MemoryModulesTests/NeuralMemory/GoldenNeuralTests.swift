import Foundation
import MemoryModules
import Testing

/// The recurrences against vectors made in float64 by `Tools/golden/neural_memory.py`.
@Suite("Neural memory against golden vectors")
struct GoldenNeuralTests {
  struct Golden: Decodable {
    struct Expected: Decodable {
      var difference: [[Float]]
      var momentum: [[Float]]
      var reads: [Float]
      var losses: [Float]
    }
    var chunk: Int
    var sizes: [Int]
    var initial: [[Float]]
    var difference: [[Float]]
    var momentum: [[Float]]
    var keys: [Float]
    var queries: [Float]
    var values: [Float]
    var alpha: [Float]
    var eta: [Float]
    var theta: [Float]
    var expected: Expected

    init(name: String) throws {
      let url = try #require(
        Bundle.module.url(forResource: "Fixtures/neural-\(name)", withExtension: "json"))
      self = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
    }

    func weights(_ layers: [[Float]]) -> NeuralWeights {
      var weights = NeuralWeights(
        shapes: zip(sizes, sizes.dropFirst()).map { NeuralWeights.Shape(rows: $0, columns: $1) })
      weights.layers = layers
      return weights
    }

    var core: NeuralCore {
      NeuralCore(
        initial: weights(initial), difference: weights(difference), momentum: weights(momentum))
    }

    /// Rows `range` of an array with `columns` values a row.
    func rows(_ values: [Float], _ range: Range<Int>, columns: Int) -> [Float] {
      Array(values[range.lowerBound * columns..<range.upperBound * columns])
    }
  }

  static let names = ["depth1", "depth2", "depth2-long", "depth3", "depth4"]

  @Test("Chunk form, state and reads", arguments: names)
  func chunkForm(name: String) throws {
    try check(name) { core, gates, pass, deltas, queries in
      let reads = core.readWithinChunk(queries, gates, pass: pass, deltas: deltas)
      core.advance(gates, pass: pass, deltas: deltas)
      return reads
    }
  }

  @Test("Token loop, state and reads", arguments: names)
  func tokenLoop(name: String) throws {
    let golden = try Golden(name: name)
    try check(name) { core, gates, pass, deltas, queries in
      var reads: [Float] = []
      let inputs = golden.sizes[0]
      core.advanceTokenwise(gates, pass: pass, deltas: deltas) { token, weights in
        let query = Array(queries[token * inputs..<(token + 1) * inputs])
        reads += NeuralCore.forward(query, count: 1, weights).output
      }
      return reads
    }
  }

  private func check(
    _ name: String,
    _ advance: (inout NeuralCore, ChunkGates, NeuralCore.Pass, [[Float]], [Float]) -> [Float]
  ) throws {
    let golden = try Golden(name: name)
    let (inputs, outputs) = (golden.sizes[0], golden.sizes[golden.sizes.count - 1])
    var core = golden.core
    var reads: [Float] = []
    var losses: [Float] = []
    for start in stride(from: 0, to: golden.alpha.count, by: golden.chunk) {
      let range = start..<min(start + golden.chunk, golden.alpha.count)
      let keys = golden.rows(golden.keys, range, columns: inputs)
      let values = golden.rows(golden.values, range, columns: outputs)
      let weights = core.weights
      let pass = NeuralCore.forward(keys, count: range.count, weights)
      let errors = zip(pass.output, values).map { $0 - $1 }
      for row in 0..<range.count {
        losses.append(errors[row * outputs..<(row + 1) * outputs].reduce(0) { $0 + $1 * $1 })
      }
      let deltas = NeuralCore.backward(errors.map { 2 * $0 }, pass, count: range.count, weights)
      let gates = ChunkGates(
        alpha: Array(golden.alpha[range]), eta: Array(golden.eta[range]),
        theta: Array(golden.theta[range]))
      reads += advance(
        &core, gates, pass, deltas, golden.rows(golden.queries, range, columns: inputs))
    }
    #expect(difference(golden.expected.losses, losses) < 1e-5)
    #expect(difference(golden.expected.reads, reads) < 1e-5)
    for layer in golden.initial.indices {
      #expect(
        difference(golden.expected.difference[layer], core.difference.layers[layer]) < 1e-5)
      #expect(difference(golden.expected.momentum[layer], core.momentum.layers[layer]) < 1e-5)
    }
  }
}
