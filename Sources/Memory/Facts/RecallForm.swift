/// The form in which recalled facts stand as text in the user's last message.
///
/// Which form a model answers best from differs a lot between small models, so it is chosen by generation when a model
/// is first met (`FormTrial`).
public enum RecallForm: String, ConfigurationChoice {
  /// `Text: "..."`, then "According to the text:" and the message.
  case text
  /// "Fact: ...", "Question: ..." and "Answer the question using the fact."
  case fact
  /// The facts, then "Use this to answer:" and the message.
  case use
  /// The facts, then the message.
  case plain
  /// `Earlier I told you: "..."`, then the message.
  case earlier

  /// A message with facts in this form.
  ///
  /// - Parameters:
  ///   - facts: in the user's own words, best first.
  ///   - message: what the user says now; it stands in the result unchanged.
  public func text(_ facts: [String], message: String) -> String {
    let told = facts.map(Self.closed).joined(separator: " ")
    return switch self {
    case .text: "Text: \"\(told)\"\nAccording to the text: \(message)"
    case .fact: "Fact: \(told)\nQuestion: \(message)\nAnswer the question using the fact."
    case .use: "\(told)\nUse this to answer: \(message)"
    case .plain: "\(told) \(message)"
    case .earlier: "Earlier I told you: \"\(told)\"\n\(message)"
    }
  }

  /// A fact on one line that ends like a sentence, so that the message does not run on from it.
  package static func closed(_ fact: String) -> String {
    let line = fact.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard let last = line.last else { return line }
    return ".!?\"')]}\u{3002}\u{0964}".contains(last) ? line : line + "."
  }
}
