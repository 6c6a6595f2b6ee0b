/// Encodes text to the tokens of one vocabulary and decodes it.
public protocol Tokenizer: Sendable {
  /// The number of tokens; ids are `0..<vocabularySize`.
  var vocabularySize: Int { get }

  /// The tokens with a special meaning.
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
  /// - Parameter continuing: whether other text comes directly before, so that no space is added.
  func encode(fragment text: String, continuing: Bool) -> [Int32]

  /// Whether encoding puts a space in front of text that follows this token, although no space was there; printing takes
  /// it away again.
  func putsSpace(after id: Int32) -> Bool

  /// The piece of a token as the vocabulary stores it (U+2581 for a space); empty for ids out of range.
  func piece(_ id: Int32) -> String

  /// The bytes that a token prints, possibly only a part of a character.
  ///
  /// - Parameter renderSpecial: whether control tokens print their names instead of nothing.
  func bytes(of id: Int32, renderSpecial: Bool) -> [UInt8]

  /// The kind of a token; `unused` for ids out of range.
  func kind(of id: Int32) -> TokenKind

  /// The token with exactly this piece, or nil.
  func id(ofPiece piece: String) -> Int32?
}

extension Tokenizer {
  /// False: only vocabularies of SentencePiece's kind add a space.
  public var addsSpacePrefix: Bool { false }

  /// False: only vocabularies of SentencePiece's kind add a space.
  public func putsSpace(after id: Int32) -> Bool { false }

  /// The tokens of a part of a text, for tokenizers that do not depend on the text before.
  public func encode(fragment text: String, continuing: Bool) -> [Int32] {
    encode(text, addBOS: false, parseSpecial: false)
  }

  /// The token with exactly this piece, found by linear search.
  public func id(ofPiece piece: String) -> Int32? {
    (0..<Int32(vocabularySize)).first { self.piece($0).utf8.elementsEqual(piece.utf8) }
  }

  /// The tokens of a text, with the vocabulary's begin of sequence and without control tokens from the text.
  public func encode(_ text: String) -> [Int32] {
    encode(text, addBOS: true, parseSpecial: false)
  }

  /// What a token prints alone, with its name for a control token; where its bytes are only a part of a character, their
  /// numbers, such as `<0xE2>`.
  public func label(of id: Int32) -> String {
    let bytes = bytes(of: id, renderSpecial: true)
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    return bytes.map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return "<0x" + (byte < 16 ? "0" : "") + digits + ">"
    }.joined()
  }

  /// The text of tokens: control tokens print nothing, and the spaces that encoding adds are removed.
  ///
  /// Invalid UTF-8 becomes U+FFFD; a character that the last tokens only begin is left out.
  public func decode(_ ids: [Int32]) -> String {
    var stream = TextStream(tokenizer: self, stripsLeadingSpace: addsSpacePrefix)
    return ids.reduce(into: "") { $0 += stream.append($1) }
  }
}
