import Memory
import MemoryModules
import TestSupport
import Testing
import Transformer

/// Titans' two surprises of a token, as they can be read.
@Suite("Neural memory: surprise per token")
struct SurpriseTests {
  let base: NeuralMemoryTests

  init() throws { base = try NeuralMemoryTests() }

  @Test(
    "Momentary and past surprise are the lengths the token loop has",
    arguments: [NeuralConfiguration.Loss.nextToken, .associative], [1, 3])
  func lengths(loss: NeuralConfiguration.Loss, window: Int) throws {
    let memory = try base.memory(loss) {
      $0.momentum = .init(base: 0.7)
      $0.learningRate = .init(base: 1, slope: 0.5)
      $0.forget = .init(base: 0.01, slope: 0.5)
      $0.omega = .init(window: window, decay: 0.6)
      $0.heads = 2
    }
    // One full chunk, so that there is past surprise to decay, and an open one.
    memory.write(base.batch(16, seed: 1))
    memory.endSegment()
    let batch = base.batch(10, seed: 2)
    memory.write(batch)
    let prepared = memory.trainer.prepare()
    memory.endSegment()
    let found = memory.surprises
    #expect(found.map(\.token) == batch.targets)
    var slow = memory.trainer.learner
    var past: [Float] = []
    for token in 0..<10 {
      slow = memory.trainer.learner
      let gates = prepared.gates
      slow.advanceTokenwise(
        ChunkGates(
          alpha: Array(gates.alpha[...token]), eta: Array(gates.eta[...token]),
          theta: Array(gates.theta[...token]), omega: gates.omega, leading: gates.leading),
        pass: prepared.pass, deltas: prepared.deltas)
      past.append(
        slow.heads.flatMap(\.momentum.layers).joined().reduce(Float(0)) { $0 + $1 * $1 }
          .squareRoot())
    }
    #expect(difference(past, found.map(\.past)) < 1e-3)
    for (row, surprise) in found.enumerated() {
      var square: Float = 0
      for (head, core) in memory.trainer.learner.heads.enumerated() {
        for (layer, shape) in core.shapes.enumerated() {
          let pair = prepared.gates.leading + row
          for a in 0..<shape.rows {
            for b in 0..<shape.columns {
              let value =
                prepared.pass.heads[head].inputs[layer][pair * shape.rows + a]
                * prepared.deltas[head][layer][pair * shape.columns + b]
              square += value * value
            }
          }
        }
      }
      #expect(abs(surprise.momentary - square.squareRoot()) < 1e-4 * max(1, surprise.momentary))
      #expect(surprise.surprisal == -batch.logProbabilities[row])
      #expect(surprise.theta == prepared.gates.theta[row] && surprise.theta > 0)
      #expect(surprise.eta == prepared.gates.eta[row])
      #expect(surprise.alpha == prepared.gates.alpha[row])
      #expect(surprise.isWritten)
    }
  }

  @Test("Shown again, the same tokens surprise less")
  func wearsOff() throws {
    let memory = try base.memory(.associative)
    let batch = base.batch(64, seed: 1)
    var totals: [Float] = []
    for _ in 0..<4 {
      memory.write(batch)
      memory.endSegment()
      totals.append(memory.surprises.reduce(0) { $0 + $1.loss })
    }
    #expect(totals[3] < 0.5 * totals[0])
  }

  @Test("One record per token of the last segment, whatever the pieces and the chunks")
  func records() throws {
    let batch = base.batch(45, seed: 3)
    func run(_ pieces: [Int]) throws -> NeuralMemory {
      let memory = try base.memory()
      memory.write(base.batch(5, seed: 9))
      memory.endSegment()
      var start = 0
      for size in pieces {
        memory.write(base.slice(batch, start..<start + size))
        start += size
      }
      memory.endSegment()
      return memory
    }
    let whole = try run([45])
    #expect(whole.surprises.map(\.token) == batch.targets)
    for pieces in [[1, 44], randomPieces(45, seed: 2)] {
      let split = try run(pieces)
      #expect(split.surprises == whole.surprises)
    }
    // A segment that brings nothing leaves them; going back brings the earlier ones back.
    let snapshot = whole.snapshot()
    let before = whole.surprises
    whole.endSegment()
    #expect(whole.surprises == before)
    whole.write(base.batch(3, seed: 5))
    whole.endSegment()
    #expect(whole.surprises.count == 3)
    whole.restore(snapshot)
    #expect(whole.surprises == before)
  }
}

/// Long streams: whatever happens, weights stay finite and the state stays as large as it was.
@Suite("Neural memory: long streams")
struct LongStreamTests {
  let base: NeuralMemoryTests

  init() throws { base = try NeuralMemoryTests() }

  /// A million where the code is optimised, enough to fill some thousand chunks where it is not.
  private static var length: Int {
    #if DEBUG
      40_000
    #else
      1_000_000
    #endif
  }

  @Test("A million tokens at theta = 1, associative: no NaN, nothing rejected, constant state")
  func associative() throws {
    let memory = try base.memory(.associative) {
      $0.hiddenWidth = 16
      $0.chunkLength = 64
      $0.learningRate = .init(base: 1)
      $0.momentum = .init(base: 0.9)
    }
    let bytes = memory.stateBytes
    let batches = (0..<8).map { base.batch(1000, seed: UInt64($0)) }
    for index in 0..<Self.length / 1000 { memory.write(batches[index % 8]) }
    memory.endSegment()
    #expect(memory.entries == Self.length)
    #expect(memory.rejectedUpdates == 0)
    #expect(memory.stateBytes == bytes)
    #expect(memory.trainer.learner.isFinite)
    let probe = base.slice(batches[0], 0..<64)
    let output = memory.trainer.learner.forward(
      probe.keys, count: 64, memory.trainer.learner.weights
    ).output
    let isFinite = output.allSatisfy(\.isFinite)
    #expect(isFinite)
    // 8000 random pairs are far beyond its capacity: the best it can do is little, the worst is diverging.
    #expect(base.loss(memory, probe) < 2)
  }

  @Test(
    "theta = 1 without any scaling of steps: what would not be finite is refused",
    arguments: [1, 2])
  func unscaled(depth: Int) throws {
    // The recurrence itself, tokens of length 1, raw theta = 1: at the edge of divergence for one layer, past it for two.
    var configuration = NeuralConfiguration(hiddenWidth: 8)
    configuration.depth = depth
    var learner = try #require(NeuralLearner(configuration, keyColumns: 8, outputs: 8))
    var generator = TinyLlama.Generator(seed: 1)
    var rejected = 0
    let gates = ChunkGates(alpha: [0], eta: [0], theta: [1])
    for _ in 0..<Self.length / 10 {
      var key = generator.normal(8)
      let length = key.reduce(0) { $0 + $1 * $1 }.squareRoot()
      for index in key.indices { key[index] /= length }
      let pass = learner.forward(key, count: 1, learner.weights)
      let errors = pass.output.map { 2 * ($0 - 1) }
      var next = learner
      next.advance(
        gates, pass: pass, deltas: learner.backward(errors, pass, count: 1, learner.weights))
      if next.isFinite { learner = next } else { rejected += 1 }
    }
    #expect(learner.isFinite)
    #expect(rejected < Self.length / 10)
  }
}
