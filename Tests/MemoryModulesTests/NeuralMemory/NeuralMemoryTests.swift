import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

@Suite("Neural memory")
struct NeuralMemoryTests {
  let bench: Workbench

  init() throws { bench = try Workbench.shared.get() }

  var context: ModuleContext { ModuleContext(model: bench.model, keyColumns: 64) }

  func memory(
    _ loss: NeuralConfiguration.Loss = .nextToken,
    _ change: (inout NeuralConfiguration) -> Void = { _ in }
  ) throws -> NeuralMemory {
    var configuration = NeuralConfiguration(hiddenWidth: 256)
    configuration.loss = loss
    change(&configuration)
    let names = NeuralMemory.gateFeatureNames
    return try NeuralMemory(
      context: context, parameters: ModuleParameters(configuration, gate: .closed(names)))
  }

  /// Pairs of random unit keys, hidden states and tokens.
  func batch(_ count: Int, seed: UInt64) -> WriteBatch {
    var generator = TinyLlama.Generator(seed: seed)
    var keys: [Float] = []
    for _ in 0..<count {
      let key = generator.normal(64)
      let length = key.reduce(0) { $0 + $1 * $1 }.squareRoot()
      keys += key.map { $0 / length }
    }
    return WriteBatch(
      keys: keys, hidden: generator.normal(count * bench.model.configuration.width),
      targets: TinyLlama.tokens(count, seed: seed + 1, among: 200),
      logProbabilities: (0..<count).map { _ in -Float.random(in: 0...9, using: &generator) },
      journal: [Int](repeating: -1, count: count))
  }

  /// The mean loss over a batch as the memory reads now.
  func loss(_ memory: NeuralMemory, _ batch: WriteBatch) -> Float {
    let learner = memory.trainer.learner
    let weights = memory.trainer.readable ?? learner.weights
    let output = learner.forward(batch.keys, count: batch.count, weights).output
    let losses = memory.objective.gradient(
      output: output, hidden: batch.hidden, targets: batch.targets,
      deltas: [Float](repeating: 0.5, count: batch.count)
    ).losses
    return losses.reduce(0, +) / Float(batch.count)
  }

  /// A memory's state as a file.
  func file(of memory: NeuralMemory) throws -> SafetensorsFile {
    let folder = try TemporaryFolder()
    var writer = SafetensorsWriter()
    memory.save(into: &writer)
    try writer.write(to: folder.path("state.safetensors"))
    return try SafetensorsFile.open(folder.path("state.safetensors"))
  }

  @Test("Sixty-four tokens shown eight times: the associative loss falls below a tenth")
  func repeats() throws {
    let memory = try memory(.associative)
    let batch = batch(64, seed: 1)
    let first = loss(memory, batch)
    var last = first
    for _ in 0..<8 {
      memory.write(batch)
      memory.endSegment()
      last = loss(memory, batch)
    }
    #expect(abs(first - 1) < 1e-3, "an unwritten memory reads zero, the codes have length 1")
    #expect(last < 0.1 * first, "loss \(last)")
  }

  @Test("Repetition lowers the language-model loss, at every depth", arguments: [1, 2, 3, 4])
  func repeatsNextToken(depth: Int) throws {
    let memory = try memory(.nextToken) { $0.depth = depth }
    let batch = batch(64, seed: 1)
    let first = loss(memory, batch)
    for _ in 0..<8 { memory.write(batch) }
    memory.endSegment()
    #expect(loss(memory, batch) < 0.6 * first)
  }

  @Test("M_0 reads exactly the plain model", arguments: [1, 2, 3, 4])
  func unwrittenReadsZero(depth: Int) throws {
    let memory = try memory { $0.depth = depth }
    let learner = memory.trainer.learner
    let output = learner.forward(batch(5, seed: 3).keys, count: 5, learner.weights).output
    #expect(output.allSatisfy { $0 == 0 })
    #expect(memory.isEmpty)
    memory.endSegment()
    #expect(memory.isEmpty)
  }

  @Test("The gradient is the loss's slope", arguments: NeuralConfiguration.Loss.allCases)
  func gradient(loss kind: NeuralConfiguration.Loss) throws {
    let memory = try memory(kind)
    let batch = batch(3, seed: 4)
    let width = bench.model.configuration.width
    var generator = TinyLlama.Generator(seed: 8)
    let output = generator.normal(3 * width, deviation: 0.5)
    let deltas: [Float] = [0.5, 1, 20]
    func losses(_ output: [Float]) -> [Float] {
      memory.objective.gradient(
        output: output, hidden: batch.hidden, targets: batch.targets, deltas: deltas
      ).losses
    }
    let slope = memory.objective.gradient(
      output: output, hidden: batch.hidden, targets: batch.targets, deltas: deltas
    ).values
    let step: Float = 0.01
    for index in stride(from: 0, to: 3 * width, by: 7) {
      var (up, down) = (output, output)
      up[index] += step
      down[index] -= step
      let measured = (losses(up)[index / width] - losses(down)[index / width]) / (2 * step)
      #expect(abs(measured - slope[index]) < 2e-3 + 0.02 * abs(slope[index]))
    }
  }

