import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// The rules every module obeys, run over everything that is registered.
@Suite("Rules every memory obeys")
struct MemoryConformanceTests {
  // MARK: - Rule 1: off means off

  @Test(
    "An empty memory leaves the logits alone, bit for bit", arguments: MemoryShape.all
  )
  func emptyIsOff(shape: MemoryShape) throws {
    let (bench, kind) = (try shape.bench(), shape.kind)
    let memory = try bench.memory([kind])
    #expect(memory.isEmpty)
    #expect(try bench.logits(with: memory) == bench.logits())
  }

  @Test(
    "A closed gate leaves the logits alone, bit for bit", arguments: MemoryShape.all)
  func closedIsOff(shape: MemoryShape) throws {
    let (bench, kind) = (try shape.bench(), shape.kind)
    let memory = try bench.filled([kind], gate: .closed)
    #expect(!memory.isEmpty)
    #expect(try bench.logits(with: memory) == bench.logits())
  }

  @Test(
    "An open gate changes the logits, and detaching restores them",
    arguments: MemoryShape.all)
  func detachRestores(shape: MemoryShape) throws {
    let (bench, kind) = (try shape.bench(), shape.kind)
    let memory = try bench.filled([kind])
    let prompt = TinyLlama.tokens(24, seed: 9)
    let plain = try bench.logits(prompt)
    let session = bench.session()
    let attached = try memory.attach(to: session, readOnly: true)
    let first = try session.forward(prompt, logits: .all).values
    #expect(first != plain)
    let isFinite = first.allSatisfy(\.isFinite)
    #expect(isFinite)
    attached.detach()
    session.reset()
    #expect(try session.forward(prompt, logits: .all).values == plain)
    let again = try memory.attach(to: session, readOnly: true)
    session.reset()
    #expect(try session.forward(prompt, logits: .all).values == first)
    again.detach()
  }

  // MARK: - Rule 2: state changes only in commit

  @Test("Reading and generating change nothing", arguments: MemoryShape.all)
  func readingChangesNothing(shape: MemoryShape) throws {
    let (bench, kind) = (try shape.bench(), shape.kind)
    let memory = try bench.filled([kind])
    let before = try Workbench.bytes(of: memory)
    let session = bench.session()
    let attached = try memory.attach(to: session)
    for token in TinyLlama.tokens(20, seed: 3) { _ = try session.forward([token]) }
    session.truncate(to: 4)
    _ = try session.forward(TinyLlama.tokens(9, seed: 4))
    attached.detach()
    #expect(try Workbench.bytes(of: memory) == before)
    #expect(!memory.hasUnsavedChanges)
  }

  @Test("A read-only memory ignores commits", arguments: MemoryShape.all)
  func readOnlyIgnoresCommits(shape: MemoryShape) throws {
    let (bench, kind) = (try shape.bench(), shape.kind)
    let memory = try bench.filled([kind])
    let before = try Workbench.bytes(of: memory)
    let session = bench.session()
    let attached = try memory.attach(to: session, readOnly: true)
    try Workbench.feed(TinyLlama.tokens(20, seed: 3), to: session)
    attached.detach()
    #expect(try Workbench.bytes(of: memory) == before)
  }

  @Test(
    "What was written is not read before its segment ends", arguments: MemoryShape.all
  )
  func readsSeeWholeSegments(shape: MemoryShape) throws {
    let (bench, kind) = (try shape.bench(), shape.kind)
    let memory = try bench.filled([kind])
    let before = try bench.logits(with: memory)
    let session = bench.session()
    let attached = try memory.attach(to: session)
    try Workbench.feed(TinyLlama.tokens(40, seed: 6), to: session, endsSegment: false)
    #expect(try bench.logits(with: memory) == before)
    try Workbench.feed(TinyLlama.tokens(3, seed: 7), to: session, endsSegment: true)
    attached.detach()
    #expect(try bench.logits(with: memory) != before)
  }

  // MARK: - Rule 3: any split

