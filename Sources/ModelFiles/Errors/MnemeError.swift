/// An error of Mneme, described as data; the program's single renderer turns it into sentences.
public protocol MnemeError: Error, Sendable {
  /// The parts of the message for the user.
  var explanation: ErrorExplanation { get }
}

/// The four parts of an error sentence: what went wrong, where, what was expected, what to try.
public struct ErrorExplanation: Sendable, Equatable {
  /// What went wrong, as a clause without a full stop.
  public var what: String
  /// The file, option or place that the error is about.
  public var location: String?
  /// What was expected instead.
  public var expected: String?
  /// What to try next.
  public var hint: String?

  /// Creates an explanation from its parts.
  public init(
    what: String, location: String? = nil, expected: String? = nil, hint: String? = nil
  ) {
    self.what = what
    self.location = location
    self.expected = expected
    self.hint = hint
  }
}
