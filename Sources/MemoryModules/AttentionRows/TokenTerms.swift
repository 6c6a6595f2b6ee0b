import Foundation
package import Memory
import Tokenization

/// Reads tokens as terms that can be compared: one word is many different tokens, by what stands before it and by its capitals.
package struct TokenTerms {
  package enum Unit: Sendable {
    /// Each token by itself.
    case pieces
    /// Words, too: they find what is written with other pieces. A rare name, of many pieces, counts more than a common word. Of 240
    /// questions about documents a passage of 40 tokens holds the answer to 227, to 224 by pieces alone; of 60 names told once in a
    /// novel all are found, by words alone 59, and in passages of 80 tokens 45.
    case wordsAndPieces
  }

  private let tokenizer: (any Tokenizer)?
  private let unit: Unit
  /// The bytes of tokens that were read before; what control tokens stand for separates words.
  private var bytes: [Int32: [UInt8]] = [:]
  /// The terms of pieces and of words that were read before; empty where there is neither letter nor digit.
  private var (letters, stems): ([String: String], [String: String]) = ([:], [:])

  package init(_ context: ModuleContext, by unit: Unit) {
    tokenizer = context.tokenizer
    self.unit = unit
  }

  /// The terms of some tokens, in order. Without a tokenizer, each token's number.
  package mutating func read(_ tokens: some Sequence<Int32>) -> [String] {
    guard let tokenizer else { return tokens.map(String.init) }
    return switch unit {
    case .pieces: pieces(tokens, tokenizer)
    case .wordsAndPieces:
      // A space keeps words and pieces apart.
      pieces(tokens, tokenizer) + words(tokens, tokenizer).map { $0 + " " }
    }
  }

  private mutating func pieces(
    _ tokens: some Sequence<Int32>, _ tokenizer: any Tokenizer
  ) -> [String] {
    tokens.compactMap { token in
      Self.term(String(decoding: bytes(of: token, tokenizer), as: UTF8.self), &letters) { said in
        String(
          String.UnicodeScalarView(
            said.unicodeScalars.filter(CharacterSet.alphanumerics.contains))
        ).lowercased()
      }
    }
  }

  private mutating func words(
    _ tokens: some Sequence<Int32>, _ tokenizer: any Tokenizer
  ) -> [String] {
    var text: [UInt8] = []
    for token in tokens { text += bytes(of: token, tokenizer) }
    return Self.words(of: String(decoding: text, as: UTF8.self)).compactMap { word in
      Self.term(word, &stems) { WordSplitter.stem(Array($0.utf8)) ?? "" }
    }
  }

  private mutating func bytes(of token: Int32, _ tokenizer: any Tokenizer) -> [UInt8] {
    if let known = bytes[token] { return known }
    let own =
      tokenizer.kind(of: token) == .control
      ? [UInt8(ascii: " ")] : tokenizer.bytes(of: token, renderSpecial: false)
    bytes[token] = own
    return own
  }

  private static func term(
    _ said: String, _ known: inout [String: String], _ make: (String) -> String
  ) -> String? {
    let made = known[said] ?? make(said)
    known[said] = made
    return made.isEmpty ? nil : made
  }

  /// Runs of letters and digits; where words are written without spaces between them, each character.
  static func words(of text: String) -> [String] {
    var words: [String] = []
    var word = ""
    func finish() {
      if !word.isEmpty { words.append(word) }
      word = ""
    }
    for scalar in text.unicodeScalars {
      let isPart =
        scalar.isASCII ? scalar.isWordInASCII : CharacterSet.alphanumerics.contains(scalar)
      let standsAlone = !scalar.isASCII && scalar.isWrittenWithoutSpaces
      if !isPart || standsAlone { finish() }
      if isPart { word.unicodeScalars.append(scalar) }
      if standsAlone { finish() }
    }
    finish()
    return words
  }
}

extension Unicode.Scalar {
  fileprivate var isWordInASCII: Bool {
    switch self {
    case "a"..."z", "A"..."Z", "0"..."9": true
    default: false
    }
  }

  /// Of Chinese, Japanese, Thai, Lao, Burmese and Khmer.
  fileprivate var isWrittenWithoutSpaces: Bool {
    switch value {
    case 0x3040...0x30FF, 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF: true
    default: properties.isIdeographic
    }
  }
}