  @Test(
    "Any split of the stream gives the same state and logits",
    arguments: MemoryShape.all)
  func anySplit(shape: MemoryShape) throws {
    let (bench, kind) = (try shape.bench(), shape.kind)
    let tokens = TinyLlama.tokens(150, seed: 11)
    func run(_ pieces: [Int]) throws -> (logits: [Float], state: Data) {
      let memory = try bench.memory([kind])
      let session = bench.session()
      let attached = try memory.attach(to: session)
      try Workbench.feed(tokens, to: session, pieces: pieces)
      let logits = try session.forward(TinyLlama.tokens(8, seed: 12), logits: .all).values
      attached.detach()
      return (logits, try Workbench.state(of: memory))
    }
    let whole = try run([tokens.count])
    for pieces in [
      [Int](repeating: 1, count: tokens.count), [16, 16, 118], [17, 1, 132],
      randomPieces(tokens.count, seed: 1), randomPieces(tokens.count, seed: 2),
    ] {
      let split = try run(pieces)
      #expect(difference(whole.logits, split.logits) < 1e-5, "pieces \(pieces)")
      #expect(try run(pieces) == split, "the same split gives other bits")
    }
  }

  @Test("Forwarding ahead of the commits does not matter", arguments: MemoryShape.all)
  func commitsMayLag(shape: MemoryShape) throws {
    let (bench, kind) = (try shape.bench(), shape.kind)
    let tokens = TinyLlama.tokens(60, seed: 13)
    func run(_ cuts: [Int]) throws -> [Float] {
      let memory = try bench.memory([kind])
      let session = bench.session()
      let attached = try memory.attach(to: session)
      _ = try session.forward(tokens, logits: .none)
      for cut in cuts {
        try session.commit(
          through: cut, provenance: Workbench.provenance(),
          learnable: [Bool](repeating: true, count: cut - session.committed),
          endsSegment: cut == tokens.count)
      }
      attached.detach()
      return try bench.logits(with: memory)
    }
    let whole = try run([60])
    #expect(try difference(whole, run([1, 2, 30, 59, 60])) < 1e-5)
    #expect(try difference(whole, run(Array(1...60))) < 1e-5)
  }

  // MARK: - Rule 4: what is learned

  @Test("Only learnable tokens are learned", arguments: MemoryShape.all)
  func learnableOnly(shape: MemoryShape) throws {
    let (bench, kind) = (try shape.bench(), shape.kind)
    let memory = try bench.memory([kind])
    let session = bench.session()
    let attached = try memory.attach(to: session)
    try Workbench.feed(TinyLlama.tokens(30, seed: 1), to: session, learn: false)
    #expect(memory.isEmpty)
    #expect(memory.journal?.count == 0)
    #expect(memory.tokensSeen == 30)
    try Workbench.feed(TinyLlama.tokens(7, seed: 2), to: session)
    attached.detach()
    #expect(memory.modules.map(\.entries) == [7])
    #expect(memory.journal?.tokens == TinyLlama.tokens(7, seed: 2))
  }

  @Test("What is written does not depend on what was read", arguments: MemoryShape.all)
  func neverFeedsOnItself(shape: MemoryShape) throws {
    let (bench, kind) = (try shape.bench(), shape.kind)
    // The same conversation, once with the gate open and once closed: what the memory holds in the end is the same.
    func run(
      _ gate: Workbench.Gate
    ) throws -> (state: Data, journal: Journal?, logits: [Float]) {
      let memory = try bench.filled([kind], gate: gate)
      let session = bench.session()
      let attached = try memory.attach(to: session)
      var logits: [Float] = []
      for (turn, seed) in (20..<24).enumerated() {
        let tokens = TinyLlama.tokens(15, seed: UInt64(seed))
        logits += try session.forward(tokens, logits: .all).values
        try session.commit(
          through: session.tokens.count, provenance: Workbench.provenance(turn: turn),
          learnable: tokens.map { _ in true }, endsSegment: true)
      }
      attached.detach()
      return (Workbench.learned(by: memory), memory.journal, logits)
    }
    let (open, closed) = (try run(.open), try run(.closed))
    // It did take part in what the model computed, or this would prove nothing.
    #expect(open.logits != closed.logits)
    #expect(open.state == closed.state)
    #expect(open.journal == closed.journal)
  }

