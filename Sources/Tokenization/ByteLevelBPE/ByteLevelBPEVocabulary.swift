import ModelFiles

/// The vocabulary of a file with a byte-level BPE tokenizer, checked.
struct ByteLevelBPEVocabulary: Sendable {
  let pieces: [String]
  let kinds: [TokenKind]
  let table: PieceTable
  let merges: BytePairMerges
  /// The token of every byte alone, -1 for those that have none.
  let byteTokens: [Int32]
  let special: SpecialTokens
  let flags: AddedTokenFlags
  let preTokenizer: PreTokenizer
  let ignoresMerges: Bool
  /// Whether text is composed (Unicode's normalisation form C) before it is cut.
  let composes: Bool

  init(file: ModelFile) throws(TokenizerError) {
    let path = file.path
    let metadata = file.metadata
    pieces = try metadata.pieces(path: path)
    let table = try PieceTable(pieces, path: path)
    self.table = table
    kinds =
      try metadata.tokenKinds(count: pieces.count, path: path)
      ?? Array(repeating: .normal, count: pieces.count)
    guard let lines = metadata.strings("tokenizer.ggml.merges") else {
      throw .missing(path: path, key: "tokenizer.ggml.merges")
    }
    merges = try BytePairMerges(lines, table: table, path: path)
    byteTokens = ByteAlphabet.encodings.map { encoding in
      encoding.withUnsafeBytes { table.id(of: $0) } ?? -1
    }
    let name = metadata.string("tokenizer.ggml.pre") ?? "default"
    guard let preTokenizer = PreTokenizer(named: name) else {
      throw .unknownPreTokenizer(path: path, found: name, known: PreTokenizer.names)
    }
    self.preTokenizer = preTokenizer
    special = try SpecialTokens(
      metadata, kinds: kinds, table: table,
      defaults: .init(addBOS: preTokenizer.addsBOS, addEOS: false), path: path)
    flags = try AddedTokenFlags(metadata, special: special, count: pieces.count, path: path)
    ignoresMerges =
      metadata.bool("tokenizer.mneme.ignore_merges") ?? preTokenizer.ignoresMerges
    switch metadata.string("tokenizer.mneme.normalizer") {
    case nil: composes = false
    case "NFC": composes = true
    case let other?: throw .unknownNormalizer(path: path, found: other)
    }
  }
}
