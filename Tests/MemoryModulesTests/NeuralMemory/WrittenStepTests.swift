import Foundation
import Memory
import MemoryModules
import TestSupport
import Testing

/// Features of keys, step bounds, and what is not kept.
@Suite("Neural memory: features and steps of a trained adapter")
struct WrittenStepTests {
  private func numbers(_ count: Int, seed: UInt64) -> [Float] {
    var random = TestRandom(seed: seed)
    return (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
  }

  @Test("The fast products are the monomials one at a time", arguments: [1, 2, 3, 7, 32], [2, 3])
  func products(columns: Int, degree: Int) {
    let features = NeuralConfiguration.KeyFeatures(
      monomials: .products, degree: degree, coefficients: Array([0.5, 2, 0.25].prefix(degree)))
    let keys = numbers(3 * columns, seed: 5)
    let fast = features.apply(keys, count: 3, columns: columns)
    let slow = features.applyReference(keys, count: 3, columns: columns)
    #expect(fast.count == slow.count)
    #expect(zip(fast, slow).allSatisfy { abs($0 - $1) < 1e-6 })
    // phi(x) . phi(y) = sum of a_d^2 (x . y)^d
    let size = fast.count / 3
    let inner = (0..<columns).reduce(Float(0)) { $0 + keys[$1] * keys[columns + $1] }
    let found = (0..<size).reduce(Float(0)) { $0 + fast[$1] * fast[size + $1] }
    let expected = (1...degree).reduce(Float(0)) {
      let a = features.coefficients?[$1 - 1] ?? 0
      return $0 + a * a * pow(inner, Float($1))
    }
    #expect(abs(found - expected) < 1e-4 * max(1, abs(expected)))
  }

  private func wired(_ bench: WiringBench, rate: Float) throws -> NeuralMemory {
    try bench.memory(.gate) {
      $0["wiring.rates"] = nil
    } _: {
      $0.depth = 1
      $0.stepBound = .weighted
      $0.learningRate = .init(base: rate)
      $0.chunkLength = 4
    }
  }

  @Test("Weighted steps: a token alone is learned whole, tokens alike are not overshot")
  func weighted() throws {
    let bench = try WiringBench()
    let memory = try wired(bench, rate: 1)
    let columns = memory.trainer.learner.plan.keyColumns
    let outputs = memory.trainer.learner.plan.outputs
    func chunk(_ keys: [[Float]], _ values: [[Float]]) -> NeuralChunk {
      var chunk = NeuralChunk()
      chunk.keys = keys.flatMap { $0 }
      chunk.lossInputs = values.flatMap { $0 }
      chunk.tokens = keys.map { _ in 3 }
      chunk.surprisals = keys.map { _ in 4 }
      chunk.journal = keys.map { _ in -1 }
      return chunk
    }
    // Two heads, each half of a key of length 1.
    func unit(_ at: Int) -> [Float] {
      (0..<columns).map { $0 % (columns / 2) == at ? 1 : 0 }
    }
    let value = numbers(outputs, seed: 9)
    for copies in [1, 4] {
      var trainer = memory.trainer
      trainer.open = chunk(
        [[Float]](repeating: unit(0), count: copies), [[Float]](repeating: value, count: copies))
      let step = try #require(trainer.step())
      let read = step.learner.forward(unit(0), count: 1, step.learner.weights).output
      #expect(zip(read, value).allSatisfy { abs($0 - $1) < 1e-4 }, "\(copies) copies")
      let other = step.learner.forward(unit(1), count: 1, step.learner.weights).output
      #expect(other.allSatisfy { abs($0) < 1e-5 })
    }
    // A token that is hardly written does not hold the others back: four alike at a rate of one half are one whole.
    let half = try wired(bench, rate: 0.5)
    var trainer = half.trainer
    trainer.open = chunk([unit(0)], [value])
    let step = try #require(trainer.step())
    let read = step.learner.forward(unit(0), count: 1, step.learner.weights).output
    #expect(zip(read, value).allSatisfy { abs($0 - $1 / 2) < 1e-4 })
  }

  @Test("Without momentum no past surprise is kept or saved")
  func withoutMomentum() throws {
    let bench = try WiringBench()
    let plain = try wired(bench, rate: 1)
    _ = try bench.run(bench.tokens, with: plain, commits: true)
    #expect(
      plain.trainer.learner.heads.allSatisfy { $0.momentum.layers.joined().allSatisfy { $0 == 0 } })
    let eager = try bench.memory(.gate) {
      $0["wiring.rates"] = nil
    } _: {
      $0.chunkLength = 4
      $0.momentum = .init(base: 0.5)
    }
    _ = try bench.run(bench.tokens, with: eager, commits: true)
    #expect(
      eager.trainer.learner.heads.contains { $0.momentum.layers.joined().contains { $0 != 0 } })
    // An adapter's gates may bring it, or say that there is none.
    #expect(try bench.memory(.gate).wired?.wiring.hasMomentum == true)
    let shut = try bench.memory(.gate) {
      guard let rates = $0["wiring.rates"] else { return }
      $0["wiring.rates"] = ParameterTensor(
        shape: rates.shape, values: rates.values.enumerated().map { $0 % 3 == 1 ? 0 : $1 })
      $0["wiring.rates.bias"] = ParameterTensor(shape: [3], values: [-10, -40, 0])
    }
    #expect(shut.wired?.wiring.hasMomentum == false)
  }

  @Test("M_0 may be given for the first rows only; a read may keep its length")
  func partialInitial() throws {
    let bench = try WiringBench()
    let rows = (0..<10).map(Float.init)
    let memory = try bench.memory(.gate) {
      $0["initial.0.0"] = ParameterTensor(shape: [2, 5], values: rows)
    }
    #expect(
      memory.trainer.learner.heads[0].initial.layers[0]
        == rows + [Float](repeating: 0, count: 10))
    let loud = try bench.filled(.gate)
    let asItIs = try bench.memory(.gate) { _ in
    } _: {
      $0.wiring?.normalizesRecall = false
    }
    try bench.fill(asItIs)
    #expect(
      try bench.run(bench.tokens, with: loud).logits
        != bench.run(bench.tokens, with: asItIs).logits)
    let nothing = try bench.memory(.gate) {
      $0["wiring.output"] = ParameterTensor(
        shape: [6, 64], values: [Float](repeating: 0, count: 6 * 64))
    } _: {
      $0.wiring?.normalizesRecall = false
    }
    try bench.fill(nothing)
    #expect(
      difference(
        try bench.run(bench.tokens, with: nothing, commits: false).stream,
        try bench.run(bench.tokens).stream) > 0, "persistent rows are heard all the same")
  }
}
