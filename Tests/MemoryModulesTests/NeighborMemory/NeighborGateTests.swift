import Foundation
import Memory
import MemoryModules
import TestSupport
import Testing
import Tokenization
import Transformer

/// The gate before and after the search, fitted by likelihood.
@Suite("Neighbor memory: the gate")
struct NeighborGateTests {
  let bench: Workbench

  init() throws { bench = try Workbench.shared.get() }

  /// Tokens of which the memory is right about those with a positive first feature.
  func rows(_ count: Int, seed: UInt64, useful: Double = 0.5) -> GateRows {
    var generator = TinyLlama.Generator(seed: seed)
    var rows = GateRows(inputs: 3)
    for _ in 0..<count {
      let features = generator.normal(3)
      let isRight = Double(features[0]) > (1 - 2 * useful) * 3
      rows.features += features
      rows.base.append(log(0.1))
      rows.memory.append(isRight ? log(0.8) : -.infinity)
      rows.weights.append(1)
    }
    return rows
  }

  @Test("A fitted gate beats the best constant one, no memory, and searches skipped at random")
  func beatsConstant() {
    let (training, held) = (rows(3000, seed: 1), rows(1000, seed: 2))
    let network = GateNetwork.fit(training, selection: rows(500, seed: 3))
    let gates = network.openings(held.features, rows: held.count)
    #expect(gates.allSatisfy { (0...1).contains($0) })
    let closed = held.loss([Float](repeating: 0, count: held.count))
    let constant = held.loss(
      [Float](repeating: training.constantGate(), count: held.count))
    let learned = held.loss(gates)
    #expect(learned < constant - 0.05)
    #expect(constant < closed)
    // Half of the searches skipped: by the gate nothing is lost that random skipping would keep.
    let limit = gates.sorted()[held.count / 2]
    let skipped = held.loss(gates.map { $0 < limit ? 0 : $0 })
    let random = held.loss(gates.enumerated().map { $0.offset % 2 == 0 ? 0 : $0.element })
    #expect(skipped < random - 0.05)
    #expect(skipped <= closed)
  }

  @Test("A memory that is never right stays closed, features that are not finite close the gate")
  func staysClosed() {
    let network = GateNetwork.fit(
      rows(1500, seed: 4, useful: 0), selection: rows(300, seed: 5, useful: 0))
    let held = rows(200, seed: 6)
    #expect(network.openings(held.features, rows: held.count).allSatisfy { $0 < 0.05 })
    #expect(network.openings([.nan, 0, 0, .infinity, 0, 0], rows: 2) == [0, 0])
    let empty = GateNetwork.fit(GateRows(inputs: 3), selection: GateRows(inputs: 3))
    #expect(empty.openings([1, 2, 3], rows: 1)[0] < 0.5)
  }

