import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// Forgetting, going back, merging and the file of a neighbor memory.
@Suite("Neighbor memory: forgetting, going back, the file")
struct NeighborLifeTests {
  let bench: Workbench
  let folder: TemporaryFolder

  init() throws {
    bench = try Workbench.shared.get()
    folder = try TemporaryFolder()
  }

  func memory(
    _ type: NeighborKeyType = .f32, sharpness: Float = 5, neighbors: Int = 64, budget: Int? = nil
  ) throws -> NeighborMemory {
    var configuration = NeighborConfiguration()
    configuration.keyType = type
    configuration.sharpness = sharpness
    configuration.neighbors = neighbors
    if let budget { configuration.budget = budget }
    return try NeighborMemory(
      context: ModuleContext(model: bench.model, keyColumns: 6),
      parameters: ModuleParameters(
        configuration,
        gate: .closed(NeighborMemory.gateFeatureNames)))
  }

  func write(_ keys: [Float], _ tokens: [Int32], journal: [Int], to memory: NeighborMemory) {
    memory.write(
      WriteBatch(
        keys: keys, hidden: [], targets: tokens, logProbabilities: tokens.map { _ in -1 },
        journal: journal))
    memory.endSegment()
  }

  /// Entries with keys of their own.
  func fill(_ memory: NeighborMemory, _ range: Range<Int>) {
    for start in stride(from: range.lowerBound, to: range.upperBound, by: 7) {
      let part = Array(start..<min(start + 7, range.upperBound))
      let keys = part.flatMap { index -> [Float] in
        var generator = TinyLlama.Generator(seed: UInt64(1000 + index))
        return generator.normal(6)
      }
      write(keys, part.map { Int32($0 % 40) }, journal: part, to: memory)
    }
  }

  func read(_ memory: NeighborMemory, seed: UInt64 = 3) -> [Reading] {
    var generator = TinyLlama.Generator(seed: seed)
    let readings = memory.read(ReadInput(rows: 5, keys: generator.normal(30), hidden: []))
    #expect(readings.count == 5)
    return readings.compactMap(\.self)
  }

  func file(_ memory: NeighborMemory) throws -> Data {
    var writer = SafetensorsWriter()
    memory.save(into: &writer)
    return writer.serialized()
  }

  func same(_ a: [Reading], _ b: [Reading], votes: Bool = true) -> Bool {
    zip(a, b).allSatisfy { a, b in
      guard case .sparse(let t, let p) = a.distribution,
        case .sparse(let u, let q) = b.distribution
      else { return false }
      return t == u && p == q && (!votes || a.votes == b.votes)
    }
  }

  // MARK: - Forgetting

  @Test("After forgetting, state and file are as if it had never been written")
  func forgetsExactly() throws {
    let (memory, never) = (try memory(), try memory())
    fill(memory, 0..<100)
    fill(memory, 100..<160)
    fill(memory, 160..<200)
    fill(never, 0..<100)
    // The journal of the second one has the same places; only the middle was never told.
    fill(never, 160..<200)
    #expect(memory.forget(Set(100..<160)) == .exact(entries: 60))
    #expect(memory.forget(Set(100..<160)) == .nothingToForget)
    #expect(memory.entries == 140)
    #expect(same(read(memory), read(never)))
    #expect(try file(memory) == file(never))
    for reading in read(memory) {
      #expect(reading.votes.allSatisfy { !(100..<160).contains($0.journal) })
    }
    memory.remapJournal { $0 < 100 ? $0 : $0 - 60 }
    #expect(read(memory).flatMap(\.votes).allSatisfy { (0..<140).contains($0.journal) })
    #expect(memory.forget(Set(0..<1000)) == .exact(entries: 140))
    #expect(memory.isEmpty)
    #expect(try file(memory) == file(try self.memory()))
  }

  @Test("What is forgotten leaves no byte in the file")
  func leavesNothing() throws {
    let memory = try memory()
    fill(memory, 0..<30)
    let secret: [Float] = [0.123, 4.567, -8.9, 1.25, 3.5, -0.75]
    write(secret, [39], journal: [30], to: memory)
    fill(memory, 31..<60)
    let needle = secret.withUnsafeBytes { Data($0) }
    #expect(try file(memory).range(of: needle) != nil)
    #expect(memory.forget([30]) == .exact(entries: 1))
    #expect(try file(memory).range(of: needle) == nil)
  }

  @Test("What was written but is not readable yet can be forgotten too")
  func forgetsPending() throws {
    let memory = try memory()
    fill(memory, 0..<10)
    memory.write(
      WriteBatch(
        keys: [Float](repeating: 0.5, count: 18), hidden: [], targets: [1, 2, 3],
        logProbabilities: [0, 0, 0], journal: [10, 11, 12]))
    #expect(memory.entries == 13)
    #expect(memory.forget([11]) == .exact(entries: 1))
    memory.endSegment()
    #expect(memory.entries == 12)
    #expect(read(memory).flatMap(\.votes).allSatisfy { $0.journal != 11 })
  }

