/// How sure it is that a question is about a fact.
public enum Certainty: String, Sendable, Codable, Comparable, CaseIterable {
  /// It is about something else.
  case no
  /// It may be about the fact: the fact is cited, and the reply stays the plain model's.
  case perhaps
  /// It is about the fact, which reaches the model.
  case sure

  public static func < (first: Self, second: Self) -> Bool {
    first.rank < second.rank
  }

  private var rank: Int {
    switch self {
    case .no: 0
    case .perhaps: 1
    case .sure: 2
    }
  }
}
