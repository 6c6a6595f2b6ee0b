import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// What the host does for every module: pairing, conversations, contributions, going back.
@Suite("A memory attached to a session")
struct HostTests {
  let bench: Workbench

  init() throws { bench = try Workbench.shared.get() }

  @Test("A conversation goes on in an emptied cache: the pair across the seam is learned")
  func carriesAcrossWindows() throws {
    let tokens = TinyLlama.tokens(30, seed: 1)
    let memory = try bench.memory([.neighbor])
    let session = bench.session()
    let attached = try memory.attach(to: session)
    for window in 0..<3 {
      session.reset()
      try Workbench.feed(Array(tokens[window * 10..<window * 10 + 10]), to: session)
    }
    attached.detach()
    #expect(memory.modules.map(\.entries) == [29])
    #expect(memory.journal?.tokens == Array(tokens.dropFirst()))
    #expect(memory.tokensSeen == 30)
  }

  @Test("After an undone turn, the next one pairs with what came before it")
  func undo() throws {
    func run(undone: [Int32]?) throws -> DetachableMemory {
      let memory = try bench.memory(ModuleRegistry.standard.kinds)
      let session = bench.session()
      let attached = try memory.attach(to: session)
      defer { attached.detach() }
      try Workbench.feed(TinyLlama.tokens(12, seed: 1), to: session)
      if let undone {
        let snapshot = memory.snapshot()
        try Workbench.feed(undone, to: session)
        session.truncate(to: 12)
        memory.restore(snapshot)
      }
      try Workbench.feed(TinyLlama.tokens(9, seed: 2), to: session)
      return memory
    }
    let plain = try run(undone: nil)
    let changed = try run(undone: TinyLlama.tokens(20, seed: 3))
    #expect(plain.modules.allSatisfy { $0.entries == 20 })
    #expect(try Workbench.state(of: changed) == Workbench.state(of: plain))
    #expect(changed.tokensSeen == plain.tokensSeen)
  }

  @Test("Tokens that were generated again are learned as they were accepted")
  func regenerated() throws {
    let memory = try bench.memory([.neighbor])
    let session = bench.session()
    let attached = try memory.attach(to: session)
    let prompt = TinyLlama.tokens(8, seed: 1)
    _ = try session.forward(prompt)
    for token in TinyLlama.tokens(5, seed: 2) { _ = try session.forward([token]) }
    session.truncate(to: 8)
    let accepted = TinyLlama.tokens(5, seed: 3)
    for token in accepted { _ = try session.forward([token]) }
    try session.commit(
      through: 13, provenance: Workbench.provenance(),
      learnable: [Bool](repeating: true, count: 13),
      endsSegment: true)
    attached.detach()
    #expect(memory.journal?.tokens == Array((prompt + accepted).dropFirst()))
    let straight = try bench.memory([.neighbor])
    let second = bench.session()
    let other = try straight.attach(to: second)
    try Workbench.feed(prompt + accepted, to: second)
    other.detach()
    #expect(try difference(bench.logits(with: memory), bench.logits(with: straight)) < 1e-5)
  }

  @Test("Contributions name the entry's source, and are cleared on request")
  func contributions() throws {
    let tokens = TinyLlama.tokens(40, seed: 5)
    let memory = try bench.memory([.neighbor])
    let session = bench.session()
    let attached = try memory.attach(to: session)
    try Workbench.feed(tokens, to: session, conversation: "monday")
    session.reset()
    session.read(as: .answer(from: 0, question: 0..<0))
    attached.clearContributions()
    // The same beginning again: the nearest entry is the same place.
    _ = try session.forward(Array(tokens.prefix(20)), logits: .last)
    let last = try #require(attached.contributions.last)
    #expect(last.position == 19)
    #expect(last.module == .neighbor)
    #expect(last.token == tokens[20])
    #expect(last.gate == 0.5)
    let source = try #require(last.sources.first)
    #expect(source.provenance.conversation == "monday")
    #expect(source.weight > 0 && source.weight <= 1)
    #expect(last.sources.count <= 3)
    attached.clearContributions()
    #expect(attached.contributions.isEmpty)
    attached.detach()
    _ = try session.forward([7], logits: .last)
    #expect(attached.contributions.isEmpty)
  }

  @Test("A mixed distribution still sums to one with several memories attached")
  func severalMemories() throws {
    let first = try bench.filled([.neighbor])
    let second = try bench.filled([.neural], tokens: TinyLlama.tokens(50, seed: 6))
    let session = bench.session()
    let attached = try [
      first.attach(to: session, readOnly: true), second.attach(to: session, readOnly: true),
    ]
    let prompt = TinyLlama.tokens(10, seed: 7)
    let both = try session.forward(prompt, logits: .last).last
    // One mixer for all of them: it comes with the first and goes with the last.
    let mixer = session.hooks.mixer
    #expect(mixer != nil)
    attached[0].detach()
    #expect(session.hooks.mixer === mixer)
    attached[1].detach()
    #expect(session.hooks.mixer == nil && session.hooks.isEmpty)
    #expect(both.allSatisfy { $0.isFinite })
    let alone = try bench.logits(prompt, with: first).suffix(TinyLlama.vocabularySize)
    #expect(both != Array(alone))
    // Detached in the order of attachment, nothing is left.
    session.reset()
    let plain = try bench.logits(prompt)
    #expect(try session.forward(prompt, logits: .all).values == plain)
  }

  @Test("The logits of the last row do not depend on how many rows were asked for")
  func selection() throws {
    for kind in ModuleRegistry.standard.kinds {
      let memory = try bench.filled([kind])
      let prompt = TinyLlama.tokens(30, seed: 8)
      let all = try bench.logits(prompt, with: memory, asAnswer: true).suffix(
        TinyLlama.vocabularySize)
      let session = bench.session()
      session.read(as: .answer(from: 0, question: 0..<0))
      let attached = try memory.attach(to: session, readOnly: true)
      let last = try session.forward(prompt, logits: .last).last
      attached.detach()
      #expect(difference(Array(all), last) < 1e-5)
    }
  }

  @Test("Unsaved changes: set by learning, cleared by saving, set by going back behind a save")
  func unsavedChanges() throws {
    let memory = try bench.filled([.neighbor])
    #expect(memory.hasUnsavedChanges)
    let folder = try TemporaryFolder()
    try memory.save(to: folder.path("a.mneme"))
    #expect(!memory.hasUnsavedChanges)
    let snapshot = memory.snapshot()
    memory.restore(snapshot)
    #expect(!memory.hasUnsavedChanges)
    let session = bench.session()
    let attached = try memory.attach(to: session)
    session.reset()
    _ = try session.forward([5, 6, 7], logits: .none)
    try session.commit(
      through: 3,
      provenance: Provenance(
        conversation: "z", turn: 1, role: .user, source: "a clock that stands wrong", time: 2_000),
      learnable: [true, true, true], endsSegment: true)
    attached.detach()
    #expect(memory.hasUnsavedChanges)
    try memory.save(to: folder.path("a.mneme"))
    memory.restore(snapshot)
    #expect(memory.hasUnsavedChanges)
  }
}
