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

  let algorithm: Algorithm
  let pieces: [String]
  let scores: [Float]
  let kinds: [TokenKind]
  /// The id of every piece, by its bytes: strings compare by canonical equivalence, pieces do not.
  let ids: [[UInt8]: Int32]
  /// The token of every byte that has one.
  let byteTokens: [UInt8: Int32]
  let special: SpecialTokens
  let addsSpacePrefix: Bool
  /// Whether runs of spaces count as one and spaces at the ends as none.
  let removesExtraSpaces: Bool

  init(file: ModelFile) throws(TokenizerError) {
    let path = file.path
    let metadata = file.metadata
    guard let model = metadata.string("tokenizer.ggml.model") else {
      throw .missing(path: path, key: "tokenizer.ggml.model")
    }
    switch model {
    case "llama": algorithm = .pairs
    // A table of normalisation rules would be handed to the library unchecked: refused.
    case "t5" where metadata["tokenizer.ggml.precompiled_charsmap"] == nil: algorithm = .unigram
    default: throw .unsupportedModel(path: path, found: model, supported: ["llama"])
    }
    guard let pieces = metadata.strings("tokenizer.ggml.tokens"), !pieces.isEmpty else {
      throw .missing(path: path, key: "tokenizer.ggml.tokens")
    }
    self.pieces = pieces
    scores = try Self.scores(metadata, count: pieces.count, path: path)
    kinds = try Self.kinds(metadata, count: pieces.count, path: path)
    ids = try Self.index(pieces, path: path)
    byteTokens = try Self.bytes(pieces, kinds, path: path)
    special = try Self.special(metadata, pieces: pieces, kinds: kinds, ids: ids, path: path)
    addsSpacePrefix = metadata.bool("tokenizer.ggml.add_space_prefix") ?? true
    removesExtraSpaces =
      algorithm == .unigram
      && (metadata.bool("tokenizer.ggml.remove_extra_whitespaces") ?? false)
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

  private static func kinds(
    _ metadata: GGUFMetadata, count: Int, path: String
  ) throws(TokenizerError) -> [TokenKind] {
    let key = "tokenizer.ggml.token_type"
    guard let numbers = metadata.integers(key) else { throw .missing(path: path, key: key) }
    guard numbers.count == count else {
      throw .wrongCount(path: path, key: key, found: numbers.count, expected: count)
    }
    var kinds: [TokenKind] = []
    kinds.reserveCapacity(count)
    for (id, number) in numbers.enumerated() {
      guard let raw = Int32(exactly: number), let kind = TokenKind(rawValue: raw) else {
        throw .unknownKind(path: path, id: id, found: number)
      }
      kinds.append(kind)
    }
    return kinds
  }

  private static func index(
    _ pieces: [String], path: String
  ) throws(TokenizerError) -> [[UInt8]: Int32] {
    var ids: [[UInt8]: Int32] = [:]
    ids.reserveCapacity(pieces.count)
    for (id, piece) in pieces.enumerated() {
      guard !piece.isEmpty else { throw .emptyPiece(path: path, id: id) }
      if let first = ids.updateValue(Int32(truncatingIfNeeded: id), forKey: Array(piece.utf8)) {
        throw .duplicatePiece(path: path, piece: piece, first: Int(first), second: id)
      }
    }
    return ids
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

  /// The byte that a piece such as `<0x1F>` stands for.
  static func byteValue(_ piece: String) -> UInt8? {
    guard piece.utf8.count == 6, piece.hasPrefix("<0x"), piece.hasSuffix(">") else { return nil }
    let digits = piece.utf8.dropFirst(3).dropLast()
    // The library writes and expects capital digits.
    let isCapital: (UInt8) -> Bool = { (48...57).contains($0) || (65...70).contains($0) }
    return digits.allSatisfy(isCapital)
      ? UInt8(String(decoding: digits, as: UTF8.self), radix: 16) : nil
  }
}
