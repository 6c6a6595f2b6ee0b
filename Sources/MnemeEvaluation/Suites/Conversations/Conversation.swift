/// A conversation of several sessions and questions about it, whatever file it comes from.
struct Conversation: Equatable {
  /// One thing said.
  struct Turn: Equatable {
    /// Whether the assistant said it: then it is never learned.
    var isReply: Bool
    var text: String
  }

  /// What was said on one occasion.
  struct Session: Equatable {
    /// When, as the file says it.
    var date: String?
    var turns: [Turn]
  }

  /// A question about it.
  struct Item: Equatable {
    var prompt: String
    var answers: [String]
    var wrong: [String] = []
    var kind: String?
    /// The sessions that hold what is needed to answer; empty when the file does not say.
    var evidence: Set<Int> = []
  }

  /// A name of the file's own.
  var id: String?
  var sessions: [Session]
  var items: [Item]
}

extension Conversation.Session {
  /// What is told: what users said, each with the reply that followed, and the date before everything.
  var tellings: [Telling] {
    var tellings: [Telling] = []
    if let date, !date.isEmpty { tellings.append(Telling(.statement, "The date is \(date).")) }
    for turn in turns where !turn.text.isEmpty {
      if !turn.isReply {
        tellings.append(Telling(.statement, turn.text))
      } else if let last = tellings.indices.last {
        // A reply without anything before it answers nothing that is told.
        tellings[last].reply = tellings[last].reply.map { $0 + "\n" + turn.text } ?? turn.text
      }
    }
    return tellings
  }
}
