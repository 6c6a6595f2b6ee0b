public import ModelFiles

/// One text that a memory learns, or one source that it forgets, before questions are asked.
public struct Telling: Sendable, Equatable, Codable {
  /// The way it is learned.
  public enum Kind: String, Sendable, Codable {
    /// A message of the user.
    case statement
    /// A message of the user that is declared a fact, with its answer: `mneme memory write TEXT --answer ANSWER`.
    case fact
    /// A text that is read.
    case document
    /// Everything that was told with `source` is forgotten: `mneme memory forget --source SOURCE`.
    case forget
  }

  /// The way it is learned.
  public var kind: Kind
  /// The words; empty for `forget`.
  public var text: String
  /// The model's reply to a statement, if the conversation continues; never learned.
  public var reply: String?
  /// The answer of a fact, with which the statement ends.
  public var answer: String?
  /// A name to forget it by; `nil` takes the episode's.
  public var source: ByteString?

  /// A telling from its parts.
  public init(
    _ kind: Kind, _ text: String, reply: String? = nil, answer: String? = nil,
    source: ByteString? = nil
  ) {
    self.kind = kind
    self.text = text
    self.reply = reply
    self.answer = answer
    self.source = source
  }
}

/// A question that is asked with an empty context.
public struct Question: Sendable, Equatable, Codable {
  /// The user's message, or the words to continue when `isRaw`.
  public var prompt: String
  /// Accepted answers; the likelihood of the first is measured. None: the question is unrelated to what was told.
  public var answers: [String]
  /// Answers that are wrong now: the value before a correction, or a forgotten value.
  public var wrong: [String]
  /// A label that tables group by.
  public var kind: String?
  /// The relative position of the answer in the told text, 0 (first) to 1 (last).
  public var depth: Double?
  /// The nominal number of told tokens; a column of the accuracy table.
  public var length: Int?
  /// Whether the prompt is continued directly, without the chat template.
  public var isRaw: Bool
  /// The longest answer in tokens; `nil` for the run's setting.
  public var tokens: Int?
  /// Whether the answer must *not* be given: it was forgotten, and memory should be as if it had never been told.
  public var isForgotten: Bool

  /// A question from its parts.
  public init(
    _ prompt: String, _ answers: [String], wrong: [String] = [], kind: String? = nil,
    depth: Double? = nil, length: Int? = nil, isRaw: Bool = false, tokens: Int? = nil,
    isForgotten: Bool = false
  ) {
    self.prompt = prompt
    self.answers = answers
    self.wrong = wrong
    self.kind = kind
    self.depth = depth
    self.length = length
    self.isRaw = isRaw
    self.tokens = tokens
    self.isForgotten = isForgotten
  }

  /// Whether it concerns nothing that was told, as it has no answers: the reply must stay the plain model's.
  public var isUnrelated: Bool { answers.isEmpty }
}

/// Texts told in one or more sessions, and questions asked afterwards. Every episode starts from the memory's initial
/// state.
public struct Episode: Sendable, Equatable, Codable {
  /// Distinguishes it within its suite, stable for a seed.
  public var id: String
  /// Sessions in order. Between two of them the context is emptied; a suite that `splitsSessions` also saves the memory, ends
  /// the process and loads it in the next.
  public var sessions: [[Telling]]
  /// The questions, each asked in an empty context; asking changes nothing.
  public var questions: [Question]

  /// An episode from its parts.
  public init(id: String, sessions: [[Telling]], questions: [Question]) {
    self.id = id
    self.sessions = sessions
    self.questions = questions
  }
}

/// A text that is scored token by token in windows; each is committed after it was scored when `learns`.
public struct TextTask: Sendable, Equatable, Codable {
  /// Distinguishes it within its suite.
  public var id: String
  /// A title for headings.
  public var title: String
  /// The text.
  public var text: String
  /// Whether memories learn it while it is scored.
  public var learns: Bool
  /// A text that memories learn before this one is scored; the score then shows the cost of an unrelated memory.
  public var before: String?

  /// A task from its parts.
  public init(id: String, title: String, text: String, learns: Bool, before: String? = nil) {
    self.id = id
    self.title = title
    self.text = text
    self.learns = learns
    self.before = before
  }
}