  // MARK: - The budget

  @Test(
    "Beyond the budget the oldest entries go first, in whatever pieces they came",
    arguments: [1, 50, 200])
  func budget(budget: Int) throws {
    let newest = try memory()
    fill(newest, 330 - budget..<330)
    for step in [1, 13, 110, 330] {
      let limited = try memory(budget: budget)
      for start in stride(from: 0, to: 330, by: step) {
        fill(limited, start..<min(330, start + step))
        #expect(limited.entries <= budget)
      }
      #expect(limited.budget == budget)
      #expect(limited.entries == budget)
      #expect(same(read(limited), read(newest)), "in steps of \(step)")
      for tensor in try SafetensorsFile.parse(try file(limited), path: "limited").tensors
      where ["neighbor.keys", "neighbor.tokens", "neighbor.journal"].contains(tensor.name) {
        let expected = try SafetensorsFile.parse(try file(newest), path: "newest")
        #expect(try tensor.data == expected.require(tensor.name).data)
      }
    }
  }

  @Test("Going back across evictions is exact, and memory does not grow with what went")
  func evicts() throws {
    let limited = try memory(budget: 60)
    fill(limited, 0..<100)
    let (snapshot, bytes, readings) = (limited.snapshot(), try file(limited), read(limited))
    fill(limited, 100..<9000)
    #expect(limited.entries == 60)
    #expect(limited.stateBytes < 6_000 * 77, "9000 entries would take 9000 * 77")
    #expect(!same(read(limited), readings))
    limited.restore(snapshot)
    #expect(try file(limited) == bytes)
    #expect(same(read(limited), readings))
  }

  // MARK: - Going back

  @Test("Snapshots are restored exactly, in any order, also across deletions")
  func anyOrder() throws {
    let memory = try memory()
    var states: [(snapshot: any Sendable, file: Data, readings: [Reading])] = []
    func keep() throws {
      states.append((memory.snapshot(), try file(memory), read(memory)))
    }
    try keep()
    fill(memory, 0..<20)
    try keep()
    fill(memory, 20..<1100)
    try keep()
    #expect(memory.forget(Set(5..<600)) == .exact(entries: 595))
    try keep()
    fill(memory, 1100..<1130)
    try keep()
    for index in [2, 4, 0, 3, 1, 4, 2, 3, 0, 4] {
      memory.restore(states[index].snapshot)
      #expect(try file(memory) == states[index].file, "state \(index)")
      #expect(same(read(memory), states[index].readings), "state \(index)")
      // What is learned and dropped in between leaves no trace.
      fill(memory, 2000..<2000 + 50 * index)
    }
  }

  // MARK: - Equal entries