  @Test("No pair joins two conversations", arguments: MemoryShape.all)
  func conversationsDoNotJoin(shape: MemoryShape) throws {
    let (bench, kind) = (try shape.bench(), shape.kind)
    let memory = try bench.memory([kind])
    for conversation in ["a", "b"] {
      let session = bench.session()
      let attached = try memory.attach(to: session)
      try Workbench.feed(TinyLlama.tokens(10, seed: 1), to: session, conversation: conversation)
      attached.detach()
    }
    // The first token of each has nothing before it.
    #expect(memory.modules.map(\.entries) == [18])
  }

  // MARK: - Rule 5: everything can be forgotten

  @Test(
    "What came from one source is forgotten as if it had never been read, or the module says it cannot",
    arguments: MemoryShape.all)
  func forgetsSource(shape: MemoryShape) throws {
    let (bench, kind) = (try shape.bench(), shape.kind)
    let memory = try bench.filled([kind], from: ["a", "b", "c"])
    let fresh = try bench.filled([kind], from: ["a", "c"])
    let before = memory.modules.map(\.entries)
    let report = try memory.forget(.source("b"))
    #expect(report.journalTokens == 24)
    #expect(memory.journal?.tokens == fresh.journal?.tokens)
    #expect(memory.journal?.sources == fresh.journal?.sources)
    switch report.modules[kind] {
    case .exact, .replayed:
      if case .exact(let entries) = report.modules[kind] {
        #expect(entries == (memory.factMemory == nil ? 24 : 1), "facts, or tokens")
      }
      #expect(memory.modules.map(\.entries) == fresh.modules.map(\.entries))
      #expect(try difference(bench.logits(with: memory), bench.logits(with: fresh)) < 1e-6)
      // And it learns on as if nothing had been.
      for other in [memory, fresh] {
        let session = bench.session()
        let attached = try other.attach(to: session)
        try Workbench.feed(TinyLlama.tokens(20, seed: 44), to: session, conversation: "d")
        attached.detach()
      }
      #expect(try difference(bench.logits(with: memory), bench.logits(with: fresh)) < 1e-6)
    case .unsupported:
      #expect(report.unable == [kind])
      #expect(memory.modules.map(\.entries) == before)
    case .nothingToForget, nil:
      Issue.record("the module learned nothing from the source")
    }
    #expect(try memory.forget(.source("b")).journalTokens == 0)
  }

  // MARK: - Rule 7: constant or with a budget

  @Test(
    "A memory of constant size stays so; a growing one has a budget",
    arguments: MemoryShape.all)
  func sizes(shape: MemoryShape) throws {
    let (bench, kind) = (try shape.bench(), shape.kind)
    let short = try bench.filled([kind], tokens: TinyLlama.tokens(65, seed: 5))
    let long = try bench.filled([kind], tokens: TinyLlama.tokens(225, seed: 5))
    for (small, large) in zip(short.modules, long.modules) {
      if let budget = small.budget {
        #expect(budget >= 1)
        #expect(large.stateBytes > small.stateBytes)
      } else {
        #expect(large.stateBytes == small.stateBytes)
      }
    }
  }

  // MARK: - Rule 6: finite

  /// Fast weights read tokens, not activations; their own tests give them a gradient that is not finite.
  @Test(
    "A write that is not finite is rejected and counted",
    arguments: MemoryShape.all.filter { !$0.isWeights })
  func rejectsNonFinite(shape: MemoryShape) throws {
    let (bench, kind) = (try shape.bench(), shape.kind)
    for poison in [Float.nan, .infinity, -.infinity] {
      let memory = try bench.filled([kind])
      let module = try #require(memory.modules.first)
      let before = try bench.logits(with: memory)
      if let associative = module as? any AssociativeModule {
        let rejected = module.rejectedUpdates
        associative.write(Self.batch(of: poison, bench))
        module.endSegment()
        #expect(module.rejectedUpdates > rejected)
      }
      if let learner = module as? any ActivationLearner, !learner.taps.isEmpty {
        let rejected = module.rejectedUpdates
        learner.write(Self.rows(of: poison, for: learner, bench))
        module.endSegment()
        #expect(module.rejectedUpdates > rejected)
      }
      // What it reads is what it read before, to the bit, and its file loads.
      #expect(try bench.logits(with: memory) == before)
      let folder = try TemporaryFolder()
      try memory.save(to: folder.path("m.mneme"))
      let loaded = try DetachableMemory.load(
        folder.path("m.mneme"), model: bench.model, registry: .standard)
      #expect(try bench.logits(with: loaded) == before)
    }
  }

