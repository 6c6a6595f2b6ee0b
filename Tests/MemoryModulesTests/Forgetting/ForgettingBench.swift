import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// Lives that are told to a memory step by step, so that the same life can be told without one of its steps.
struct ForgettingBench {
  let bench: Workbench

  /// One commit, or several in one context.
  struct Step: Sendable {
    var conversation: String
    var source = "test"
    var time: Double = 1_000
    var turn = 0
    /// Tokens with what they are; those of a user or a document are learned, unless `isQuestion`.
    var pieces: [Piece]
    /// Whether it goes on in the context of the step before it.
    var continues = false
    /// What it is declared to tell.
    var fact: String?
  }

  struct Piece: Sendable {
    var tokens: [Int32]
    var part: TokenPart
    var isQuestion = false
    /// Whether the piece is a commit of its own, by this role; else it belongs to the next one.
    var role: Role?
  }

  init() throws { bench = try Workbench.shared.get() }

  /// A document of some tokens.
  static func document(_ name: String, seed: UInt64, count: Int = 25, time: Double = 1_000) -> Step
  {
    Step(
      conversation: name, source: name, time: time,
      pieces: [Piece(tokens: TinyLlama.tokens(count, seed: seed), part: .document, role: .document)]
    )
  }

  /// A turn of a chat: a mark, words, a mark, a reply, a mark.
  ///
  /// - Parameter replies: whether the reply and a question are still there.
  static func turn(
    _ conversation: String, _ number: Int, source: String = "chat", isQuestion: Bool = false,
    replies: Bool = true, continues: Bool? = nil
  ) -> Step {
    let seed = UInt64(200 + number)
    return Step(
      conversation: conversation, source: source, time: 1_000 + Double(number), turn: number,
      pieces: [
        Piece(tokens: [1, 4], part: .mark),
        Piece(
          tokens: TinyLlama.tokens(9, seed: seed), part: .user, isQuestion: isQuestion),
        Piece(tokens: [5, 6], part: .mark, role: .user),
        Piece(tokens: replies ? TinyLlama.tokens(6, seed: seed + 1000) : [], part: .assistant),
        Piece(tokens: [7], part: .mark, role: .assistant),
      ], continues: continues ?? (number > 1))
  }

  /// A turn that begins a conversation with a system prompt, or with the mark of the beginning alone.
  static func opening(_ conversation: String, _ number: Int, prompt: [Int32] = []) -> Step {
    var step = turn(conversation, number, continues: false)
    step.pieces.insert(
      Piece(tokens: [1] + prompt, part: prompt.isEmpty ? .mark : .system, role: .system), at: 0)
    return step
  }

  /// Tells a memory a life; steps that continue share a session with the one before.
  func tell(_ steps: [Step], to memory: DetachableMemory) throws {
    var session = bench.session()
    var attached = try memory.attach(to: session)
    defer { attached.detach() }
    for (number, step) in steps.enumerated() {
      if !step.continues, number > 0 {
        attached.detach()
        session = bench.session()
        attached = try memory.attach(to: session)
      }
      let first = memory.factMemory?.nextFact ?? 0
      var tokens: [Int32] = []
      var learnable: [Bool] = []
      var parts: [TokenPart] = []
      for (index, piece) in step.pieces.enumerated() {
        tokens += piece.tokens
        parts += piece.tokens.map { _ in piece.part }
        let isLearned = [.user, .document].contains(piece.part) && !piece.isQuestion
        learnable += piece.tokens.map { _ in isLearned }
        guard let role = piece.role else { continue }
        _ = try session.forward(tokens, logits: .none)
        try session.commit(
          through: session.tokens.count,
          provenance: Provenance(
            conversation: step.conversation, turn: step.turn, role: role, source: step.source,
            time: step.time),
          learnable: learnable, parts: parts, endsSegment: index == step.pieces.count - 1)
        (tokens, learnable, parts) = ([], [], [])
      }
      if let fact = step.fact {
        memory.settleFact(from: first, text: fact, answer: nil)
      }
    }
  }

  /// A memory that was told a life.
  func memory(
    _ kinds: [ModuleKind], _ steps: [Step], checkpoints: Int? = nil, journal: Bool = true
  ) throws -> DetachableMemory {
    let memory = try bench.memory(kinds, journal: journal)
    if let checkpoints { memory.checkpointInterval = checkpoints }
    try tell(steps, to: memory)
    return memory
  }

  /// The file of a memory but for its dates: data, and metadata without `created`, `updated` and the checksum over them.
  static func content(of memory: DetachableMemory) throws -> (
    data: Data, metadata: [String: String]
  ) {
    let folder = try TemporaryFolder()
    try memory.save(to: folder.path("a.mneme"))
    let file = try SafetensorsFile.open(folder.path("a.mneme"))
    let dated = ["mneme.created", "mneme.updated", "mneme.header_sha256"]
    return (file.data, file.metadata.filter { !dated.contains($0.key) })
  }

  /// Whether two memories have the same file but for dates; says which tensor differs.
  static func expectSameFile(
    _ a: DetachableMemory, _ b: DetachableMemory, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let (left, right) = try (content(of: a), content(of: b))
    #expect(left.metadata == right.metadata, "\(what)", sourceLocation: sourceLocation)
    guard left.data != right.data else { return }
    let folder = try TemporaryFolder()
    try a.save(to: folder.path("a.mneme"))
    try b.save(to: folder.path("b.mneme"))
    let first = try SafetensorsFile.open(folder.path("a.mneme"))
    let second = try SafetensorsFile.open(folder.path("b.mneme"))
    let different = first.tensors.filter { tensor in
      second.tensor(tensor.name).map { $0.shape != tensor.shape || $0.data != tensor.data } ?? true
    }
    Issue.record(
      "\(what): other bytes in \(different.map { "\($0.name) \($0.shape)" })",
      sourceLocation: sourceLocation)
  }
}
