import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Tokenization
import Transformer

/// What must be true of a memory file for as long as its format is read, written down when that format was the newest.
struct FrozenMemory: Codable, Equatable {
  struct Module: Codable, Equatable {
    var kind: ModuleKind
    var entries: Int
    var rejectedUpdates: Int
  }

  struct Journal: Codable, Equatable {
    var tokens: [Int32]
    var surprisals: [Float]
    /// Per token, an index into `provenance`.
    var sources: [Int]
    var provenance: [Provenance]
  }

  var fingerprint: String
  var modules: [Module]
  var tokensSeen: Int
  var created: Double
  var updated: Double
  var journal: Journal?
  var facts: [Fact]
  /// The journal's places of each fact.
  var places: [[Int]]
  /// Logits of the last row of a fixed prompt, rounded to 1e-5, with the memory attached read-only.
  var logits: [Float]
  /// The same where the prompt's last token belongs to an answer of the model.
  var answerLogits: [Float]
}

extension FrozenMemory {
  static let fact = "the dog of maria is called "
  static let answer = "bozkif"

  /// Reads off a memory what is to stay true of it.
  init(of memory: DetachableMemory, on bench: Workbench) throws {
    fingerprint = memory.fingerprint.hex
    modules = memory.modules.map {
      Module(
        kind: type(of: $0).kind, entries: $0.entries, rejectedUpdates: $0.rejectedUpdates)
    }
    tokensSeen = memory.tokensSeen
    created = memory.created
    updated = memory.updated
    journal = memory.journal.map { journal in
      var provenance: [Provenance] = []
      let sources = journal.tokens.indices.map { index -> Int in
        guard let source = journal.provenance(of: index) else { return -1 }
        if let known = provenance.firstIndex(of: source) { return known }
        provenance.append(source)
        return provenance.count - 1
      }
      return Journal(
        tokens: journal.tokens, surprisals: journal.surprisals, sources: sources,
        provenance: provenance)
    }
    facts = memory.factMemory?.facts ?? []
    places = facts.map { memory.factMemory?.journal(ofFact: $0.id) ?? [] }
    let prompt = try Self.prompt(bench)
    logits = try Self.lastRow(prompt, memory, bench, isAnswer: false)
    answerLogits = try Self.lastRow(prompt, memory, bench, isAnswer: true)
  }

  /// Some of what was read, and the question that the told fact answers.
  static func prompt(_ bench: Workbench) throws -> [Int32] {
    let tokenizer = try loadTokenizer(from: bench.model.file)
    return TinyLlama.tokens(40, seed: 21).suffix(12)
      + tokenizer.encode(fact, addBOS: false, parseSpecial: false)
  }

  static func lastRow(
    _ prompt: [Int32], _ memory: DetachableMemory?, _ bench: Workbench, isAnswer: Bool
  ) throws -> [Float] {
    let session = bench.session()
    let attached = try memory?.attach(to: session, readOnly: true)
    defer { attached?.detach() }
    if isAnswer { session.read(as: Prompt(text: prompt, bos: nil).mode(after: 0)) }
    return try session.forward(prompt, logits: .last).last.map {
      ($0 * 1e5).rounded() / 1e5
    }
  }

  /// A memory that has read two conversations and was told a fact.
  static func make(
    _ kinds: [ModuleKind], journal: Bool, on bench: Workbench, seed: UInt64 = 21
  ) throws -> DetachableMemory {
    let tokenizer = try loadTokenizer(from: bench.model.file)
    let memory = try DetachableMemory.create(
      kinds: kinds, model: bench.model, adapter: bench.adapter(.open), registry: .standard,
      tokenizer: tokenizer, keepsJournal: journal, name: "frozen")
    let readings: [([Int32], Provenance)] = [
      (
        TinyLlama.tokens(40, seed: seed),
        Provenance(
          conversation: "first", turn: 0, role: .document, source: "notes \u{e4}.txt", time: 1_000)
      ),
      (
        TinyLlama.tokens(16, seed: seed + 1),
        Provenance(
          conversation: "second", turn: 0, role: .assistant, source: "chat", time: 2_000.5)
      ),
    ]
    for (tokens, provenance) in readings { try read(tokens, provenance, into: memory, bench) }
    let first = memory.factMemory?.nextFact ?? 0
    let told = Provenance(
      conversation: "second", turn: 1, role: .user, source: "chat", time: 2_001.25)
    let text = fact + answer
    let tokens = [1] + tokenizer.encode(text, addBOS: false, parseSpecial: false)
    try read(tokens, told, into: memory, bench)
    memory.settleFact(
      from: first, text: text,
      answer: FactAnswer(
        text: ByteString(answer), tokens: tokenizer.encode(fragment: " " + answer, continuing: true)
      ))
    return memory
  }

  private static func read(
    _ tokens: [Int32], _ provenance: Provenance, into memory: DetachableMemory, _ bench: Workbench
  ) throws {
    let session = bench.session()
    let attached = try memory.attach(to: session)
    defer { attached.detach() }
    _ = try session.forward(tokens, logits: .none)
    try session.commit(
      through: tokens.count, provenance: provenance,
      learnable: tokens.indices.map { $0 > 0 }, endsSegment: true)
  }
}
