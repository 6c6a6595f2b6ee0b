import Generation
import Memory
import Mneme
import ModelFiles
import Tokenization
import Transformer

/// Writes the statements of an episode's session into memories, as a user's messages would be; into memories that learn
/// documents only, as the lines of a document.
struct EpisodeTeacher {
  let model: LanguageModel
  /// The source of every statement that names none.
  let source: String
  let session: TransformerSession
  let memories: [DetachableMemory]

  /// Writes one session's statements.
  func teach(_ tellings: [Telling]) throws {
    let modules = memories.flatMap(\.modules)
    let learnsChats = modules.isEmpty || modules.contains { type(of: $0).about.learnsChats }
    let lessons = tellings.lessons(source: source)
    for lesson in learnsChats ? lessons : lessons.asDocuments {
      try Task.checkCancellation()
      try teach(lesson)
    }
  }

  private func teach(_ lesson: Lesson) throws {
    guard let telling = lesson.tellings.first else { return }
    var learner = TextLearner(
      session: session, model: model,
      conversation: "\(source) \(lesson.isConversation ? 0 : lesson.turn)",
      source: lesson.source.text)
    // A fixed time, so that two runs write the same memory.
    learner.time = 0
    if lesson.isConversation {
      try learner.learnConversation(
        lesson.tellings.flatMap { telling in
          [ChatMessage(role: .user, content: telling.text)]
            + (telling.reply.map { [ChatMessage(role: .assistant, content: $0)] } ?? [])
        })
      return
    }
    switch telling.kind {
    case .statement:
      _ = try learner.learnStatement(telling.text, turn: lesson.turn + 1)
    case .fact:
      _ = try learner.learnFact(
        telling.text, answer: telling.answer, into: memories, turn: lesson.turn + 1)
    case .document:
      try learner.learnDocument(
        model.tokenizer.encode(telling.text, addBOS: false, parseSpecial: false))
    case .forget:
      for memory in memories {
        _ = try memory.forget(.source(lesson.source)) { _ in try Task.checkCancellation() }
      }
    }
  }
}

extension Episode {
  /// The statements that were told and not forgotten since, for arms that put them into the context instead of a
  /// memory.
  var contextPieces: [ContextPiece] {
    var told: [(source: ByteString?, piece: ContextPiece)] = []
    for telling in sessions.joined() {
      if telling.kind == .forget {
        told.removeAll { $0.source == telling.source }
      } else {
        told.append((telling.source, ContextPiece(telling.statement, reply: telling.reply)))
      }
    }
    return told.map(\.piece)
  }
}

extension Telling {
  /// The words for a context: a fact ends with its answer.
  var statement: String {
    guard kind == .fact, let answer, !answer.isEmpty else { return text }
    let end = text.trimmingSuffix { ".! ".contains($0) }
    return ByteString(String(end)).hasSuffix(ByteString(answer)) ? text : "\(text) \(answer)"
  }
}

extension String {
  fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> Substring {
    var rest = self[...]
    while let last = rest.last, isTrimmed(last) { rest.removeLast() }
    return rest
  }
}
