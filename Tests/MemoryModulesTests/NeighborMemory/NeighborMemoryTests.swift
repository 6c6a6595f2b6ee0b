import Foundation
import Memory
import MemoryModules
import TestSupport
import Testing
import Transformer

@Suite("Neighbor memory")
struct NeighborMemoryTests {
  let bench: Workbench

  init() throws { bench = try Workbench.shared.get() }

  func memory(sharpness: Float = 20, neighbors: Int = 64) throws -> NeighborMemory {
    var configuration = NeighborConfiguration()
    configuration.sharpness = sharpness
    configuration.neighbors = neighbors
    let names = NeighborMemory.gateFeatureNames
    return try NeighborMemory(
      context: ModuleContext(model: bench.model, keyColumns: 2),
      parameters: ModuleParameters(configuration, gate: .closed(names)))
  }

  func write(_ pairs: [(key: [Float], token: Int32)], to memory: NeighborMemory) {
    let width = bench.model.configuration.width
    memory.write(
      WriteBatch(
        keys: pairs.flatMap(\.key), hidden: [Float](repeating: 0, count: pairs.count * width),
        targets: pairs.map(\.token), logProbabilities: pairs.map { _ in -1 },
        journal: Array(pairs.indices)))
    memory.endSegment()
  }

  func read(_ memory: NeighborMemory, _ key: [Float]) throws -> Reading {
    let width = bench.model.configuration.width
    return try #require(
      memory.read(
        ReadInput(rows: 1, keys: key, hidden: [Float](repeating: 0, count: width)))[0])
  }

  @Test("A stored key recalls its token, and duplicates add up")
  func recalls() throws {
    let memory = try memory(sharpness: 2)
    write([([1, 0], 7), ([0, 1], 8), ([1, 0], 9), ([1, 0], 7), ([-1, 0], 5)], to: memory)
    let reading = try read(memory, [1, 0])
    guard case .sparse(let tokens, let probabilities) = reading.distribution else {
      Issue.record("the neighbor memory reads sparsely")
      return
    }
    // Weights e^2, e^2, e^2, e^0, e^-2, by the definition of kNN-LM.
    let unit = Float.exp(2)
    let total = 3 * unit + 1 + Float.exp(-2)
    #expect(tokens == [7, 9, 8, 5])
    #expect(Set(tokens).count == tokens.count)
    for (found, expected) in zip(probabilities, [2 * unit, unit, 1, Float.exp(-2)]) {
      #expect(abs(found - expected / total) < 1e-5)
    }
    #expect(reading.top?.token == 7)
    #expect(reading.votes.first == .init(journal: 0, token: 7, weight: reading.votes[0].weight))
    #expect(abs(reading.features[0] - 1) < 1e-5, "best cosine")
    #expect(abs(reading.features[2]) < 1e-5, "a rival is as near")
    #expect(reading.features.count == NeighborMemory.featureNames.count)
  }

  @Test("Probabilities sum to one", arguments: [1, 5, 64])
  func sums(neighbors: Int) throws {
    let memory = try memory(neighbors: neighbors)
    var generator = TinyLlama.Generator(seed: 3)
    write(
      (0..<40).map { index in (generator.normal(2), Int32(index % 7)) }, to: memory)
    let reading = try read(memory, [0.6, 0.8])
    guard case .sparse(let tokens, let probabilities) = reading.distribution else { return }
    #expect(abs(probabilities.reduce(0, +) - 1) < 1e-5)
    #expect(abs(reading.votes.reduce(0) { $0 + $1.weight } - 1) < 1e-5)
    #expect(reading.votes.count == min(40, neighbors))
    #expect(Set(tokens).count == tokens.count)
  }

  @Test("Sharpness: one neighbor alone, or a count of votes")
  func sharpness() throws {
    let sharp = try memory(sharpness: 1000)
    let blunt = try memory(sharpness: 1e-6)
    for memory in [sharp, blunt] {
      write([([0.8, 0.6], 1), ([0.6, 0.8], 2), ([0, 1], 2), ([0, -1], 3)], to: memory)
    }
    #expect(try abs(read(sharp, [0.8, 0.6]).logProbability(of: 1)) < 1e-5)
    let counted = try read(blunt, [0.8, 0.6])
    #expect(abs(Float.exp(counted.logProbability(of: 2)) - 0.5) < 1e-4)
    #expect(counted.logProbability(of: 11) == -.infinity)
  }

  @Test("Broken keys are left out one by one")
  func partlyBroken() throws {
    let memory = try memory()
    write([([1, 0], 7), ([.nan, 0], 8), ([0, 1], 9)], to: memory)
    #expect(memory.entries == 2)
    #expect(memory.rejectedUpdates == 1)
    #expect(try read(memory, [0, 1]).top?.token == 9)
    #expect(try read(memory, [0, 1]).votes.first?.journal == 2)
  }

  @Test("Configurations that are not sound are refused")
  func refusesUnsound() {
    #expect(throws: MemoryError.self) { _ = try memory(sharpness: 0) }
    #expect(throws: MemoryError.self) { _ = try memory(neighbors: 0) }
    #expect(throws: MemoryError.self) { _ = try memory(neighbors: 1 << 20) }
  }

  @Test("A kind that is not there is an error that names those that are")
  func unknownKind() throws {
    let kind = ModuleKind(rawValue: "oracle")
    let available = ModuleRegistry.standard.kinds.map(\.rawValue)
    #expect(throws: MemoryError.unknownModule(kind: "oracle", available: available)) {
      _ = try bench.memory([kind])
    }
    #expect(throws: MemoryError.noModules(available: available)) { _ = try bench.memory([]) }
  }
}
