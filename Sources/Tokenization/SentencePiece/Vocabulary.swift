import ModelFiles

/// The vocabulary of a GGUF file with a SentencePiece tokenizer, checked: pieces, scores, kinds and their rules.
struct Vocabulary: Sendable {
  /// The algorithm that splits text into pieces.
  enum Algorithm: Sendable {
    /// Merges neighbours by falling score; GGUF calls it `llama`.
    case pairs
    /// Finds the segmentation of the highest total score; GGUF calls it `t5`.
    case unigram
  }

  /// Where a leading space is added, if at all.
  enum SpacePrefix: String, Sendable {
    /// In front of every text that follows no other, as SentencePiece and llama.cpp do.
    case always
    /// The same, but not where the text begins with a space (the tokenizers library's `Metaspace`).
    case once
    /// Only at the very beginning, and not where there is a space.
    case first
  }

  let algorithm: Algorithm
  let pieces: [String]
  let scores: [Float]
  let kinds: [TokenKind]
  let table: PieceTable
  /// The token of every byte that has one.
  let byteTokens: [UInt8: Int32]
  let special: SpecialTokens
  let flags: AddedTokenFlags
  /// The user-defined pieces that are the SentencePiece model's own.
  let inline: Set<Int32>
  let addsSpacePrefix: Bool
  let spacePrefix: SpacePrefix
  /// Whether runs of spaces are collapsed and spaces at the ends removed.
  let removesExtraSpaces: Bool
  /// Whether a text may be encoded word by word: true for unigram vocabularies whose pieces only have leading spaces.
  let cutsAtSpaces: Bool
  /// The rules by which characters are replaced before anything else, if any.
  let charsmap: PrecompiledCharsmap?

  init(file: ModelFile) throws(TokenizerError) {
    let path = file.path
    let metadata = file.metadata
    guard let model = metadata.string("tokenizer.ggml.model") else {
      throw .missing(path: path, key: "tokenizer.ggml.model")
    }
    switch model {
    case "llama": algorithm = .pairs
    case "t5": algorithm = .unigram
    default: throw .unsupportedModel(path: path, found: model, supported: ["llama", "t5", "gpt2"])
    }
    let pieces = try metadata.pieces(path: path)
    self.pieces = pieces
    scores = try Self.scores(metadata, count: pieces.count, path: path)
    guard let kinds = try metadata.tokenKinds(count: pieces.count, path: path) else {
      throw .missing(path: path, key: "tokenizer.ggml.token_type")
    }
    self.kinds = kinds
    table = try PieceTable(pieces, path: path)
    byteTokens = try Self.bytes(pieces, kinds, path: path)
    let defaults: SpecialDefaults =
      switch algorithm {
      case .pairs: .init(bos: 1, eos: 2, unknown: 0, addBOS: true, addEOS: false)
      case .unigram: .init(bos: nil, eos: 1, unknown: 2, addBOS: false, addEOS: true)
      }
    special = try SpecialTokens(
      metadata, kinds: kinds, table: table, defaults: defaults, path: path)
    flags = try AddedTokenFlags(metadata, special: special, count: pieces.count, path: path)
    inline =
      try metadata.tokenIDs(
        "tokenizer.mneme.inline_token_ids", count: pieces.count, path: path
      )?.filter { kinds[Int($0)] == .userDefined } ?? []
    addsSpacePrefix = metadata.bool("tokenizer.ggml.add_space_prefix") ?? true
    removesExtraSpaces = metadata.bool("tokenizer.ggml.remove_extra_whitespaces") ?? false
    spacePrefix =
      metadata.string("tokenizer.mneme.space_prefix").flatMap(SpacePrefix.init) ?? .always
    cutsAtSpaces =
      algorithm == .unigram
      && pieces.allSatisfy { !$0.unicodeScalars.dropFirst().contains { $0 == "\u{2581}" } }
      && !inline.contains { [pieces] in pieces[Int($0)].utf8.contains(UInt8(ascii: " ")) }
    charsmap = try PrecompiledCharsmap(metadata: metadata, path: path)
  }

  private static func scores(
    _ metadata: GGUFMetadata, count: Int, path: String
  ) throws(TokenizerError) -> [Float] {
    let key = "tokenizer.ggml.scores"
    guard let scores = metadata.floats(key) else { throw .missing(path: path, key: key) }
    guard scores.count == count else {
      throw .wrongCount(path: path, key: key, found: scores.count, expected: count)
    }
    if let id = scores.firstIndex(where: { !$0.isFinite }) {
      throw .invalidScore(path: path, id: id)
    }
    return scores
  }

  private static func bytes(
    _ pieces: [String], _ kinds: [TokenKind], path: String
  ) throws(TokenizerError) -> [UInt8: Int32] {
    var tokens: [UInt8: Int32] = [:]
    for (id, kind) in kinds.enumerated() where kind == .byte {
      guard let byte = byteValue(pieces[id]), tokens[byte] == nil else {
        throw .invalidByte(path: path, id: id, piece: pieces[id])
      }
      tokens[byte] = Int32(truncatingIfNeeded: id)
    }
    return tokens
  }

  /// The byte that a piece such as `<0x1F>` represents.
  static func byteValue(_ piece: String) -> UInt8? {
    guard piece.utf8.count == 6, piece.hasPrefix("<0x"), piece.hasSuffix(">") else { return nil }
    let digits = piece.utf8.dropFirst(3).dropLast()
    // The library writes and expects capital digits.
    let isCapital: (UInt8) -> Bool = { (48...57).contains($0) || (65...70).contains($0) }
    return digits.allSatisfy(isCapital)
      ? UInt8(String(decoding: digits, as: UTF8.self), radix: 16) : nil
  }
}