  @Test("The slopes are those of the loss: training lowers it on the rows it is trained on")
  func trains() {
    let training = rows(800, seed: 7)
    let before = GateNetwork.fit(training, selection: training, openness: 0, epochs: 1)
    let after = GateNetwork.fit(training, selection: training, openness: 0, epochs: 30)
    func loss(_ network: GateNetwork) -> Double {
      training.loss(network.openings(training.features, rows: training.count))
    }
    #expect(loss(after) < loss(before) - 0.02)
    // The best possible: open where the memory is right, closed elsewhere.
    let ideal = training.loss(training.memory.map { $0 > -1 ? 0.999 : 0 })
    #expect(loss(after) < ideal + 0.25)
    #expect(
      GateNetwork.fit(training, selection: training)
        == GateNetwork.fit(training, selection: training), "the same rows give the same gate")
  }

  @Test("Saved as slow weights and loaded; parts that disagree are refused")
  func slowWeights() throws {
    let network = GateNetwork.fit(rows(300, seed: 8), selection: rows(100, seed: 9))
    var tensors = network.tensors(prefix: "skip")
    #expect(try GateNetwork.load(tensors, prefix: "skip", inputs: 3) == network)
    #expect(try GateNetwork.load(tensors, prefix: "mix", inputs: 3) == nil)
    #expect(throws: MemoryError.self) {
      _ = try GateNetwork.load(tensors, prefix: "skip", inputs: 4)
    }
    tensors["skip.second"] = ParameterTensor(shape: [1], values: [1])
    #expect(throws: MemoryError.self) {
      _ = try GateNetwork.load(tensors, prefix: "skip", inputs: 3)
    }
    tensors["skip.second"] = nil
    #expect(throws: MemoryError.self) {
      _ = try GateNetwork.load(tensors, prefix: "skip", inputs: 3)
    }
  }

  @Test("A row's gate does not depend on the rows beside it")
  func rowByRow() {
    let network = GateNetwork.fit(rows(300, seed: 8), selection: rows(100, seed: 9))
    let held = rows(50, seed: 10)
    let all = network.openings(held.features, rows: 50)
    for row in 0..<50 {
      let alone = network.openings(Array(held.features[row * 3..<row * 3 + 3]), rows: 1)
      #expect(alone[0] == all[row])
    }
  }

  // MARK: - In a memory

  /// A story that comes again and again, so that remembering pays.
  func story(_ seed: UInt64) -> [Int32] {
    let part = TinyLlama.tokens(60, seed: seed)
    return part + part + TinyLlama.tokens(20, seed: seed + 50) + part + part
  }

  func refit(
    _ readout: NeighborReadout = .mixing
  ) throws -> (memory: DetachableMemory, report: RefitReport) {
    let memory = try bench.memory([.neighbor], gate: .calibrated)
    let found = try NeighborMemory.refit(
      memory, texts: (1...5).map { story($0) }, model: bench.model,
      tokenizer: loadTokenizer(from: bench.model.file),
      window: 41, readout: readout.rawValue
    ) { _ in }
    return (
      try memory.replacing([.neighbor: found.parameters], model: bench.model, registry: .standard),
      found.report
    )
  }

  @Test("Refitted to held-out texts: better than before, and the memory carries its gate")
  func refits() throws {
    let (memory, report) = try refit()
    #expect(report.tokens > 100)
    #expect(report.learned < report.plain)
    #expect(report.learned <= report.before + 0.01)
    #expect(report.skipping <= report.plain)
    #expect(report.classes.map(\.tokens).reduce(0, +) == report.tokens)
    #expect(report.foreignTokens > 0)
    let folder = try TemporaryFolder()
    try memory.save(to: folder.path("a.mneme"))
    let loaded = try DetachableMemory.load(
      folder.path("a.mneme"), model: bench.model, registry: .standard)
    #expect(loaded.adapter == memory.adapter)
    #expect(loaded.adapter.modules[.neighbor]?.tensors.isEmpty == false)
  }

  @Test("With its own gate too: any split gives the same, closed means bit-identical")
  func splitsAndCloses() throws {
    for readout in NeighborReadout.allCases {
      let (memory, _) = try refit(readout)
      let session = bench.session()
      let attached = try memory.attach(to: session)
      try Workbench.feed(Array(story(3).prefix(200)), to: session)
      attached.detach()
      let prompt = Array(story(3).prefix(50))
      let whole = try bench.logits(prompt, with: memory)
      #expect(try whole != bench.logits(prompt), "\(readout)")
      let again = bench.session()
      let reader = try memory.attach(to: again, readOnly: true)
      var pieces: [Float] = []
      for token in prompt { pieces += try again.forward([token], logits: .all).values }
      reader.detach()
      #expect(difference(whole, pieces) < 1e-5, "\(readout)")
      for row in 0..<prompt.count {
        let line = whole[row * TinyLlama.vocabularySize..<(row + 1) * TinyLlama.vocabularySize]
        let isFinite = line.allSatisfy(\.isFinite)
        #expect(isFinite)
      }
      // The same gate, shut: by its bias, and before the search.
      for name in readout == .mixing ? ["mix", "skip"] : ["spalm", "skip"] {
        var parameters = try #require(memory.adapter.modules[.neighbor])
        var configuration = try parameters.decode(NeighborConfiguration.self)
        if name == "skip" {
          configuration.skipBelow = 1e6
        } else {
          let shut: Float = name == "mix" ? -1000 : 1000
          parameters.tensors["\(name).bias"] = ParameterTensor(shape: [1], values: [shut])
        }
        parameters = try ModuleParameters(
          configuration, gate: parameters.gate, tensors: parameters.tensors)
        let closed = try memory.replacing(
          [.neighbor: parameters], model: bench.model, registry: .standard)
        #expect(try bench.logits(prompt, with: closed) == bench.logits(prompt), "\(name)")
        let module = try #require(closed.modules.first as? NeighborMemory)
        if name == "skip" {
          #expect(module.lookups.searches == 0)
          #expect(module.lookups.skipped == prompt.count)
        }
      }
    }
  }

  @Test("SPALM: one token that everybody names, and a gate in the middle, by the definition")
  func vectorGate() throws {
    let (memory, report) = try refit(.spalm)
    let loss = try #require(report.spalm)
    #expect(loss.isFinite)
    let module = try #require(memory.modules.first as? NeighborMemory)
    let width = bench.model.configuration.width
    let columns = bench.keys.columns
    var parameters = try #require(memory.adapter.modules[.neighbor])
    parameters.tensors["spalm.weights"] = ParameterTensor(
      shape: [width], values: [Float](repeating: 0, count: width))
    parameters.tensors["spalm.bias"] = ParameterTensor(shape: [1], values: [0])
    let half = try NeighborMemory(
      context: ModuleContext(model: bench.model, keyColumns: columns), parameters: parameters)
    _ = module
    var generator = TinyLlama.Generator(seed: 4)
    let key = generator.normal(columns, deviation: 0.1)
    half.write(
      WriteBatch(
        keys: key, hidden: [Float](repeating: 0, count: width), targets: [7],
        logProbabilities: [-1], journal: [0]))
    half.endSegment()
    let hidden = generator.normal(width)
    let reading = try #require(half.read(ReadInput(rows: 1, keys: key, hidden: hidden))[0])
    // m is the token's own output embedding; z = (m + h) / 2.
    let matrix = bench.model.outputMatrix
    let z = matrix.withUnsafePointer { values in
      (0..<width).map { (values[7 * width + $0] + hidden[$0]) / 2 }
    }
    var logits = [Float](repeating: 0, count: TinyLlama.vocabularySize)
    bench.model.unembed(z, rows: 1, into: &logits)
    let total = log(logits.reduce(0.0) { $0 + Foundation.exp(Double($1)) })
    for token in 0..<TinyLlama.vocabularySize {
      #expect(
        abs(Double(reading.logProbability(of: Int32(token))) - (Double(logits[token]) - total))
          < 1e-4)
    }
    #expect(reading.isWhole)
    #expect(reading.opening == 0.5)
  }

  @Test("Texts that are too short are refused, and a memory without neighbors")
  func refuses() throws {
    let memory = try bench.memory([.neighbor])
    #expect(throws: MemoryError.self) {
      _ = try NeighborMemory.refit(
        memory, texts: [Array(story(1).prefix(50))], model: bench.model,
        tokenizer: loadTokenizer(from: bench.model.file), window: 41, readout: "mixing"
      ) { _ in }
    }
    #expect(throws: MemoryError.self) {
      _ = try NeighborMemory.refit(
        try bench.memory([.neural]), texts: [story(1)], model: bench.model,
        tokenizer: loadTokenizer(from: bench.model.file), window: 41, readout: "mixing"
      ) { _ in }
    }
    #expect(throws: MemoryError.self) {
      _ = try NeighborMemory.refit(
        memory, texts: [story(1)], model: bench.model,
        tokenizer: loadTokenizer(from: bench.model.file), window: 41, readout: "aloud"
      ) { _ in }
    }
  }
}
