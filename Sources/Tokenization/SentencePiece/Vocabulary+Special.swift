import ModelFiles

extension Vocabulary {
  /// Names by which models call the end of a turn, in the order of preference.
  private static let endOfTurnNames = [
    "<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<|endoftext|>", "<EOT>", "_<EOT>",
    "<|end_of_text|>", "<|eom_id|>",
  ]

  /// The special tokens: from the metadata, else by the defaults of SentencePiece vocabularies (unknown 0, begin 1,
  /// end 2), the end of turn also by its name.
  static func special(
    _ metadata: GGUFMetadata, pieces: [String], kinds: [TokenKind], ids: [[UInt8]: Int32],
    path: String
  ) throws(TokenizerError) -> SpecialTokens {
    func token(_ name: String, fallback: Int? = nil) throws(TokenizerError) -> Int32? {
      let key = "tokenizer.ggml.\(name)_token_id"
      if let id = metadata.integer(key) {
        guard pieces.indices.contains(id) else {
          throw .idOutOfRange(path: path, key: key, found: id, count: pieces.count)
        }
        return Int32(id)
      }
      guard let fallback, pieces.indices.contains(fallback), kinds[fallback] != .normal else {
        return nil
      }
      return Int32(fallback)
    }
    // A name counts only where it is a mark; a plain piece of text must not end a generation.
    let named = endOfTurnNames.compactMap { ids[Array($0.utf8)] }.filter {
      kinds[Int($0)] == .control || kinds[Int($0)] == .userDefined
    }
    let endOfTurn = try token("eot")
    let endOfMessage = try token("eom")
    return SpecialTokens(
      bos: try token("bos", fallback: 1), eos: try token("eos", fallback: 2),
      eot: endOfTurn ?? named.first,
      unknown: try token("unknown", fallback: 0),
      addBOS: metadata.bool("tokenizer.ggml.add_bos_token") ?? true,
      addEOS: metadata.bool("tokenizer.ggml.add_eos_token") ?? false,
      endOfGeneration: Set(named).union([endOfMessage].compactMap(\.self)))
  }
}
