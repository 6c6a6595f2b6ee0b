public import Memory

/// How control arms without a memory put told texts into the context.
public enum ContextForm: Sendable, Hashable, Codable {
  /// As earlier turns of the conversation, each with its reply.
  case turns
  /// As text in the user's message, as memories put recalled facts there; replies, which memories do not learn, are
  /// left out.
  case message(RecallForm)
}

extension ContextForm: RawRepresentable, CaseIterable {
  /// Turns first.
  public static var allCases: [ContextForm] { [.turns] + RecallForm.allCases.map(Self.message) }

  /// The form of a name in results: `turns`, or a recall form's.
  public init?(rawValue: String) {
    if rawValue == Self.turns.rawValue {
      self = .turns
    } else if let form = RecallForm(rawValue: rawValue) {
      self = .message(form)
    } else {
      return nil
    }
  }

  /// Its name in results.
  public var rawValue: String {
    switch self {
    case .turns: "turns"
    case .message(let form): form.rawValue
    }
  }

  /// What it is, for reports.
  public var explanation: String {
    switch self {
    case .turns: "earlier turns of the conversation (turns)"
    case .message(let form): "text in the user's message (\(form.rawValue))"
    }
  }
}
