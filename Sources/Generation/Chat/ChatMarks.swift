import Tokenization

/// The tokens of a vocabulary that a template's own text may become: control tokens and similar ones.
struct ChatMarks: Sendable {
  /// A mark's token and its length in scalars.
  struct Match {
    let id: Int32
    let length: Int
  }

  private struct Entry: Sendable {
    let id: Int32
    let scalars: [Unicode.Scalar]
  }

  /// By first scalar, the longest first.
  private var entries: [Unicode.Scalar: [Entry]] = [:]
  /// Tokens that the vocabulary would match in any text, and that messages therefore must be split to avoid.
  private(set) var guarded: Set<Int32> = []

  /// - Parameters:
  ///   - template: the template, which determines the marks besides control tokens.
  ///   - reasoning: the marks of reasoning, which messages do not write either.
  init(tokenizer: any Tokenizer, template: String, reasoning: ReasoningMarks? = nil) {
    let special = tokenizer.special
    let named = Set([special.bos, special.eos, special.eot].compactMap(\.self))
    for id in 0..<Int32(clamping: tokenizer.vocabularySize) {
      let kind = tokenizer.kind(of: id)
      guard kind == .control || kind == .userDefined || named.contains(id) else { continue }
      let piece = tokenizer.piece(id)
      if kind == .userDefined {
        guard Self.hasFormOfMark(piece) else { continue }
        if template.contains(piece) || reasoning?.tokens.contains(id) == true {
          guarded.insert(id)
        }
      }
      let scalars = Array(piece.unicodeScalars)
      guard let first = scalars.first else { continue }
      entries[first, default: []].append(Entry(id: id, scalars: scalars))
    }
    for key in entries.keys { entries[key]?.sort { $0.scalars.count > $1.scalars.count } }
  }

  private static func hasFormOfMark(_ piece: String) -> Bool {
    piece.unicodeScalars.count > 2
      && (piece.hasPrefix("<") && piece.hasSuffix(">")
        || piece.hasPrefix("[") && piece.hasSuffix("]"))
  }

  /// The longest mark with which a text begins.
  func first(in text: ArraySlice<JinjaCharacter>) -> Match? {
    guard let head = text.first, let candidates = entries[head.scalar] else { return nil }
    for entry in candidates where entry.scalars.count <= text.count {
      if zip(text, entry.scalars).allSatisfy({ $0.scalar == $1 }) {
        return Match(id: entry.id, length: entry.scalars.count)
      }
    }
    return nil
  }
}
