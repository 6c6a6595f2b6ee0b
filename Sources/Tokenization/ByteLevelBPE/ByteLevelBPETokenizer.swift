public import ModelFiles

/// The tokenizer of GPT-2, Llama 3, Qwen, SmolLM, DeepSeek and most others: byte pairs merged by rank within the words
/// that a pre-tokenizer splits off (Radford et al. 2019, Language Models are Unsupervised Multitask Learners).
///
/// Every byte is a token, so any text can be encoded and decoded without loss. Control tokens are recognised only on
/// demand, user-defined pieces always, as in llama.cpp.
public struct ByteLevelBPETokenizer: Tokenizer {
  private let vocabulary: ByteLevelBPEVocabulary
  private let splitter: SpecialSplitter
  /// For the tokens that are looked for in composed text; nil when there are none.
  private let composedSplitter: LibrarySplitter?

  /// Builds the tokenizer from the metadata of a model file.
  ///
  /// - Throws: `TokenizerError` for vocabularies that are incomplete, inconsistent or of another kind.
  public init(file: ModelFile) throws(TokenizerError) {
    guard let model = file.metadata.string("tokenizer.ggml.model") else {
      throw .missing(path: file.path, key: "tokenizer.ggml.model")
    }
    guard model == "gpt2" else {
      throw .unsupportedModel(path: file.path, found: model, supported: ["gpt2"])
    }
    vocabulary = try ByteLevelBPEVocabulary(file: file)
    splitter = SpecialSplitter(
      pieces: vocabulary.pieces, kinds: vocabulary.kinds, flags: vocabulary.flags)
    let composes = vocabulary.composes
    composedSplitter = vocabulary.flags.normalizedSplitter(
      pieces: vocabulary.pieces, kinds: vocabulary.kinds
    ) { composes ? Array(CanonicalComposition.composed($0)) : Array($0) }
  }

  /// The number of tokens.
  public var vocabularySize: Int { vocabulary.pieces.count }

  /// The tokens with a special meaning.
  public var special: SpecialTokens { vocabulary.special }

  /// The tokens of a text; see `Tokenizer`.
  public func encode(_ text: String, addBOS: Bool, parseSpecial: Bool) -> [Int32] {
    var ids: [Int32] = []
    if addBOS, special.addBOS, let bos = special.bos { ids.append(bos) }
    let bytes = Array(text.utf8)
    var word = BytePairWord()
    for fragment in splitter.split(bytes, parseSpecial: parseSpecial) {
      switch fragment {
      case .token(let id): ids.append(id)
      case .text(let range):
        let text = vocabulary.composes ? CanonicalComposition.composed(bytes[range]) : bytes[range]
        guard let composedSplitter else {
          encode(text, &word, into: &ids)
          continue
        }
        let composed = Array(text)
        for part in composedSplitter.split(composed, parseSpecial: parseSpecial) {
          switch part {
          case .token(let id): ids.append(id)
          case .text(let range): encode(composed[range], &word, into: &ids)
          }
        }
      }
    }
    if addBOS, special.addEOS, let eos = special.eos { ids.append(eos) }
    return ids
  }

  private func encode(
    _ text: ArraySlice<UInt8>, _ word: inout BytePairWord, into ids: inout [Int32]
  ) {
    let scalars = ScalarText(text)
    var alphabet: [UInt8] = []
    for range in vocabulary.preTokenizer.split(scalars) {
      let start = text.startIndex + scalars.offsets[range.lowerBound]
      let bytes = text[start..<text.startIndex + scalars.offsets[range.upperBound]]
      if vocabulary.ignoresMerges {
        alphabet.removeAll(keepingCapacity: true)
        for byte in bytes { alphabet += ByteAlphabet.encodings[Int(byte)] }
        if let id = alphabet.withUnsafeBytes({ vocabulary.table.id(of: $0) }) {
          ids.append(id)
          continue
        }
      }
      word.begin()
      for byte in bytes {
        let token = vocabulary.byteTokens[Int(byte)]
        // A byte without a token cannot be written; vocabularies of real models have all of them.
        if token >= 0 { word.append(token) } else if let id = special.unknown { word.append(id) }
      }
      word.merge(by: vocabulary.merges, into: &ids)
    }
  }

  /// The piece of a token as stored, in the alphabet of bytes.
  public func piece(_ id: Int32) -> String {
    vocabulary.pieces.indices.contains(Int(id)) ? vocabulary.pieces[Int(id)] : ""
  }

  /// The kind of a token.
  public func kind(of id: Int32) -> TokenKind {
    vocabulary.kinds.indices.contains(Int(id)) ? vocabulary.kinds[Int(id)] : .unused
  }

  /// The token with exactly this piece, or nil.
  public func id(ofPiece piece: String) -> Int32? { vocabulary.table.id(of: piece) }

  /// The bytes that a token prints; see `Tokenizer`.
  public func bytes(of id: Int32, renderSpecial: Bool) -> [UInt8] {
    let piece = piece(id)
    switch kind(of: id) {
    case .normal, .byte: return ByteAlphabet.decode(piece) ?? Array(piece.utf8)
    case .userDefined: return Array(piece.utf8)
    case .control, .unknown: return renderSpecial ? Array(piece.utf8) : []
    case .unused: return []
    }
  }
}