  @Test("Any split of the writes gives the same bits", arguments: [1, 7, 16, 64])
  func splitWrites(chunk: Int) throws {
    let batch = batch(150, seed: 5)
    func run(_ pieces: [Int]) throws -> NeuralMemory {
      let memory = try memory {
        $0.chunkLength = chunk
        $0.momentum = .init(base: 0.6)
        $0.forget = .init(base: 0.01)
        $0.learningRate = .init(base: 2, slope: 1)
      }
      var start = 0
      for size in pieces {
        memory.write(slice(batch, start..<start + size))
        start += size
      }
      memory.endSegment()
      return memory
    }
    let whole = try run([150])
    for pieces in [[1, 149], [Int](repeating: 1, count: 150), randomPieces(150, seed: 4)] {
      let split = try run(pieces)
      #expect(split.trainer.learner == whole.trainer.learner)
      #expect(split.trainer.open == whole.trainer.open)
      #expect(split.trainer.readable == whole.trainer.readable)
      #expect(split.entries == 150)
    }
  }

  func slice(_ batch: WriteBatch, _ range: Range<Int>) -> WriteBatch {
    let width = bench.model.configuration.width
    return WriteBatch(
      keys: Array(batch.keys[range.lowerBound * 64..<range.upperBound * 64]),
      hidden: Array(batch.hidden[range.lowerBound * width..<range.upperBound * width]),
      targets: Array(batch.targets[range]), logProbabilities: Array(batch.logProbabilities[range]),
      journal: Array(batch.journal[range]))
  }

  @Test("A segment's end shows the open chunk without moving the anchor")
  func segmentsDoNotMoveTheAnchor() throws {
    let batch = batch(40, seed: 6)
    let once = try memory()
    once.write(batch)
    let often = try memory()
    for index in 0..<40 {
      often.write(slice(batch, index..<index + 1))
      often.endSegment()
    }
    once.endSegment()
    #expect(often.trainer.learner == once.trainer.learner)
    #expect(often.trainer.readable == once.trainer.readable)
    #expect(once.trainer.readable != once.trainer.learner.weights, "eight tokens are open")
  }

  @Test("Forgetting: alpha = 1 leaves M_0 and the last step")
  func forgets() throws {
    let memory = try memory { $0.forget = .init(base: 1) }
    memory.write(batch(32, seed: 1))
    let other = try self.memory { $0.forget = .init(base: 1) }
    other.write(slice(batch(32, seed: 1), 16..<32))
    // What the first chunk taught is gone but for the anchor it gave the second one's gradients; a single last token's
    // step is all that either holds.
    let size = { (m: NeuralMemory) in
      m.trainer.learner.heads[0].difference.layers.joined().reduce(Float(0)) { $0 + abs($1) }
    }
    let keeping = try self.memory()
    keeping.write(batch(32, seed: 1))
    #expect(size(memory) < 0.5 * size(keeping))
  }

  @Test("Far too large a step stays finite", arguments: NeuralConfiguration.Loss.allCases)
  func staysFinite(loss: NeuralConfiguration.Loss) throws {
    let memory = try memory(loss) {
      $0.learningRate = .init(base: 1000, slope: 4)
      $0.momentum = .init(base: 0.99)
    }
    for seed in 0..<40 { memory.write(batch(64, seed: UInt64(seed))) }
    memory.endSegment()
    #expect(memory.trainer.learner.heads[0].difference.isFinite)
    let input = batch(2, seed: 99)
    for reading in memory.read(ReadInput(rows: 2, keys: input.keys, hidden: input.hidden)) {
      let top = try #require(reading?.top)
      #expect(top.logProbability.isFinite)
    }
  }

  @Test("State does not grow")
  func constantState() throws {
    let memory = try memory()
    let before = memory.stateBytes
    for seed in 0..<20 { memory.write(batch(100, seed: UInt64(seed))) }
    #expect(memory.stateBytes == before)
    #expect(memory.entries == 2000)
    #expect(memory.trainer.open.count == 0)
  }

  @Test("A reading is a distribution", arguments: NeuralConfiguration.Loss.allCases)
  func distribution(loss: NeuralConfiguration.Loss) throws {
    let memory = try memory(loss)
    memory.write(batch(30, seed: 1))
    memory.endSegment()
    let input = batch(3, seed: 2)
    for reading in memory.read(ReadInput(rows: 3, keys: input.keys, hidden: input.hidden)) {
      let reading = try #require(reading)
      guard case .dense(let values) = reading.distribution else {
        Issue.record("the neural memory reads densely")
        return
      }
      #expect(values.count == TinyLlama.vocabularySize)
      #expect(abs(values.reduce(Float(0)) { $0 + Float.exp($1) } - 1) < 1e-4)
      #expect(reading.features.count == NeuralMemory.featureNames.count)
    }
  }

  @Test("Configurations that are not sound are refused")
  func refusesUnsound() {
    for change: (inout NeuralConfiguration) -> Void in [
      { $0.depth = 0 }, { $0.depth = 5 }, { $0.hiddenWidth = 0 }, { $0.chunkLength = 0 },
      { $0.trust = 0 }, { $0.momentum.base = 1.5 }, { $0.forget.base = -1 },
      { $0.referenceSurprisal = 0 },
    ] {
      #expect(throws: MemoryError.self) { _ = try memory(.nextToken, change) }
    }
  }
}
