package import ModelFiles

/// The statements that are learned together: a conversation of statements with replies, or a single statement.
package struct Lesson: Sendable, Equatable {
  /// The source in its provenance.
  package var source: ByteString
  /// The place of its first telling in the session.
  package var turn: Int
  /// The statements of a conversation in order, or the one telling.
  package var tellings: [Telling]

  /// Whether statements after it may belong to the same conversation.
  package var isConversation: Bool {
    tellings.allSatisfy { $0.kind == .statement && $0.reply != nil }
  }
}

extension [Telling] {
  /// The lessons of a session, in order: neighbouring statements of one source that were replied to are one conversation.
  ///
  /// - Parameter source: of tellings that name none.
  package func lessons(source: String) -> [Lesson] {
    var lessons: [Lesson] = []
    for (turn, telling) in enumerated() {
      let lesson = Lesson(
        source: telling.source ?? ByteString(source), turn: turn, tellings: [telling])
      if lesson.isConversation, let last = lessons.last, last.isConversation,
        last.source == lesson.source
      {
        lessons[lessons.count - 1].tellings.append(telling)
      } else {
        lessons.append(lesson)
      }
    }
    return lessons
  }
}

extension [Lesson] {
  /// The same words as documents: neighbouring lessons of one source are the lines of one.
  package var asDocuments: [Lesson] {
    var documents: [Lesson] = []
    for lesson in self {
      guard lesson.tellings.first?.kind != .forget else {
        documents.append(lesson)
        continue
      }
      let lines = lesson.tellings.flatMap { [$0.statement] + ($0.reply.map { [$0] } ?? []) }
      if let last = documents.last, last.source == lesson.source,
        let before = last.tellings.first, before.kind == .document
      {
        documents[documents.count - 1].tellings = [
          Telling(.document, ([before.text] + lines).joined(separator: "\n"))
        ]
      } else {
        documents.append(
          Lesson(
            source: lesson.source, turn: lesson.turn,
            tellings: [Telling(.document, lines.joined(separator: "\n"))]))
      }
    }
    return documents
  }
}
