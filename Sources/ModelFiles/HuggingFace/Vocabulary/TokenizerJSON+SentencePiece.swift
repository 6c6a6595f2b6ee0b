import Foundation

extension TokenizerJSON {
  /// The treatment of spaces by the normaliser and the pre-tokenizer.
  private struct Spaces {
    var prefix: String?
    var escapes = false
    var collapses = false
    var splits = false
    var charsmap: [UInt8]?
  }

  /// BPE over characters: GGUF's `llama`, scores by the order of the merges.
  ///
  /// SentencePiece merges any two neighbours that together are a piece, by the piece's score; a list of merges is
  /// equivalent only when it has all such pairs and keeps those of one piece together. Lists converted from
  /// SentencePiece models are like that; others are refused.
  func sentencePieceDraft() throws(ModelFileError) -> VocabularyDraft {
    let spaces = try spaces()
    let fallsBack = model.member("byte_fallback")?.boolean ?? false
    let whole = Set(
      (added.map(\.content) + [unknownPiece].compactMap(\.self)).map(ByteString.init(_:)))
    let scores = try scores(of: try merges(), whole: whole)
    let unknown = unknownPiece
    let tokens = try tokens(
      kind: { piece in
        piece == unknown ? .unknown : fallsBack && Self.isByte(piece) ? .byte : .normal
      }, score: { scores.values[ByteString($0)] ?? scores.last })
    var draft = try VocabularyDraft(path: path, model: "llama", tokens: tokens)
    try check(draft, scores.pairs)
    try apply(spaces, to: &draft)
    return draft
  }

  private struct Scores {
    var values: [ByteString: Float] = [:]
    var pairs: Set<[ByteString]> = []
    /// The score of pieces that no merge produces.
    var last: Float { -Float(values.count) - 1 }
  }

  /// Scores that fall with the first merge of each piece.
  ///
  /// Pieces whose merges are interleaved had equal scores in the SentencePiece model. That is the case for runs of
  /// spaces; for other pieces, scores could not express the order of merges.
  private func scores(
    of merges: [(left: String, right: String)], whole: Set<ByteString>
  ) throws(ModelFileError) -> Scores {
    var scores = Scores()
    var order: [ByteString] = []
    var last: [ByteString: Int] = [:]
    for (index, merge) in merges.enumerated() {
      let piece = ByteString(merge.left + merge.right)
      scores.pairs.insert([ByteString(merge.left), ByteString(merge.right)])
      guard !whole.contains(piece) else { continue }
      if last.updateValue(index, forKey: piece) == nil { order.append(piece) }
    }
    var first = 0
    var group: (end: Int, scalar: Unicode.Scalar?, score: Float) = (-1, nil, 1)
    var next = order.makeIterator()
    var piece = next.next()
    for (index, merge) in merges.enumerated() {
      guard let current = piece, current == ByteString(merge.left + merge.right) else { continue }
      let end = last[current] ?? index
      if index > group.end {
        group = (end, Self.repeated(current.text), group.score - 1)
        first = index
      } else {
        guard let scalar = group.scalar, scalar == Self.repeated(current.text) else {
          throw unsupported(
            "the merges \(first) to \(end) make several pieces by turns",
            expected: "the merges of a SentencePiece model, by piece")
        }
        group.end = max(group.end, end)
      }
      scores.values[current] = group.score
      piece = next.next()
    }
    return scores
  }

  /// The character of which a piece is a run.
  private static func repeated(_ piece: String) -> Unicode.Scalar? {
    guard let first = piece.unicodeScalars.first else { return nil }
    return piece.unicodeScalars.allSatisfy { $0 == first } ? first : nil
  }

  private func check(
    _ draft: VocabularyDraft, _ pairs: Set<[ByteString]>
  ) throws(ModelFileError) {
    func isNormal(_ piece: String) -> Bool {
      draft.id(of: piece).map { draft.kinds[$0] == .normal } ?? false
    }
    for pair in pairs {
      guard draft.id(of: pair[0].text + pair[1].text) != nil else {
        throw unsupported(
          "the merge of \(quoted(pair[0].text)) and \(quoted(pair[1].text)) makes no piece",
          expected: nil)
      }
    }
    for (id, piece) in draft.pieces.enumerated() where draft.kinds[id] == .normal {
      let scalars = piece.unicodeScalars
      guard scalars.count <= 256 else {
        throw unsupported("the piece of token \(id) is too long", expected: "256 characters")
      }
      for place in scalars.indices.dropFirst() {
        let left = String(scalars[..<place])
        let right = String(scalars[place...])
        guard
          !isNormal(left) || !isNormal(right)
            || pairs.contains([ByteString(left), ByteString(right)])
        else {
          throw unsupported(
            "no merge joins \(quoted(left)) and \(quoted(right))",
            expected: "the merges of a SentencePiece model")
        }
      }
    }
  }

