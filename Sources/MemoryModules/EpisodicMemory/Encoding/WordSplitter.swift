import Foundation
package import Tokenization

/// A word in a stretch of tokens.
package struct Word: Sendable, Hashable {
  /// Lower-cased, without possessive and plural endings, so that forms of one word agree.
  package let stem: String
  /// The word's information in nats: -log p of its tokens under a context-free prior, minus the discount of an average
  /// token.
  package var weight: Float
  /// Its sentence, counted from 0.
  package let sentence: Int
  /// The token in which it begins, counted from the first.
  package let token: Int
}

/// Splits tokens into words and sentences.
///
/// With a tokenizer, words are runs of letters and digits of the decoded text; without one every token is a word.
package struct WordSplitter: Sendable {
  private let tokenizer: (any Tokenizer)?
  /// -log p of each token under a context-free prior, minus the discount, [vocabulary]; empty means uniform.
  private let information: [Float]
  private let discount: Float
  private let evenWeight: Float

  /// A splitter.
  ///
  /// - Parameters:
  ///   - prior: context-free log-probability of each token, [vocabulary]; nil means uniform.
  ///   - vocabularySize: for the weight of a token when there is no prior.
  package init(tokenizer: (any Tokenizer)?, prior: [Float]?, vocabularySize: Int) {
    self.tokenizer = tokenizer
    evenWeight = Float(log(Double(max(2, vocabularySize))))
    information = prior?.map { max(0, -$0) } ?? []
    // Frequent words carry little information: most of the average token's information is subtracted from each.
    discount = prior.map { prior in 0.75 * prior.reduce(Float(0)) { $0 - exp($1) * $1 } } ?? 0
  }

  /// The smallest weight of a word, nats.
  private static let leastWeight: Float = 0.05
  /// The largest weight of a word, nats: long invented words do not count more than a few rare ones.
  private static let greatestWeight: Float = 16

  /// The largest weight of a lower-case word, nats.
  private static let commonWeight: Float = 6

  /// The words of a text.
  package func words(of text: String) -> [Word] {
    words(tokenizer?.encode(text, addBOS: false, parseSpecial: false) ?? [])
  }

  /// Some tokens as text; empty without a tokenizer.
  package func text(of tokens: [Int32]) -> String { tokenizer?.decode(tokens) ?? "" }

  /// The words of some tokens; control tokens separate words.
  package func words(_ tokens: some Sequence<Int32>) -> [Word] {
    guard let tokenizer else {
      return tokens.enumerated().map { index, token in
        Word(
          stem: "#\(token)", weight: weight(information(of: token)), sentence: 0, token: index)
      }
    }
    var words: [Word] = []
    var bytes: [UInt8] = []
    var total: Float = 0
    var sentence = 0
    var first = 0
    var scanner = SentenceScanner()
    func finish() {
      if let stem = Self.stem(bytes) {
        // Digits are frequent tokens, but a number identifies one thing among others of its kind. A lower-case word is
        // no name, however many tokens it has.
        let isNumbered = stem.utf8.contains { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let isName =
          bytes.first.map { !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } ?? false
        words.append(
          Word(
            stem: stem,
            weight: isNumbered
              ? Self.greatestWeight
              : min(weight(total), isName ? Self.greatestWeight : Self.commonWeight),
            sentence: sentence, token: first))
      }
      bytes.removeAll(keepingCapacity: true)
      total = 0
    }
    for (index, token) in tokens.enumerated() {
      guard tokenizer.kind(of: token) != .control else {
        finish()
        continue
      }
      var counted = false
      for byte in tokenizer.bytes(of: token, renderSpecial: false) {
        if scanner.reads(byte), words.last?.sentence == sentence { sentence += 1 }
        if Self.belongsToWord(byte) {
          if bytes.isEmpty { first = index }
          bytes.append(byte)
          if !counted {
            total += information(of: token)
            counted = true
          }
        } else {
          finish()
          // A second word inside one token also counts that token's information.
          counted = false
        }
      }
    }
    finish()
    return words
  }

  /// Letters, digits, everything beyond ASCII, and the apostrophe inside a word.
  private static func belongsToWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "'"), 0x80...:
      true
    default: false
    }
  }

  /// The stems of a text's words, in order.
  package static func stems(of text: String) -> [String] {
    text.utf8.split { !belongsToWord($0) }.compactMap { stem(Array($0)) }
  }

  package static func stem(_ bytes: [UInt8]) -> String? {
    var text = String(decoding: bytes, as: UTF8.self).lowercased()
    text = text.replacing("\u{2019}", with: "'").trimmingCharacters(in: ["'"])
    if text.hasSuffix("'s") { text.removeLast(2) }
    if text.count > 3, text.hasSuffix("s"), !text.hasSuffix("ss") { text.removeLast() }
    return text.contains { $0.isLetter || $0.isNumber } ? text : nil
  }

  private func information(of token: Int32) -> Float {
    token >= 0 && Int(token) < information.count ? information[Int(token)] : evenWeight
  }

  private func weight(_ total: Float) -> Float {
    min(Self.greatestWeight, max(Self.leastWeight, total - discount))
  }
}
