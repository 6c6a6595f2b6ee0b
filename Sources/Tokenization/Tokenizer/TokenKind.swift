/// The kind of a token; the raw values are GGUF's and SentencePiece's.
public enum TokenKind: Int32, Sendable, Codable, CaseIterable {
  /// A piece of text.
  case normal = 1
  /// The replacement for text without any other token.
  case unknown = 2
  /// A control token, which text never becomes, such as the begin and the end of a sequence.
  case control = 3
  /// A piece that is matched as a whole wherever it occurs.
  case userDefined = 4
  /// A placeholder.
  case unused = 5
  /// One byte, for text without a piece.
  case byte = 6
}