  /// A unigram model: GGUF's `t5`.
  func unigramDraft() throws(ModelFileError) -> VocabularyDraft {
    let spaces = try spaces()
    guard let entries = model.member("vocab")?.array, !entries.isEmpty else {
      throw unsupported("the vocabulary is missing", expected: "a list of pieces and scores")
    }
    let fallsBack = model.member("byte_fallback")?.boolean ?? false
    let unknown = model.member("unk_id")?.integer
    var tokens: [(piece: String, kind: VocabularyDraft.Kind, score: Float)?] = []
    for entry in entries {
      guard let pair = entry.array, pair.count == 2, let piece = pair[0].string,
        let score = pair[1].float
      else {
        throw unsupported("token \(tokens.count) is not a piece with a score", expected: nil)
      }
      let kind: VocabularyDraft.Kind =
        tokens.count == unknown ? .unknown : fallsBack && Self.isByte(piece) ? .byte : .normal
      tokens.append((piece, kind, score))
    }
    try place(added.filter { $0.id != unknown }, into: &tokens)
    var draft = try VocabularyDraft(path: path, model: "t5", tokens: tokens)
    if let unknown, draft.pieces.indices.contains(unknown) {
      draft.metadata["tokenizer.ggml.unknown_token_id"] = .unsigned(UInt64(unknown))
    }
    draft.addsBOS = false
    draft.addsEOS = false
    try apply(spaces, to: &draft)
    return draft
  }

  private func spaces() throws(ModelFileError) -> Spaces {
    var spaces = Spaces()
    for step in normalizers { try read(normalizer: step, into: &spaces) }
    for step in preTokenizers { try read(preTokenizer: step, into: &spaces) }
    guard spaces.escapes else {
      throw unsupported(
        "the tokenizer neither works on bytes nor writes spaces as U+2581",
        expected: "a byte-level or a SentencePiece tokenizer")
    }
    return spaces
  }

  private func read(normalizer step: JSONValue, into spaces: inout Spaces) throws(ModelFileError) {
    let pattern = step.member("pattern")
    switch step.member("type")?.string {
    case "Prepend" where step.member("prepend")?.string == "\u{2581}": spaces.prefix = "always"
    case "Replace"
    where pattern?.member("String")?.string == " "
      && step.member("content")?.string == "\u{2581}":
      spaces.escapes = true
    case "Replace" where pattern?.member("Regex")?.string == " {2,}": spaces.collapses = true
    case "Strip": spaces.collapses = true
    case "Precompiled":
      guard let text = step.member("precompiled_charsmap")?.string,
        let blob = Data(base64Encoded: text)
      else { throw unsupported("the table of character replacements is damaged", expected: nil) }
      spaces.charsmap = Array(blob)
    case let other:
      throw unsupported(
        "the normaliser's step \(quoted(other ?? "")) is not known",
        expected: "what SentencePiece models have")
    }
  }

  private func read(
    preTokenizer step: JSONValue, into spaces: inout Spaces
  ) throws(ModelFileError) {
    switch step.member("type")?.string {
    case "Metaspace" where (step.member("replacement")?.string ?? "\u{2581}") == "\u{2581}":
      spaces.escapes = true
      spaces.splits = step.member("split")?.boolean ?? true
      let legacy = step.member("add_prefix_space")?.boolean ?? true
      switch step.member("prepend_scheme")?.string ?? (legacy ? "always" : "never") {
      case "always": spaces.prefix = spaces.prefix ?? "once"
      case "first": spaces.prefix = spaces.prefix ?? "first"
      default: break
      }
    case "WhitespaceSplit": spaces.collapses = true
    // Spaces are no longer there when this looks for them.
    case "Split" where step.member("pattern")?.member("String")?.string == " " && spaces.escapes:
      break
    case let other:
      throw unsupported(
        "the pre-tokenizer's step \(quoted(other ?? "")) is not known",
        expected: "Metaspace or none")
    }
  }

  private func apply(_ spaces: Spaces, to draft: inout VocabularyDraft) throws(ModelFileError) {
    if spaces.splits {
      // In text that is split at every space such a piece never occurs, but SentencePiece would use it.
      for (id, piece) in draft.pieces.enumerated()
      where draft.kinds[id] == .normal && piece.unicodeScalars.dropFirst().contains("\u{2581}") {
        throw unsupported(
          "the piece \(quoted(piece)) has a space inside where texts are cut at spaces",
          expected: nil)
      }
    }
    draft.metadata["tokenizer.ggml.add_space_prefix"] = .bool(spaces.prefix != nil)
    if let prefix = spaces.prefix, prefix != "always" {
      draft.metadata["tokenizer.mneme.space_prefix"] = .string(prefix)
    }
    draft.metadata["tokenizer.ggml.remove_extra_whitespaces"] = .bool(spaces.collapses)
    if let charsmap = spaces.charsmap {
      draft.metadata["tokenizer.ggml.precompiled_charsmap"] = .unsignedArray(
        charsmap.map { UInt64($0) })
    }
  }

  /// Whether a piece has the form of a byte: `<0x1F>`.
  private static func isByte(_ piece: String) -> Bool {
    piece.utf8.count == 6 && piece.hasPrefix("<0x") && piece.hasSuffix(">")
      && UInt8(piece.dropFirst(3).dropLast(), radix: 16) != nil
  }
}
