/// One line of a prompts file: a question, its answers, and statements told before.
public struct EvaluationItem: Sendable, Equatable, Codable {
  /// The user's message.
  public var prompt: String
  /// Accepted answers; the first is the one whose likelihood is measured.
  public var answers: [String]
  /// Statements that are learned before the question is asked.
  public var setup: [String]
  /// A label to group items by.
  public var kind: String?

  /// An item from its parts.
  public init(prompt: String, answers: [String], setup: [String] = [], kind: String? = nil) {
    self.prompt = prompt
    self.answers = answers
    self.setup = setup
    self.kind = kind
  }

  private enum CodingKeys: String, CodingKey {
    case prompt, answer, setup, kind
  }

  /// Reads `prompt`, `answer` (a string or a list), and optionally `setup` and `kind`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    prompt = try container.decode(String.self, forKey: .prompt)
    if let one = try? container.decode(String.self, forKey: .answer) {
      answers = [one]
    } else {
      answers = try container.decode([String].self, forKey: .answer)
    }
    guard answers.contains(where: { !$0.isEmpty }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .answer, in: container, debugDescription: "at least one answer is needed")
    }
    setup = try container.decodeIfPresent([String].self, forKey: .setup) ?? []
    kind = try container.decodeIfPresent(String.self, forKey: .kind)
  }

  /// Writes what `init(from:)` reads; a single answer as a string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(prompt, forKey: .prompt)
    if answers.count == 1 {
      try container.encode(answers[0], forKey: .answer)
    } else {
      try container.encode(answers, forKey: .answer)
    }
    if !setup.isEmpty { try container.encode(setup, forKey: .setup) }
    try container.encodeIfPresent(kind, forKey: .kind)
  }
}
