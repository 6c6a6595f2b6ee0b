extension Vocabulary {
  /// The vocabulary as the serialized `ModelProto` that SentencePiece loads, by the field numbers of
  /// `sentencepiece_model.proto`.
  ///
  /// llama.cpp splits user-defined pieces off before its merges and treats user-defined and unused pieces inside them
  /// as plain ones; so they are written as normal here, and `SentencePieceTokenizer` does the splitting. Only those that
  /// are known to be the SentencePiece model's own stay what they are; those of the tokenizers library, which no merge makes,
  /// are out of the way as control pieces. The library
  /// supports one unknown piece: further ones become control pieces, and if there is none, one is added after the
  /// vocabulary. Byte fallback is used only when all 256 bytes are there. Spaces are also handled by the tokenizer,
  /// because the leading one depends on the text before.
  func modelProto() -> [UInt8] {
    let fallsBackToBytes = byteTokens.count == 256
    let unknown = unknownPiece
    var proto = ProtoWriter()
    for (id, piece) in pieces.enumerated() {
      let kind: TokenKind =
        switch kinds[id] {
        case _ where id == unknown: .unknown
        case .userDefined where inline.contains(Int32(truncatingIfNeeded: id)): .userDefined
        case .userDefined where flags.isFromLibrary: .control
        case .normal, .userDefined, .unused: .normal
        case .byte where fallsBackToBytes: .byte
        case .byte, .control, .unknown: .control
        }
      Self.write(piece, scores[id], kind, to: &proto)
    }
    if unknown == nil { Self.write(spareUnknown(), 0, .unknown, to: &proto) }
    proto.message(2) { trainer in
      trainer.integer(3, algorithm == .pairs ? 2 : 1)
      trainer.integer(4, pieces.count + (unknown == nil ? 1 : 0))
      trainer.bool(35, fallsBackToBytes)
      trainer.integer(40, unknown ?? pieces.count)
      trainer.integer(41, special.bos.map(Int.init) ?? -1)
      trainer.integer(42, special.eos.map(Int.init) ?? -1)
      trainer.integer(43, -1)
    }
    proto.message(3) { normalizer in
      normalizer.string(1, "identity")
      normalizer.bool(3, false)
      normalizer.bool(4, false)
      normalizer.bool(5, true)
    }
    return proto.bytes
  }

  /// The id of the library's one unknown piece: the vocabulary's own if it is of that kind, else the first that is.
  private var unknownPiece: Int? {
    if let id = special.unknown.map(Int.init), kinds[id] == .unknown { return id }
    return kinds.firstIndex(of: .unknown)
  }

  /// A piece that the vocabulary does not have.
  private func spareUnknown() -> String {
    var piece = "<unk>"
    while table.id(of: piece) != nil { piece += "?" }
    return piece
  }

  private static func write(
    _ piece: String, _ score: Float, _ kind: TokenKind, to proto: inout ProtoWriter
  ) {
    proto.message(1) { entry in
      entry.string(1, piece)
      entry.float(2, score)
      entry.integer(3, Int(kind.rawValue))
    }
  }
}
