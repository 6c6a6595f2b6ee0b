import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// What goes from a full memory.
@Suite("Retention")
struct RetentionTests {
  let context: ModuleContext

  init() throws {
    context = ModuleContext(model: try Workbench.shared.get().model, keyColumns: 8)
  }

  private func golden() throws -> SafetensorsFile {
    try SafetensorsFile.open(
      #require(Bundle.module.path(forResource: "Fixtures/retention", ofType: "safetensors")))
  }

  private func tensors(_ file: SafetensorsFile) throws -> [String: ParameterTensor] {
    var result: [String: ParameterTensor] = [:]
    for tensor in file.tensors where tensor.type == .f32 {
      result[tensor.name] = ParameterTensor(shape: tensor.shape, values: try tensor.floats())
    }
    return result
  }

  @Test("Agents score as PyTorch's recurrent networks do", arguments: RetentionPolicy.allCases)
  func scores(_ policy: RetentionPolicy) throws {
    let file = try golden()
    guard let expected = file.tensor("scores.\(policy.rawValue)") else { return }
    let agent = try RetentionAgent(policy, tensors: tensors(file))
    let table = try file.require("features").floats()
    let columns = RetentionRecord.featureCount
    var features: [[Float]] = []
    var histories = [[Float]](repeating: [], count: 7)
    for arrival in 0..<5 {
      features = (0..<7).map { slot in
        let start = (arrival * 7 + slot) * columns
        return Array(table[start..<start + columns])
      }
      histories = zip(features, histories).map { agent.history($0, after: $1) }
    }
    let made = agent.scores(features, histories: histories)
    #expect(difference(try expected.floats(), made) < 1e-5)
  }

  @Test("The write policy is PyTorch's network")
  func worth() throws {
    let file = try golden()
    let network = try WriteNetwork(tensors: tensors(file))
    let features = try file.require("features").floats()
    let columns = RetentionRecord.featureCount
    let made = (0..<7).flatMap { slot -> [Float] in
      let start = (4 * 7 + slot) * columns
      let worth = network.worth(Array(features[start..<start + columns]))
      return [worth.whole, worth.compressed]
    }
    #expect(difference(try file.require("worth").floats(), made) < 1e-5)
  }

  @Test(
    "A stream is kept as an independent implementation keeps it",
    arguments: RetentionPolicy.allCases)
  func stream(_ policy: RetentionPolicy) throws {
    let file = try golden()
    guard let expected = file.tensor("kept.\(policy.rawValue)") else { return }
    let agent = try RetentionAgent(policy, tensors: tensors(file))
    let tokens = try file.require("stream.tokens").int32s()
    let surprisals = try file.require("stream.surprisals").floats()
    let width = tokens.count / 16
    var retention = Retention()
    var kept: [(number: Int, tokens: [Int32])] = []
    for thing in 0..<16 {
      let own = tokens[thing * width..<(thing + 1) * width].prefix { $0 >= 0 }
      let arrival = RetentionArrival(
        tokens: Array(own),
        surprisals: Array(surprisals[thing * width..<thing * width + own.count]), isSpoken: false)
      let match = RetentionMatch(arrival, with: kept.map(\.tokens), context: context)
      kept.append((thing, Array(own)))
      retention.add(arrival, match: match, names: 0, agent: agent)
      while kept.count > 5, let gone = agent.victim(retention) {
        kept.remove(at: gone)
        retention.remove { $0 == gone }
      }
    }
    #expect(try kept.map { Int32($0.number) } == expected.int32s())
  }

  @Test("The same things go at random every time, and not the oldest ones")
  func random() throws {
    let agent = try RetentionAgent(.random)
    func kept() -> [Int] {
      var retention = Retention()
      for thing in 0..<40 {
        retention.add(
          RetentionArrival(tokens: [Int32(thing)], surprisals: [1], isSpoken: false),
          match: RetentionMatch(shares: retention.records.map { _ in 0 }), names: 0, agent: agent)
        while retention.records.count > 8, let gone = agent.victim(retention) {
          retention.remove { $0 == gone }
        }
      }
      return retention.records.map(\.birth)
    }
    let first = kept()
    #expect(first == kept())
    #expect(first.contains { $0 < 20 } && first.last == 40)
  }

  @Test("Weights of another shape are refused")
  func shapes() throws {
    var own = try tensors(golden())
    own["spatial.last.weight"] = ParameterTensor(shape: [1, 2], values: [0, 0])
    let wrong = own
    #expect(throws: MemoryError.self) { try RetentionAgent(.spatial, tensors: wrong) }
    #expect(throws: Never.self) { try RetentionAgent(.spatioTemporal, tensors: wrong) }
  }
}

/// The memories that choose what they keep.
@Suite("LEMN and DCT")
struct ChoosingMemoryTests {
  let bench: Workbench

