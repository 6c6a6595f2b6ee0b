import ModelFiles

/// The special tokens that a kind of vocabulary has when the file does not name them.
struct SpecialDefaults {
  var bos: Int?
  var eos: Int?
  var unknown: Int?
  var addBOS: Bool
  var addEOS: Bool
}

extension SpecialTokens {
  /// Names of the end-of-turn token in various models, in the order of preference.
  private static let endOfTurnNames = [
    "<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<|endoftext|>", "<EOT>", "_<EOT>",
    "<|end_of_text|>", "<|eom_id|>",
  ]

  /// The special tokens: from the metadata, or else the defaults of the kind of vocabulary; the end of turn is also
  /// found by its name.
  init(
    _ metadata: GGUFMetadata, kinds: [TokenKind], table: PieceTable, defaults: SpecialDefaults,
    path: String
  ) throws(TokenizerError) {
    func checked(_ id: Int, _ key: String) throws(TokenizerError) -> Int32 {
      guard kinds.indices.contains(id) else {
        throw .idOutOfRange(path: path, key: key, found: id, count: kinds.count)
      }
      return Int32(id)
    }
    func token(_ name: String, fallback: Int? = nil) throws(TokenizerError) -> Int32? {
      let key = "tokenizer.ggml.\(name)_token_id"
      if let id = metadata.integer(key) { return try checked(id, key) }
      guard let fallback, kinds.indices.contains(fallback), kinds[fallback] != .normal else {
        return nil
      }
      return Int32(fallback)
    }
    // A name only counts for a control token; a plain piece of text must not end a generation.
    let named = Self.endOfTurnNames.compactMap { table.id(of: $0) }.filter {
      kinds[Int($0)] == .control || kinds[Int($0)] == .userDefined
    }
    let endOfTurn = try token("eot")
    let endOfMessage = try token("eom")
    var further: [Int32] = []
    let key = "tokenizer.mneme.eog_token_ids"
    for id in metadata.integers(key) ?? [] { further.append(try checked(id, key)) }
    self.init(
      bos: try token("bos", fallback: defaults.bos), eos: try token("eos", fallback: defaults.eos),
      eot: endOfTurn ?? named.first,
      unknown: try token("unknown", fallback: defaults.unknown),
      addBOS: metadata.bool("tokenizer.ggml.add_bos_token") ?? defaults.addBOS,
      addEOS: metadata.bool("tokenizer.ggml.add_eos_token") ?? defaults.addEOS,
      endOfGeneration: Set(named + further).union([endOfMessage].compactMap(\.self)))
    swallowsSpace = try Self.swallowing(metadata, kinds: kinds, table: table, path: path)
    swallowsSpaceBefore =
      try metadata.tokenIDs("tokenizer.mneme.lstrip_token_ids", count: kinds.count, path: path)
      ?? []
  }

  /// The tokens that include the white space after them. GGUF has no key for this; llama.cpp decides by the model's
  /// name.
  private static func swallowing(
    _ metadata: GGUFMetadata, kinds: [TokenKind], table: PieceTable, path: String
  ) throws(TokenizerError) -> Set<Int32> {
    let key = "tokenizer.mneme.rstrip_token_ids"
    if let ids = try metadata.tokenIDs(key, count: kinds.count, path: path) { return ids }
    let name = metadata.string("general.name")?.lowercased() ?? ""
    guard name.contains("phi-3") || name.contains("phi3") else { return [] }
    let others = ["<unk>", "<s>", "<|endoftext|>"].compactMap { table.id(of: $0) }
    let marks = kinds.indices.filter {
      kinds[$0] == .control || kinds[$0] == .userDefined || kinds[$0] == .unknown
    }
    return Set(marks.map { Int32($0) }).subtracting(others)
  }
}
