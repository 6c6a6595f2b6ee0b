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
  /// Names by which models call the end of a turn, in the order of preference.
  private static let endOfTurnNames = [
    "<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<|endoftext|>", "<EOT>", "_<EOT>",
    "<|end_of_text|>", "<|eom_id|>",
  ]

  /// The special tokens: from the metadata, else by the defaults of their kind of vocabulary, the end of turn also by
  /// its name.
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
    // A name counts only where it is a mark; a plain piece of text must not end a generation.
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
  }
}