  private static func batch(of value: Float, _ bench: Workbench) -> WriteBatch {
    let count = 20
    return WriteBatch(
      keys: [Float](repeating: value, count: count * bench.keys.columns),
      hidden: [Float](repeating: value, count: count * bench.model.configuration.width),
      targets: [Int32](repeating: 5, count: count),
      logProbabilities: [Float](repeating: value, count: count),
      journal: [Int](repeating: -1, count: count))
  }

  private static func rows(
    of value: Float, for learner: any ActivationLearner, _ bench: Workbench
  ) -> CommittedRows {
    let count = 20
    return CommittedRows(
      positions: 0..<count, tokens: TinyLlama.tokens(count, seed: 3)[...],
      isLearned: [Bool](repeating: true, count: count), provenance: Workbench.provenance(),
      rows: Dictionary(
        uniqueKeysWithValues: learner.taps.map { tap in
          let columns = tap.columns(in: bench.model.configuration)
          return (tap, [Float](repeating: value, count: count * columns))
        }))
  }

  @Test(
    "A query that is not finite leaves the logits finite", arguments: MemoryShape.all)
  func survivesNonFiniteQueries(shape: MemoryShape) throws {
    let (bench, kind) = (try shape.bench(), shape.kind)
    let memory = try bench.filled([kind])
    let module = try #require(memory.modules.first)
    // The forward pass never has such a key without such activations: what is inside it is the session's business.
    guard let associative = module as? any AssociativeModule else { return }
    let readings = associative.read(
      ReadInput(
        rows: 1, keys: [Float](repeating: .nan, count: memory.adapter.keys.columns),
        hidden: [Float](repeating: 1, count: bench.model.configuration.width)))
    try #require(readings.count == 1)
    guard let reading = readings[0], reading.top != nil else { return }
    let features = ReadoutGate.features(
      base: [Float](repeating: 0, count: 4).withUnsafeBufferPointer { BaseDistribution($0) },
      reading: reading, baseLogProbabilityOfMemoryTop: 0)
    let gate = try #require(memory.adapter.modules[kind]).gate
    #expect(gate(features) == 0)
  }

  // MARK: - Rule 8: isolation

  @Test("Two sessions on one model share nothing", arguments: MemoryShape.all)
  func isolation(shape: MemoryShape) throws {
    let (bench, kind) = (try shape.bench(), shape.kind)
    let (first, second) = (bench.session(), bench.session())
    let memories = try [bench.memory([kind]), bench.memory([kind])]
    let attached = try [memories[0].attach(to: first), memories[1].attach(to: second)]
    let alone = try bench.filled([kind], tokens: TinyLlama.tokens(33, seed: 31))
    // Interleaved, each with a text of its own.
    let texts = [TinyLlama.tokens(33, seed: 31), TinyLlama.tokens(33, seed: 32)]
    for start in stride(from: 0, to: 33, by: 11) {
      for (session, text) in zip([first, second], texts) {
        let piece = Array(text[start..<start + 11])
        _ = try session.forward(piece)
        try session.commit(
          through: start + 11, provenance: Workbench.provenance(),
          learnable: piece.map { _ in true }, endsSegment: start == 22)
      }
    }
    for attachment in attached { attachment.detach() }
    #expect(try difference(bench.logits(with: alone), bench.logits(with: memories[0])) < 1e-5)
    #expect(try bench.logits(with: memories[0]) != bench.logits(with: memories[1]))
  }

