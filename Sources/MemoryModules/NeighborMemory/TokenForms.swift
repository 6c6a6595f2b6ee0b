import Tokenization

/// The printed forms of a vocabulary's tokens, as far as needed here; computed once, since a read compares thousands of
/// them.
struct TokenForms {
  /// The first token with the same printed form except for capitals, or the token itself, [vocabulary].
  private var words: [Int32]
  /// Whether the token prints punctuation only, or nothing, [vocabulary].
  private var marks: [Bool]

  /// Without a tokenizer every token is a separate word, and a clause may begin anywhere.
  init(tokenizer: (any Tokenizer)?, vocabularySize: Int) {
    words = (0..<Int32(vocabularySize)).map { $0 }
    marks = [Bool](repeating: true, count: vocabularySize)
    guard let tokenizer else { return }
    var first: [[UInt8]: Int32] = [:]
    for token in 0..<Int32(vocabularySize) {
      let bytes = tokenizer.bytes(of: token, renderSpecial: false).map { byte in
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
      }
      marks[Int(token)] =
        bytes.isEmpty
        || bytes.contains { $0 != UInt8(ascii: " ") } && !bytes.contains(where: Self.isInWord)
      guard !bytes.isEmpty else { continue }
      if let other = first[bytes] { words[Int(token)] = other } else { first[bytes] = token }
    }
  }

  private static func isInWord(_ byte: UInt8) -> Bool {
    byte >= 0x80 || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }

  /// Whether two tokens differ in capitals at most: "My name is ...", "No, my name is ...".
  func isSameWord(_ a: Int32, _ b: Int32) -> Bool { words[Int(a)] == words[Int(b)] }

  /// Whether a clause begins after a token: one that prints punctuation without letters or digits, or nothing, or no
  /// token at all.
  func isBoundary(_ token: Int32?) -> Bool { token.map { marks[Int($0)] } ?? true }
}
