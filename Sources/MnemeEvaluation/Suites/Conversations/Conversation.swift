/// A conversation of several sessions and questions about it, whatever file it comes from.
struct Conversation: Equatable {
  /// One message.
  struct Turn: Equatable {
    /// Whether it is the assistant's, which is never learned.
    var isReply: Bool
    var text: String
  }

  /// One session of the conversation.
  struct Session: Equatable {
    /// The date as given in the file.
    var date: String?
    var turns: [Turn]
  }

  /// A question about it.
  struct Item: Equatable {
    var prompt: String
    var answers: [String]
    var wrong: [String] = []
    var kind: String?
    /// The sessions that contain the evidence for the answer; empty when the file does not name them.
    var evidence: Set<Int> = []
  }

  /// A name of the file's own.
  var id: String?
  var sessions: [Session]
  var items: [Item]
}

extension Conversation.Session {
  /// The statements to tell: users' messages, each with the reply that followed, and the date first.
  var tellings: [Telling] {
    var tellings: [Telling] = []
    if let date, !date.isEmpty { tellings.append(Telling(.statement, "The date is \(date).")) }
    for turn in turns where !turn.text.isEmpty {
      if !turn.isReply {
        tellings.append(Telling(.statement, turn.text))
      } else if let last = tellings.indices.last {
        // A reply without a message before it is left out.
        tellings[last].reply = tellings[last].reply.map { $0 + "\n" + turn.text } ?? turn.text
      }
    }
    return tellings
  }
}
