public import ModelFiles

/// A SentencePiece vocabulary small enough to read, as the metadata of a GGUF file.
///
/// Ids: 0 unknown, 1 begin, 2 end, 3-6 the marks of a chat template, 7-262 the bytes, then the pieces.
public struct SmallVocabulary {
  /// The pieces, by id.
  public var pieces: [String]
  /// The scores, by id.
  public var scores: [Float]
  /// The kinds, by id, with GGUF's numbers.
  public var kinds: [Int64]
  /// Further keys of the file.
  public var metadata: [String: GGUFValue] = [:]

  /// The ordinary pieces, most frequent first.
  public static let words = [
    "\u{2581}", "e", "t", "a", "o", "h", "i", "n", "s", "r", "l", "d", "m", "y", "w", "c", "k", "b",
    ".", ",", "?", "!", "-", "'", "\u{2581}t", "he", "\u{2581}the", "in", "\u{2581}a", "er",
    "\u{2581}h", "ll", "hell", "\u{2581}hell", "\u{2581}hello", "\u{2581}w", "or", "ld", "orld",
    "\u{2581}world", "\u{2581}\u{2581}", "é", "\u{2581}m", "\u{2581}my", "on", "me", "no",
  ]

  /// The vocabulary with the given ordinary pieces.
  public init(words: [String] = Self.words) {
    pieces = ["<unk>", "<s>", "</s>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]
    kinds = [2, 3, 3, 3, 3, 3, 3]
    for byte in 0...255 {
      let digits = String(byte, radix: 16, uppercase: true)
      pieces.append("<0x" + (byte < 16 ? "0" : "") + digits + ">")
      kinds.append(6)
    }
    scores = Array(repeating: 0, count: pieces.count)
    for (rank, word) in words.enumerated() {
      pieces.append(word)
      kinds.append(1)
      scores.append(-Float(rank))
    }
  }

  /// Adds a token and returns its id.
  @discardableResult
  public mutating func append(_ piece: String, kind: Int64, score: Float = 0) -> Int32 {
    pieces.append(piece)
    kinds.append(kind)
    scores.append(score)
    return Int32(pieces.count - 1)
  }

  /// The id of a piece, or -1.
  public func id(_ piece: String) -> Int32 {
    Int32(pieces.firstIndex(of: piece) ?? -1)
  }

  /// Puts the vocabulary into a file to be written.
  public func add(to writer: inout GGUFWriter) {
    writer.metadata["tokenizer.ggml.model"] = .string("llama")
    writer.metadata["tokenizer.ggml.tokens"] = .stringArray(pieces)
    writer.metadata["tokenizer.ggml.scores"] = .floatArray(scores)
    writer.metadata["tokenizer.ggml.token_type"] = .signedArray(kinds)
    for (key, value) in metadata { writer.metadata[key] = value }
  }

  /// The vocabulary as an opened file without tensors.
  public func file() throws -> ModelFile {
    var writer = GGUFWriter()
    add(to: &writer)
    return try Self.file(writer)
  }

  /// What a writer holds as an opened file; the mapping outlives the file's name.
  public static func file(_ writer: GGUFWriter) throws -> ModelFile {
    let folder = try TemporaryFolder()
    let path = folder.path("vocabulary.gguf")
    try writer.write(to: path)
    return try ModelFile.open(path)
  }
}