  init() throws { bench = try Workbench.shared.get() }

  private func memory(_ kind: ModuleKind, _ settings: [String]) throws -> DetachableMemory {
    try DetachableMemory.create(
      kinds: [kind], model: bench.model,
      adapter: bench.adapter(.open).applying(
        settings.compactMap { ModuleSetting(parsing: "\(kind).\($0)") }, model: bench.model,
        registry: .standard), registry: .standard, name: "bench")
  }

  private func learn(_ memory: DetachableMemory, texts: Range<Int>) throws {
    for text in texts {
      let session = bench.session()
      let attached = try memory.attach(to: session)
      defer { attached.detach() }
      let tokens = TinyLlama.tokens(24, seed: UInt64(text))
      var generator = TinyLlama.Generator(seed: UInt64(text))
      _ = try session.forward(tokens, logits: .none)
      try session.commit(
        through: tokens.count, provenance: Workbench.provenance("\(text)"),
        learnable: tokens.map { _ in true }, endsSegment: true,
        logProbabilities: generator.normal(tokens.count, deviation: 2).map { $0 - 4 })
    }
  }

  @Test("LEMN keeps what its policy says, within its rows", arguments: RetentionPolicy.allCases)
  func budget(_ policy: RetentionPolicy) throws {
    let memory = try memory(
      "lemn",
      ["rows=40", "shortest=4", "longest=8", "segmentation=fixed", "retention=\(policy.rawValue)"])
    try learn(memory, texts: 0..<6)
    let module = try #require(memory.modules.first as? LEMNMemory)
    let contents = module.contents
    #expect(contents.parts.map(\.count) == [40].map { min($0, contents.parts[0].count) })
    #expect(contents.parts[0].count > 30 && contents.parts[0].count <= 40)
    #expect(contents.dropped == 6 * 23 - contents.parts[0].count)
    let places = module.parts(for: RowView(isAnswer: true), without: ContextOverlap([]))
      .flatMap(\.places)
    #expect(places == places.sorted() && places.last == 6 * 23 - 1)
    if policy == .fifo { #expect(places.first == 6 * 23 - contents.parts[0].count) }
  }

  @Test("What LEMN knows of its episodes goes on after a restart as without one")
  func restart() throws {
    let settings = ["rows=40", "shortest=4", "longest=8", "segmentation=fixed"]
    let (one, other) = (try memory("lemn", settings), try memory("lemn", settings))
    try learn(one, texts: 0..<6)
    try learn(other, texts: 0..<3)
    let folder = try TemporaryFolder()
    let path = folder.path("a.mneme")
    try other.save(to: path)
    let loaded = try DetachableMemory.load(path, model: bench.model, registry: .standard)
    try learn(loaded, texts: 3..<6)
    #expect(Workbench.learned(by: one) == Workbench.learned(by: loaded))
  }

  @Test(
    "Of a stream that stays as it is, about as much is kept and discarded as it is told to",
    arguments: [true, false])
  func shares(areAlike: Bool) {
    var generator = TinyLlama.Generator(seed: 4)
    let values = generator.normal(800, deviation: 1)
    var chooser = SegmentChooser()
    var counts: [SegmentChoice: Int] = [:]
    for index in 0..<400 {
      let worth = SegmentWorth(
        whole: values[index], compressed: areAlike ? values[index] : values[400 + index])
      counts[chooser.choice(worth, kept: 0.25, discarded: 0.5), default: 0] += 1
    }
    #expect(abs(Double(counts[.keep] ?? 0) / 400 - 0.25) < 0.08, "\(counts)")
    #expect(abs(Double(counts[.discard] ?? 0) / 400 - 0.5) < 0.1, "\(counts)")
  }

  @Test("DCT's rows have a budget, and its policies are told apart by their shares")
  func extremes() throws {
    let nothing = try memory("dct", ["recent=8", "segment=8", "kept=0", "discarded=1"])
    try learn(nothing, texts: 0..<4)
    let module = try #require(nothing.modules.first as? DynamicCompressiveMemory)
    #expect(module.contents.parts.map(\.name) == ["recent rows"])
    let all = try memory("dct", ["recent=8", "segment=8", "kept=1", "discarded=0", "rows=16"])
    try learn(all, texts: 0..<4)
    let other = try #require(all.modules.first as? DynamicCompressiveMemory)
    #expect(other.contents.parts.first?.count == 16)
  }
}

/// Policies of retention in the memories that had a budget before.
@Suite("Retention of facts, blocks and neighbors")
struct RetentionOfOthersTests {
  let bench: Workbench