  @Test("A memory is attached for writing once", arguments: MemoryShape.all)
  func attachedOnce(shape: MemoryShape) throws {
    let (bench, kind) = (try shape.bench(), shape.kind)
    let memory = try bench.memory([kind])
    let attached = try memory.attach(to: bench.session())
    #expect(throws: MemoryError.alreadyAttached(name: "bench")) {
      _ = try memory.attach(to: bench.session())
    }
    attached.detach()
    attached.detach()
    try memory.attach(to: bench.session()).detach()
  }

  // MARK: - Snapshots and files

  @Test("A snapshot is restored exactly", arguments: MemoryShape.all)
  func snapshotRestores(shape: MemoryShape) throws {
    let (bench, kind) = (try shape.bench(), shape.kind)
    let memory = try bench.filled([kind], tokens: TinyLlama.tokens(41, seed: 5))
    let bytes = try Workbench.bytes(of: memory)
    let logits = try bench.logits(with: memory)
    let snapshot = memory.snapshot()
    let session = bench.session()
    let attached = try memory.attach(to: session)
    try Workbench.feed(TinyLlama.tokens(50, seed: 6), to: session, conversation: "b")
    #expect(try bench.logits(with: memory) != logits)
    memory.restore(snapshot)
    #expect(try bench.logits(with: memory) == logits)
    #expect(try Workbench.bytes(of: memory) == bytes)
    // What is learned afterwards is as if the rest had never been.
    session.reset()
    try Workbench.feed(TinyLlama.tokens(30, seed: 7), to: session, conversation: "c")
    attached.detach()
    let other = try bench.filled([kind], tokens: TinyLlama.tokens(41, seed: 5))
    let second = bench.session()
    let again = try other.attach(to: second)
    try Workbench.feed(TinyLlama.tokens(30, seed: 7), to: second, conversation: "c")
    again.detach()
    #expect(try bench.logits(with: memory) == bench.logits(with: other))
  }

  @Test(
    "Saved and loaded, it reads and learns on the same", arguments: MemoryShape.all)
  func saveAndLoad(shape: MemoryShape) throws {
    let (bench, kind) = (try shape.bench(), shape.kind)
    let memory = try bench.filled([kind], gate: .calibrated)
    let folder = try TemporaryFolder()
    let path = folder.path("a.mneme")
    try memory.save(to: path)
    let loaded = try DetachableMemory.load(path, model: bench.model, registry: .standard)
    #expect(loaded.name == "a")
    #expect(loaded.adapter == memory.adapter)
    #expect(loaded.journal == memory.journal)
    #expect(try bench.logits(with: loaded) == bench.logits(with: memory))
    #expect(try Workbench.bytes(of: loaded) == Workbench.bytes(of: memory))
    for memory in [memory, loaded] {
      let session = bench.session()
      let attached = try memory.attach(to: session)
      try Workbench.feed(TinyLlama.tokens(30, seed: 7), to: session, conversation: "b")
      attached.detach()
    }
    #expect(try bench.logits(with: loaded) == bench.logits(with: memory))
  }

  @Test("All modules together", arguments: [true, false])
  func together(journal: Bool) throws {
    let bench = try Workbench.shared.get()
    let kinds = ModuleRegistry.standard.kinds
    let memory = try bench.memory(kinds + kinds, journal: journal)
    #expect(memory.modules.count == kinds.count)
    let session = bench.session()
    let attached = try memory.attach(to: session)
    try Workbench.feed(TinyLlama.tokens(50, seed: 5), to: session)
    _ = try session.forward(TinyLlama.tokens(4, seed: 6), logits: .all)
    attached.detach()
    // Others speak inside the forward pass.
    let mixed = MemoryShape.all.filter(\.isAssociative).map(\.kind)
    #expect(Set(attached.contributions.map(\.module)) == Set(mixed))
    #expect(attached.contributions.contains { !$0.sources.isEmpty } == journal)
    let total = try bench.logits(with: memory).prefix(TinyLlama.vocabularySize)
    let isFinite = total.allSatisfy(\.isFinite)
    #expect(isFinite)
    let info = memory.info
    #expect(info.modules.map(\.kind) == kinds.map(\.rawValue))
    #expect(info.journal_tokens == (journal ? 49 : 0))
  }
}
