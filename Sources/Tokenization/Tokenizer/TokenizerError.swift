public import ModelFiles

/// Errors of the vocabulary of a model file.
public enum TokenizerError: MnemeError, Equatable {
  /// The file holds no vocabulary of this name.
  case missing(path: String, key: String)
  /// A kind of tokenizer this version does not implement.
  case unsupportedModel(path: String, found: String, supported: [String])
  /// Two arrays of the vocabulary that belong together differ in length.
  case wrongCount(path: String, key: String, found: Int, expected: Int)
  case emptyPiece(path: String, id: Int)
  case duplicatePiece(path: String, piece: String, first: Int, second: Int)
  case unknownKind(path: String, id: Int, found: Int)
  /// A token of kind byte whose piece is not of the form `<0x1F>`, or a byte with two tokens.
  case invalidByte(path: String, id: Int, piece: String)
  case invalidScore(path: String, id: Int)
  case idOutOfRange(path: String, key: String, found: Int, count: Int)
  /// An unknown pre-tokenizer.
  case unknownPreTokenizer(path: String, found: String, known: [String])
  /// A merge that does not join two pieces of the vocabulary into a third.
  case invalidMerge(path: String, index: Int, merge: String)
  /// A kind of normalisation this version does not implement.
  case unknownNormalizer(path: String, found: String)
  /// An inconsistent table of character replacements.
  case invalidCharsmap(path: String, what: String)
  /// The SentencePiece library refuses the vocabulary.
  case refused(path: String, message: String)

  /// The parts of the message for the user.
  public var explanation: ErrorExplanation {
    switch self {
    case .missing(let path, let key):
      .init(
        what: "the vocabulary lacks \(shown(key))", location: path,
        hint: "convert the model again, with its tokenizer")
    case .unsupportedModel(let path, let found, let supported):
      .init(
        what: "the tokenizer \(shown(found)) is not supported yet", location: path,
        expected: supported.map(shown).joined(separator: " or "))
    case .wrongCount(let path, let key, let found, let expected):
      .init(what: "\(shown(key)) has \(found) entries", location: path, expected: "\(expected)")
    case .emptyPiece(let path, let id):
      .init(what: "the piece of token \(id) is empty", location: path)
    case .duplicatePiece(let path, let piece, let first, let second):
      .init(what: "tokens \(first) and \(second) share the piece \(shown(piece))", location: path)
    case .unknownKind(let path, let id, let found):
      .init(what: "token \(id) is of kind \(found)", location: path, expected: "1 to 6")
    case .invalidByte(let path, let id, let piece):
      .init(
        what: "token \(id) stands for a byte but is called \(shown(piece))", location: path,
        expected: "each of '<0x00>' to '<0xFF>' once")
    case .invalidScore(let path, let id):
      .init(what: "the score of token \(id) is not a finite number", location: path)
    case .idOutOfRange(let path, let key, let found, let count):
      .init(what: "\(shown(key)) is \(found)", location: path, expected: "0 to \(count - 1)")
    case .unknownPreTokenizer(let path, let found, let known):
      .init(
        what: "the pre-tokenizer \(shown(found)) is not known", location: path,
        expected: "one of \(known.joined(separator: ", "))")
    case .invalidMerge(let path, let index, let merge):
      .init(
        what: "merge \(index) is \(shown(merge))", location: path,
        expected: "two pieces of the vocabulary, a space between them, that together are a third")
    case .unknownNormalizer(let path, let found):
      .init(
        what: "the normalisation \(shown(found)) is not known", location: path, expected: "'NFC'")
    case .invalidCharsmap(let path, let what):
      .init(what: "the table of character replacements \(what)", location: path)
    case .refused(let path, let message):
      .init(what: "the vocabulary cannot be used (\(shown(message)))", location: path)
    }
  }
}

private func shown(_ text: String) -> String { quoted(text) }
