/// Turns text into the tokens of one vocabulary and back.
public protocol Tokenizer: Sendable {
  /// The number of tokens; ids are `0..<vocabularySize`.
  var vocabularySize: Int { get }

  /// The tokens with a meaning of their own.
  var special: SpecialTokens { get }

  /// Whether encoding puts a space in front of text that follows no other text.
  var addsSpacePrefix: Bool { get }

  /// The tokens of a text.
  ///
  /// - Parameters:
  ///   - text: any text; user-defined pieces in it are always matched as wholes.
  ///   - addBOS: whether the vocabulary's own rule for the begin and the end of sequences applies.
  ///   - parseSpecial: whether the names of control tokens in the text become those tokens. Never for text from users.
  func encode(_ text: String, addBOS: Bool, parseSpecial: Bool) -> [Int32]

  /// The tokens of a part of a text, without control tokens from it and without begin and end of sequence.
  ///
  /// - Parameter continuing: whether other text stands directly in front, so that no space is to be added.
  func encode(fragment text: String, continuing: Bool) -> [Int32]

  /// The piece of a token as the vocabulary stores it (U+2581 for a space); empty for ids out of range.
  func piece(_ id: Int32) -> String

  /// What a token prints: possibly a part of a character only.
  ///
  /// - Parameter renderSpecial: whether control tokens print their names instead of nothing.
  func bytes(of id: Int32, renderSpecial: Bool) -> [UInt8]

  /// What a token is for; `unused` for ids out of range.
  func kind(of id: Int32) -> TokenKind

  /// The token with exactly this piece, or nil.
  func id(ofPiece piece: String) -> Int32?
}

extension Tokenizer {
  /// False: only vocabularies of SentencePiece's kind add a space.
  public var addsSpacePrefix: Bool { false }

  /// The tokens of a part of a text, for tokenizers that do not care what stands in front.
  public func encode(fragment text: String, continuing: Bool) -> [Int32] {
    encode(text, addBOS: false, parseSpecial: false)
  }

  /// The token with exactly this piece, found by looking at all of them.
  public func id(ofPiece piece: String) -> Int32? {
    (0..<Int32(vocabularySize)).first { self.piece($0).utf8.elementsEqual(piece.utf8) }
  }

  /// The tokens of a text, with the vocabulary's begin of sequence and without control tokens from the text.
  public func encode(_ text: String) -> [Int32] {
    encode(text, addBOS: true, parseSpecial: false)
  }

  /// The text of tokens: control tokens print nothing, and the space that encoding puts in front is taken off again.
  ///
  /// Bytes that are no valid UTF-8 together become U+FFFD.
  public func decode(_ ids: [Int32]) -> String {
    var stream = TextStream(tokenizer: self, stripsLeadingSpace: addsSpacePrefix)
    var text = ""
    for id in ids { text += stream.append(id) }
    return text + stream.finish()
  }
}
