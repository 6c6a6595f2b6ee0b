/// Decodes a stream of tokens to text, in whole characters only.
///
/// Tokens may end in the middle of a character's UTF-8 bytes; those wait for the rest, and where a limit ends the tokens
/// first, they are never shown. Bytes that can no longer become a character are replaced by U+FFFD, one for each maximal
/// part of a sequence, as `String(decoding:as:)` does.
public struct TextStream: Sendable {
  private let tokenizer: any Tokenizer
  private let rendersSpecial: Bool
  private var stripsSpace: Bool
  private var pending: [UInt8] = []

  /// Starts a stream.
  ///
  /// - Parameters:
  ///   - tokenizer: the vocabulary of the tokens.
  ///   - stripsLeadingSpace: removes the space that SentencePiece puts in front of a message. Those after user-defined
  ///     pieces inside it are always removed.
  ///   - rendersSpecial: prints the names of control tokens instead of nothing.
  public init(
    tokenizer: any Tokenizer, stripsLeadingSpace: Bool = false, rendersSpecial: Bool = false
  ) {
    self.tokenizer = tokenizer
    stripsSpace = stripsLeadingSpace
    self.rendersSpecial = rendersSpecial
  }

  /// Adds a token and returns the text that is now complete; often empty.
  public mutating func append(_ id: Int32) -> String {
    var bytes = tokenizer.bytes(of: id, renderSpecial: rendersSpecial)
    if stripsSpace, let first = bytes.first {
      // A space that is written as a byte, or a piece that is one as it stands, was in the text.
      if first == UInt8(ascii: " "), tokenizer.piece(id).utf8.starts(with: "\u{2581}".utf8) {
        bytes.removeFirst()
      }
      stripsSpace = false
    }
    if tokenizer.putsSpace(after: id) { stripsSpace = true }
    pending += bytes
    let text = Self.text(of: pending)
    pending.removeFirst(pending.count - Self.unfinished(pending))
    return text
  }

  /// Whether the last token ended inside a character, whose rest may follow.
  public var isInsideCharacter: Bool { !pending.isEmpty }

  /// The text of bytes without the begin of a character at their end.
  public static func text(of bytes: [UInt8]) -> String {
    String(decoding: bytes.dropLast(unfinished(bytes)), as: UTF8.self)
  }

  /// How many bytes at the end are the begin of a character that may still be completed.
  private static func unfinished(_ bytes: [UInt8]) -> Int {
    for back in 1...3 where back <= bytes.count {
      let lead = bytes[bytes.count - back]
      if lead & 0b1100_0000 == 0b1000_0000 { continue }
      let length =
        switch lead {
        case 0xc2...0xdf: 2
        case 0xe0...0xef: 3
        case 0xf0...0xf4: 4
        default: 1
        }
      guard back < length else { return 0 }
      // Some second bytes are invalid after their lead byte (overlong forms, surrogates, beyond U+10FFFF).
      if back >= 2 {
        let second = bytes[bytes.count - back + 1]
        switch lead {
        case 0xe0 where second < 0xa0, 0xed where second > 0x9f, 0xf0 where second < 0x90,
          0xf4 where second > 0x8f:
          return 0
        default: break
        }
      }
      return back
    }
    return 0
  }
}