  @Test(
    "Equal entries that share a row vote as if each were kept", arguments: [Float(0.5), 1, 7, 60],
    [1, 4, 9, 64])
  func mergedEqualsDuplicated(sharpness: Float, neighbors: Int) throws {
    let memory = try memory(sharpness: sharpness, neighbors: neighbors)
    var generator = TinyLlama.Generator(seed: 8)
    var keys: [[Float]] = []
    var tokens: [Int32] = []
    for index in 0..<12 {
      let key = generator.normal(6)
      for _ in 0..<(1 + index % 4) {
        keys.append(key)
        tokens.append(Int32(index % 5))
      }
    }
    write(keys.flatMap { $0 }, tokens, journal: Array(tokens.indices), to: memory)
    #expect(memory.entries == tokens.count)
    let query = generator.normal(6)
    // By the definition, over all entries, in Float64.
    let scores = keys.enumerated().map { index, key in
      (
        index: index,
        score: zip(key, query).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      )
    }
    let chosen = scores.sorted { ($1.score, $0.index) < ($0.score, $1.index) }.prefix(neighbors)
    let powers = chosen.map { Foundation.exp(Double(sharpness) * ($0.score - chosen[0].score)) }
    var expected: [Int32: Double] = [:]
    for (entry, power) in zip(chosen, powers) {
      expected[tokens[entry.index], default: 0] += power / powers.reduce(0, +)
    }
    let reading = try #require(
      memory.read(ReadInput(rows: 1, keys: query, hidden: []))[0])
    guard case .sparse(let found, let probabilities) = reading.distribution else { return }
    #expect(Set(found) == Set(expected.keys))
    for (token, probability) in zip(found, probabilities) {
      #expect(abs(Double(probability) - (expected[token] ?? 0)) < 2e-5)
    }
    #expect(abs(reading.votes.reduce(0) { $0 + $1.weight } - 1) < 1e-5)
  }

  // MARK: - The file

  @Test("Mapped and read give the same", arguments: NeighborKeyType.allCases)
  func mapped(type: NeighborKeyType) throws {
    let memory = try memory(type)
    fill(memory, 0..<1500)
    let path = folder.path("keys.safetensors")
    try file(memory).write(to: URL(fileURLWithPath: path))
    let copies = try [0, Int.max].map { threshold -> NeighborMemory in
      let copy = try self.memory(type)
      try copy.load(from: SafetensorsFile.open(path, mappingFrom: threshold))
      return copy
    }
    for copy in copies {
      #expect(same(read(copy), read(memory)))
      #expect(try file(copy) == file(memory))
    }
    // Growing on top of a mapping, with the file gone.
    try FileManager.default.removeItem(atPath: path)
    for memory in copies + [memory] {
      fill(memory, 1500..<1600)
      _ = memory.forget(Set(1400..<1520))
    }
    for copy in copies {
      #expect(same(read(copy), read(memory)))
      #expect(try file(copy) == file(memory))
    }
  }

  @Test("A file of the first layout still loads, and is written in the new one")
  func firstLayout() throws {
    var writer = SafetensorsWriter()
    var generator = TinyLlama.Generator(seed: 2)
    let keys = generator.normal(40 * 6)
    writer.add("neighbor.keys", floats: keys, shape: [40, 6])
    writer.add("neighbor.tokens", int32s: (0..<40).map { Int32($0) }, shape: [40])
    writer.add("neighbor.journal", int64s: (0..<40).map { Int64($0) }, shape: [40])
    writer.add("neighbor.counters", int64s: [3], shape: [1])
    let old = try memory()
    try old.load(from: SafetensorsFile.parse(writer.serialized(), path: "old"))
    #expect(old.entries == 40)
    #expect(old.rejectedUpdates == 3)
    let new = try memory()
    write(keys, (0..<40).map { Int32($0) }, journal: Array(0..<40), to: new)
    #expect(same(read(old), read(new)))
    let again = try memory()
    try again.load(from: SafetensorsFile.parse(try file(old), path: "new"))
    #expect(same(read(again), read(new)))
  }

  @Test("A configuration of an earlier version gets the defaults")
  func oldConfiguration() throws {
    let json = Data(#"{"neighbors":32,"sharpness":24}"#.utf8)
    let configuration = try ModuleParameters(configuration: json, gate: .closed([]))
      .configuration(
        NeighborConfiguration.self, context: ModuleContext(model: bench.model, keyColumns: 6))
    #expect(configuration.neighbors == 32)
    #expect(configuration.sharpness == 24)
    #expect(configuration.keyType == .f32)
    #expect(configuration.isSound)
  }

  @Test(
    "Tensors that disagree are refused",
    arguments: [
      "neighbor.rows", "neighbor.tokens", "neighbor.journal", "neighbor.keys", "neighbor.follows",
    ])
  func refuses(name: String) throws {
    let memory = try memory()
    fill(memory, 0..<50)
    let good = try SafetensorsFile.parse(try file(memory), path: "good")
    // A value out of range: a row that is not there, a token beyond the vocabulary, a key that is not a number.
    var writer = SafetensorsWriter()
    for tensor in good.tensors {
      var bytes = Data(tensor.bytes)
      if tensor.name == name {
        for index in 0..<tensor.type.size { bytes[bytes.count - 1 - index] = 0xff }
        if name == "neighbor.journal" { bytes[bytes.count - 8] = 0xf0 }
        if name == "neighbor.follows" { bytes[0] = 2 }
      }
      writer.add(tensor.name, type: tensor.type, shape: tensor.shape, bytes: bytes)
    }
    let bad = try SafetensorsFile.parse(writer.serialized(), path: "bad")
    #expect(throws: MemoryError.self) { try memory.load(from: bad) }
    try memory.load(from: good)
  }

  // MARK: - How keys are kept

  @Test("Halves and bytes lose little: recall of the nearest, and what is read")
  func drift() throws {
    var generator = TinyLlama.Generator(seed: 12)
    let count = 3000
    let columns = 64
    let keys = generator.normal(count * columns)
    var stores = NeighborKeyType.allCases.map { NeighborStore(columns: columns, type: $0) }
    for index in stores.indices {
      stores[index].append(
        keys: keys, tokens: (0..<count).map { Int32($0 % 90) }, journal: Array(0..<count))
    }
    let queries = generator.normal(20 * columns)
    let exact = stores[0].search(queries, rows: 20, k: 64, threads: bench.model.threads)
    for (index, bounds) in [(1, (0.998, Float(0.02))), (2, (0.96, Float(0.4)))] {
      let found = stores[index].search(queries, rows: 20, k: 64, threads: bench.model.threads)
      var recalled = 0
      for (a, b) in zip(exact, found) {
        recalled += Set(a.map(\.index)).intersection(b.map(\.index)).count
        for hit in b {
          let truth = keys[hit.index * columns..<(hit.index + 1) * columns]
          #expect(truth.count == columns)
          #expect(abs(a[0].score - b[0].score) < bounds.1)
        }
      }
      #expect(Double(recalled) / (20 * 64) >= bounds.0, "\(NeighborKeyType.allCases[index])")
    }
    #expect(stores[1].bytes < stores[0].bytes)
    #expect(stores[2].bytes < stores[1].bytes)
  }
}
