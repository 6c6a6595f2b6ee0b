import Memory
import MemoryModules
import TestSupport
import Testing
import Transformer

/// Pointers to the entries behind those that were right (RetoMaton).
@Suite("Neighbor memory: pointers")
struct NeighborPointerTests {
  let bench: Workbench

  init() throws { bench = try Workbench.shared.get() }

  /// An open memory with pointers, filled with texts of their own conversations.
  func memory(pointers: Int, texts: [[Int32]]) throws -> DetachableMemory {
    var adapter = bench.adapter(.open)
    var parameters = try #require(adapter.modules[.neighbor])
    var configuration = try parameters.decode(NeighborConfiguration.self)
    configuration.pointers = pointers
    configuration.neighbors = 8
    parameters = try ModuleParameters(configuration, gate: parameters.gate)
    adapter = Adapter(
      fingerprint: adapter.fingerprint, keys: adapter.keys, modules: [.neighbor: parameters])
    let memory = try DetachableMemory.create(
      kinds: [.neighbor], model: bench.model, adapter: adapter, registry: .standard)
    for (index, text) in texts.enumerated() {
      let session = bench.session()
      let attached = try memory.attach(to: session)
      try Workbench.feed(text, to: session, conversation: "text \(index)")
      attached.detach()
    }
    return memory
  }

  func module(_ memory: DetachableMemory) throws -> NeighborMemory {
    try #require(memory.modules.first as? NeighborMemory)
  }

  let story = TinyLlama.tokens(90, seed: 41)

  @Test("Reading a known text again, most searches are saved and the same tokens win")
  func saves() throws {
    let (plain, pointing) = try (
      memory(pointers: 0, texts: [story]), memory(pointers: 1, texts: [story])
    )
    func tops(_ memory: DetachableMemory) throws -> [Int32] {
      let session = bench.session()
      let attached = try memory.attach(to: session, readOnly: true)
      defer { attached.detach() }
      _ = try session.forward(Array(story.prefix(80)), logits: .all)
      return attached.contributions.map(\.token)
    }
    let expected = try tops(plain)
    let found = try tops(pointing)
    #expect(found.count == expected.count)
    let same = zip(found, expected).filter { $0 == $1 }.count
    #expect(same >= expected.count - 2)
    let counts = try module(pointing).lookups
    #expect(counts.rows == 80)
    #expect(counts.pointed >= 60)
    #expect(counts.searches + counts.pointed == 80)
    #expect(try module(plain).lookups.searches == 80)
  }

  @Test("Any split into calls gives the same logits, and the same split the same bits")
  func anySplit() throws {
    let memory = try memory(pointers: 1, texts: [story, TinyLlama.tokens(60, seed: 42)])
    func run(_ pieces: [Int]) throws -> [Float] {
      let session = bench.session()
      let attached = try memory.attach(to: session, readOnly: true)
      defer { attached.detach() }
      var logits: [Float] = []
      var start = 0
      for size in pieces {
        let end = min(70, start + size)
        logits += try session.forward(Array(story[start..<end]), logits: .all).values
        start = end
      }
      return logits
    }
    let whole = try run([70])
    for pieces in [
      [Int](repeating: 1, count: 70), [16, 16, 38], [17, 1, 52], randomPieces(70, seed: 1),
    ] {
      #expect(try difference(whole, run(pieces)) < 1e-5, "pieces \(pieces)")
      #expect(try run(pieces) == run(pieces))
    }
  }

  @Test("A row reads the same whether the rows before it were read or not")
  func lastRowAlone() throws {
    let memory = try memory(pointers: 1, texts: [story])
    let vocabulary = TinyLlama.vocabularySize
    for length in [16, 17, 25, 31, 32, 40] {
      let prompt = Array(story.prefix(length))
      let all = try bench.logits(prompt, with: memory, asAnswer: true).suffix(vocabulary)
      let session = bench.session()
      session.read(as: .answer(from: 0, question: 0..<0))
      let attached = try memory.attach(to: session, readOnly: true)
      let last = try session.forward(prompt, logits: .last).last
      #expect(difference(Array(all), last) < 1e-5, "\(length) tokens")
      // Committed up to the middle of a stretch, generation goes on from there.
      try session.commit(
        through: length, provenance: Workbench.provenance("z"),
        learnable: [Bool](repeating: false, count: length), endsSegment: false)
      session.read(as: .answer(from: 0, question: 0..<0))
      let next = try session.forward([story[length]], logits: .last).last
      let expected = try bench.logits(
        Array(story.prefix(length + 1)), with: memory, asAnswer: true)
      #expect(difference(Array(expected.suffix(vocabulary)), next) < 1e-5, "\(length) and one")
      attached.detach()
    }
  }

  @Test("Pointers do not cross from one text into the next")
  func documents() throws {
    let memory = try memory(pointers: 1, texts: [story, TinyLlama.tokens(60, seed: 42)])
    let store = try module(memory).store
    // The first entry of the second text follows nothing.
    let seam = story.count - 1
    #expect(store.follows(1))
    #expect(!store.follows(0))
    #expect(!store.follows(seam))
    #expect(store.follows(seam + 1))
  }

  @Test("What was forgotten is not pointed to; going back forgets what was found")
  func forgetting() throws {
    let memory = try memory(pointers: 1, texts: [story])
    let prompt = Array(story.prefix(60))
    let before = try bench.logits(prompt, with: memory)
    let snapshot = memory.snapshot()
    let module = try module(memory)
    #expect(module.forget(Set(20..<40)) == .exact(entries: 20))
    let session = bench.session()
    let attached = try memory.attach(to: session, readOnly: true)
    #expect(try session.forward(prompt, logits: .all).values != before)
    attached.detach()
    memory.restore(snapshot)
    #expect(try bench.logits(prompt, with: memory) == before)
  }

  @Test("Who follows pointers asks for the keys before, on answers and on texts")
  func looksBack() throws {
    for (pointers, onAnswers, text, answer) in [(0, 0, 1, 1), (0, 1, 1, 16), (1, 0, 16, 16)] {
      var configuration = NeighborConfiguration()
      configuration.pointers = pointers
      configuration.answerPointers = onAnswers
      let names = NeighborMemory.gateFeatureNames
      let memory = try NeighborMemory(
        context: ModuleContext(model: bench.model, keyColumns: 2),
        parameters: ModuleParameters(configuration, gate: .closed(names)))
      #expect(memory.lookback(isAnswer: false) == text)
      #expect(memory.lookback(isAnswer: true) == answer)
    }
  }
}
