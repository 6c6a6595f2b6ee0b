/// A vocabulary during its conversion from one format to the other.
struct VocabularyDraft {
  /// GGUF's numbers for the kinds of tokens.
  enum Kind: Int64 {
    case normal = 1
    case unknown = 2
    case control = 3
    case userDefined = 4
    case unused = 5
    case byte = 6
  }

  /// The largest number of tokens, the same as for GGUF files; more than any model has.
  static let largestCount = 4_000_000
  /// Ids without a token may exceed the number of tokens by at most this: some vocabularies have gaps, none consists
  /// mostly of them.
  static let largestGap = 65_536

  let path: String
  /// The name in `tokenizer.ggml.model`.
  let model: String
  private(set) var pieces: [String] = []
  private(set) var kinds: [Kind] = []
  private(set) var scores: [Float] = []
  private(set) var ids: [ByteString: Int] = [:]
  /// Further keys.
  var metadata = GGUFMetadata()
  /// The user-defined pieces of a SentencePiece model that are found in text by the model itself.
  var inline: Set<Int> = []
  /// Whether the file itself says that texts begin and end with special tokens.
  var addsBOS: Bool?
  var addsEOS: Bool?

  /// Creates a vocabulary from tokens by id; ids without one get unused tokens.
  init(
    path: String, model: String, tokens: [(piece: String, kind: Kind, score: Float)?]
  ) throws(ModelFileError) {
    self.path = path
    self.model = model
    let gaps = tokens.count { $0 == nil }
    let limit = tokens.count - gaps + Self.largestGap
    guard gaps <= limit else {
      throw .excessive(
        path: path, what: "the number of ids without a token", found: UInt64(gaps),
        limit: UInt64(limit))
    }
    ids.reserveCapacity(tokens.count)
    for (id, token) in tokens.enumerated() {
      let token = token ?? ("[PAD\(id)]", .unused, Self.unusedScore)
      try append(token.piece, token.kind, token.score)
    }
  }

  private static let unusedScore: Float = -10_000

  /// Adds a token after the others.
  mutating func append(
    _ piece: String, _ kind: Kind, _ score: Float
  ) throws(ModelFileError) {
    guard !piece.isEmpty else {
      throw .malformed(
        path: path, what: "the piece of token \(pieces.count) is empty", offset: nil,
        expected: nil)
    }
    guard ids.updateValue(pieces.count, forKey: ByteString(piece)) == nil else {
      throw .duplicate(path: path, what: "the piece", name: piece)
    }
    guard score.isFinite else {
      throw .malformed(
        path: path, what: "the score of \(quoted(piece)) is not a finite number", offset: nil,
        expected: nil)
    }
    pieces.append(piece)
    kinds.append(kind)
    scores.append(score)
  }

  /// Sets the kind of a token.
  mutating func mark(_ id: Int, as kind: Kind) { kinds[id] = kind }

  /// The token of exactly this piece, or nil.
  func id(of piece: String) -> Int? { ids[ByteString(piece)] }

  /// Fills up with unused tokens.
  mutating func pad(to size: Int?) throws(ModelFileError) {
    guard let size else { return }
    guard size <= Self.largestCount else {
      throw .excessive(
        path: path, what: "the size of the vocabulary", found: UInt64(size),
        limit: UInt64(Self.largestCount))
    }
    guard pieces.count <= size else {
      throw .malformed(
        path: path, what: "the tokenizer has \(pieces.count) tokens", offset: nil,
        expected: "at most \(size), the rows of the embedding")
    }
    while pieces.count < size {
      try append("[PAD\(pieces.count)]", .unused, Self.unusedScore)
    }
  }

  /// The whole as metadata.
  func finished() -> GGUFMetadata {
    var result = GGUFMetadata()
    result["tokenizer.ggml.model"] = .string(model)
    result["tokenizer.ggml.tokens"] = .stringArray(pieces)
    if model != "gpt2" { result["tokenizer.ggml.scores"] = .floatArray(scores) }
    result["tokenizer.ggml.token_type"] = .signedArray(kinds.map(\.rawValue))
    if !inline.isEmpty {
      result["tokenizer.mneme.inline_token_ids"] = .unsignedArray(
        inline.sorted().map { UInt64($0) })
    }
    for key in metadata.keys { result[key] = metadata[key] }
    return result
  }
}