  init() throws { bench = try Workbench.shared.get() }

  private func filled(
    _ kind: ModuleKind, _ settings: [String], texts: Range<Int>, into known: DetachableMemory? = nil
  ) throws -> DetachableMemory {
    let memory =
      try known
      ?? DetachableMemory.create(
        kinds: [kind], model: bench.model,
        adapter: bench.adapter(.open).applying(
          settings.compactMap { ModuleSetting(parsing: "\(kind).\($0)") }, model: bench.model,
          registry: .standard), registry: .standard, name: "bench")
    for text in texts {
      let session = bench.session()
      let attached = try memory.attach(to: session)
      defer { attached.detach() }
      try Workbench.feed(
        TinyLlama.tokens(24, seed: UInt64(text)), to: session, conversation: "\(text)")
    }
    return memory
  }

  private static let cases: [(ModuleKind, [String], Int)] = [
    ("block", ["budget=60", "shortest=4", "longest=8", "segmentation=fixed"], 60),
    ("neighbor", ["budget=60"], 60), ("episodic", ["budget=4", "longestFact=12"], 4 * 24),
  ]

  @Test("They stay within the budget, and go on after a restart as without one")
  func budgets() throws {
    for (kind, settings, limit) in Self.cases {
      for policy in ["lru", "surprise", "spatio-temporal"] {
        let settings = settings + ["retention=\(policy)"]
        let one = try filled(kind, settings, texts: 0..<8)
        let half = try filled(kind, settings, texts: 0..<4)
        let folder = try TemporaryFolder()
        let path = folder.path("a.mneme")
        try half.save(to: path)
        let loaded = try DetachableMemory.load(path, model: bench.model, registry: .standard)
        _ = try filled(kind, settings, texts: 4..<8, into: loaded)
        #expect(
          Workbench.learned(by: one) == Workbench.learned(by: loaded), "\(kind) \(policy)")
        let module = try #require(one.modules.first)
        #expect(module.entries <= limit && module.entries > 0, "\(kind) \(policy)")
      }
    }
  }

  @Test("What a policy keeps is not what is kept without one")
  func differs() throws {
    for (kind, settings, _) in Self.cases {
      let plain = try filled(kind, settings, texts: 0..<8)
      let other = try filled(kind, settings + ["retention=random"], texts: 0..<8)
      #expect(
        plain.modules.first?.entries != nil
          && Workbench.learned(by: plain) != Workbench.learned(by: other))
      #expect(throws: MemoryError.self) {
        if kind != "block" {
          _ = try filled(kind, ["retention=attention"], texts: 0..<0)
        } else {
          throw MemoryError.calibrationFailed(reason: "blocks can be kept by attention")
        }
      }
    }
  }

  @Test("A forgotten fact leaves no trace in what is known of the others")
  func trace() throws {
    let settings = ["budget=100", "longestFact=12", "retention=lfu"]
    let memory = try filled("episodic", settings, texts: 0..<4)
    try #require(memory.journal != nil)
    var selection = ForgettingSelection()
    selection.conversations = ["2"]
    _ = try memory.forget(selection)
    let other = try filled("episodic", settings, texts: 0..<2)
    _ = try filled("episodic", settings, texts: 3..<4, into: other)
    func known(_ memory: DetachableMemory) throws -> [RetentionRecord] {
      try #require(memory.modules.first as? EpisodicMemory).state.retention.records
    }
    #expect(try known(memory) == known(other))
    #expect(try known(memory).count > 2)
  }
}
