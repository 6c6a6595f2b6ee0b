import Foundation

/// A `tokenizer.model`: the `ModelProto` of SentencePiece, by the field numbers of `sentencepiece_model.proto`.
struct SentencePieceProto {
  private let path: String
  private var tokens: [(piece: String, kind: VocabularyDraft.Kind, score: Float)?] = []
  private var isUnigram = true
  private var special: [String: Int] = ["unknown": 0, "bos": 1, "eos": 2]
  private var addsPrefix = true
  private var removesExtraSpaces = true
  private var charsmap: [UInt8] = []

  init(_ data: Data, path: String) throws(ModelFileError) {
    self.path = path
    var reader = ProtoReader(data[...], path: path)
    while let field = try reader.next() {
      switch field {
      case .bytes(1, let piece): try addPiece(piece)
      case .bytes(2, let trainer): try readTrainer(trainer)
      case .bytes(3, let normalizer): try readNormalizer(normalizer)
      default: break
      }
    }
    guard !tokens.isEmpty else {
      throw .malformed(
        path: path, what: "the file holds no pieces", offset: nil, expected: "a SentencePiece model"
      )
    }
  }

  private mutating func addPiece(_ message: Data) throws(ModelFileError) {
    var reader = ProtoReader(message, path: path)
    var piece = ""
    var score: Float = 0
    var kind: UInt64 = 1
    while let field = try reader.next() {
      switch field {
      case .bytes(1, let text): piece = try reader.text(text)
      case .fixed(2, let bits): score = Float(bitPattern: bits)
      case .varint(3, let number): kind = number
      default: break
      }
    }
    guard let kind = Int64(exactly: kind).flatMap(VocabularyDraft.Kind.init) else {
      throw .malformed(
        path: path, what: "token \(tokens.count) is of kind \(kind)", offset: nil,
        expected: "1 to 6")
    }
    guard tokens.count < VocabularyDraft.largestCount else {
      throw .excessive(
        path: path, what: "the number of pieces", found: UInt64(tokens.count) + 1,
        limit: UInt64(VocabularyDraft.largestCount))
    }
    tokens.append((piece, kind, score))
  }

  private mutating func readTrainer(_ message: Data) throws(ModelFileError) {
    var reader = ProtoReader(message, path: path)
    let names: [UInt64: String] = [40: "unknown", 41: "bos", 42: "eos", 43: "padding"]
    while let field = try reader.next() {
      guard case .varint(let number, let value) = field else { continue }
      if number == 3 {
        guard value == 1 || value == 2 else {
          throw .malformed(
            path: path, what: "the SentencePiece model is of kind \(value)", offset: nil,
            expected: "1 (unigram) or 2 (BPE)")
        }
        isUnigram = value == 1
      } else if let name = names[number] {
        special[name] = Int(exactly: Int64(bitPattern: value)).map {
          Int(Int32(truncatingIfNeeded: $0))
        }
      }
    }
  }

  private mutating func readNormalizer(_ message: Data) throws(ModelFileError) {
    var reader = ProtoReader(message, path: path)
    while let field = try reader.next() {
      switch field {
      case .bytes(2, let blob): charsmap = Array(blob)
      case .varint(3, let flag): addsPrefix = flag != 0
      case .varint(4, let flag): removesExtraSpaces = flag != 0
      case .varint(5, 0):
        throw .malformed(
          path: path, what: "the SentencePiece model does not write spaces as U+2581", offset: nil,
          expected: nil)
      default: break
      }
    }
  }

  /// The vocabulary under GGUF's keys.
  func draft() throws(ModelFileError) -> VocabularyDraft {
    var draft = try VocabularyDraft(
      path: path, model: isUnigram ? "t5" : "llama", tokens: tokens)
    for name in ["bos", "eos", "unknown", "padding"] {
      guard let id = special[name], id >= 0 else { continue }
      guard id < tokens.count else {
        throw .malformed(
          path: path, what: "the \(name) token is \(id)", offset: nil,
          expected: "0 to \(tokens.count - 1)")
      }
      draft.metadata["tokenizer.ggml.\(name)_token_id"] = .unsigned(UInt64(id))
    }
    draft.metadata["tokenizer.ggml.add_space_prefix"] = .bool(addsPrefix)
    draft.metadata["tokenizer.ggml.remove_extra_whitespaces"] = .bool(removesExtraSpaces)
    if !charsmap.isEmpty {
      draft.metadata["tokenizer.ggml.precompiled_charsmap"] = .unsignedArray(
        charsmap.map { UInt64($0) })
    }
    // Tokens that are added later are searched for before the model sees the text; its own are a part of it.
    draft.inline = Set(draft.kinds.indices.filter { draft.kinds[$0] == .userDefined })
    draft.addsBOS = !isUnigram
    draft.addsEOS = isUnigram
    return draft
  }
}
