public import ModelFiles

/// The tokenizer of Llama's family: SentencePiece over the pieces, scores and kinds in a GGUF file.
///
/// A GGUF file holds no SentencePiece model; one is built from its arrays and loaded into the library, which does the
/// merges. Features that the library lacks are implemented here as in llama.cpp: control tokens are recognised only on
/// demand, user-defined pieces always, and text that follows no other text gets a leading space. If the key
/// `tokenizer.mneme.space_prefix` is "once", it gets none when it already begins with a space; if "first", only the
/// very beginning gets one.
///
/// Where the file tells which user-defined pieces are the SentencePiece model's own (`tokenizer.mneme.inline_token_ids`),
/// the library finds those itself: they are text like any other, and no space follows them that was not there.
public struct SentencePieceTokenizer: Tokenizer {
  private let vocabulary: Vocabulary
  private let model: SentencePieceModel
  private let splitter: SpecialSplitter
  /// For the tokens that are looked for in normalised text; nil when there are none.
  private let normalizedSplitter: LibrarySplitter?

  /// Builds the tokenizer from the metadata of a model file.
  ///
  /// - Throws: `TokenizerError` for vocabularies that are incomplete, inconsistent or of another kind.
  public init(file: ModelFile) throws(TokenizerError) {
    vocabulary = try Vocabulary(file: file)
    do {
      model = try SentencePieceModel(proto: vocabulary.modelProto())
    } catch {
      throw .refused(path: file.path, message: error.message)
    }
    splitter = SpecialSplitter(
      pieces: vocabulary.pieces, kinds: vocabulary.kinds, flags: vocabulary.flags,
      excluding: vocabulary.inline)
    let vocabulary = vocabulary
    normalizedSplitter = vocabulary.flags.normalizedSplitter(
      pieces: vocabulary.pieces, kinds: vocabulary.kinds
    ) { piece in
      let text = vocabulary.normalized(piece)
      return vocabulary.normalizerAddsSpace ? [UInt8(ascii: " ")] + text : Array(text)
    }
  }

  /// The number of tokens.
  public var vocabularySize: Int { vocabulary.pieces.count }

  /// The tokens with a special meaning.
  public var special: SpecialTokens { vocabulary.special }

  /// Whether text that follows no other text gets a space in front.
  public var addsSpacePrefix: Bool { vocabulary.addsSpacePrefix }

  /// Whether text that follows a token gets a space in front: where that is so after every one that is matched as a
  /// whole. In the vocabularies that add spaces in other ways, one after a token was in the text.
  public func putsSpace(after id: Int32) -> Bool {
    kind(of: id) == .userDefined && vocabulary.normalizerAddsSpace
      && !vocabulary.inline.contains(id) && !vocabulary.flags.normalized.contains(id)
  }

  /// The tokens of a text; see `Tokenizer`.
  public func encode(_ text: String, addBOS: Bool, parseSpecial: Bool) -> [Int32] {
    var ids: [Int32] = []
    if addBOS, special.addBOS, let bos = special.bos { ids.append(bos) }
    ids += encode(text, parseSpecial: parseSpecial, continuing: false)
    if addBOS, special.addEOS, let eos = special.eos { ids.append(eos) }
    return ids
  }

  /// The tokens of a part of a text; see `Tokenizer`.
  public func encode(fragment text: String, continuing: Bool) -> [Int32] {
    encode(text, parseSpecial: false, continuing: continuing)
  }

  private func encode(_ text: String, parseSpecial: Bool, continuing: Bool) -> [Int32] {
    let bytes = Array(text.utf8)
    var ids: [Int32] = []
    var followsText = continuing
    for fragment in splitter.split(bytes, parseSpecial: parseSpecial) {
      switch fragment {
      case .token(let id):
        ids.append(id)
        followsText = false
      case .text(let range):
        let text = vocabulary.normalized(bytes[range])
        let isFirst = range.lowerBound == 0
        if let normalizedSplitter {
          ids += encode(
            text, splitter: normalizedSplitter, parseSpecial: parseSpecial, isFirst: isFirst,
            continuing: followsText)
        } else if !text.isEmpty || !vocabulary.removesExtraSpaces {
          let takesPrefix = !followsText && takesPrefix(text, isFirst: isFirst)
          ids += encodeFragment(takesPrefix ? [UInt8(ascii: " ")] + text : Array(text))
        }
        followsText = true
      }
    }
    return ids
  }

  /// The tokens of normalised text that may contain further tokens to be matched as wholes.
  private func encode(
    _ text: ArraySlice<UInt8>, splitter: LibrarySplitter, parseSpecial: Bool, isFirst: Bool,
    continuing: Bool
  ) -> [Int32] {
    let addsSpace = vocabulary.normalizerAddsSpace && !continuing && !text.isEmpty
    let text = addsSpace ? [UInt8(ascii: " ")] + text : Array(text)
    var ids: [Int32] = []
    var followsText = continuing
    for part in splitter.split(text, parseSpecial: parseSpecial) {
      switch part {
      case .token(let id):
        ids.append(id)
        followsText = false
      case .text(let range):
        let takesPrefix =
          !followsText && !vocabulary.normalizerAddsSpace
          && takesPrefix(text[range], isFirst: isFirst && range.lowerBound == 0)
        ids += encodeFragment(
          takesPrefix ? [UInt8(ascii: " ")] + text[range] : Array(text[range]))
        followsText = true
      }
    }
    return ids
  }

  /// Whether a text that follows no other gets a space in front.
  private func takesPrefix(_ text: ArraySlice<UInt8>, isFirst: Bool) -> Bool {
    guard addsSpacePrefix else { return false }
    switch vocabulary.spacePrefix {
    case .always: return true
    case .first where !isFirst: return false
    // U+2581 represents a space.
    case .once, .first: return text.first != 0x20 && !text.starts(with: [0xe2, 0x96, 0x81])
    }
  }

  private func encodeFragment(_ text: [UInt8]) -> [Int32] {
    guard vocabulary.cutsAtSpaces else { return encodeWhole(text) }
    // The library sums scores as 32-bit numbers, which over a long text lose the precision that distinguishes
    // segmentations.
    var ids: [Int32] = []
    var start = 0
    while start < text.count {
      let end = text[(start + 1)...].firstIndex(of: UInt8(ascii: " ")) ?? text.count
      ids += encodeWhole(Array(text[start..<end]))
      start = end
    }
    return ids
  }

  private func encodeWhole(_ text: [UInt8]) -> [Int32] {
    let size = Int32(truncatingIfNeeded: vocabularySize)
    if let ids = model.encode(text) {
      // An unknown piece that was added for the library is replaced by the vocabulary's own unknown token, if any.
      return ids.compactMap { $0 < size ? $0 : special.unknown }
    }
    // The library does not normally refuse text; if it does, for lack of memory, byte tokens are still correct.
    return text.compactMap { vocabulary.byteTokens[$0] ?? special.unknown }
  }

  /// The piece of a token as stored.
  public func piece(_ id: Int32) -> String {
    vocabulary.pieces.indices.contains(Int(id)) ? vocabulary.pieces[Int(id)] : ""
  }

  /// The kind of a token.
  public func kind(of id: Int32) -> TokenKind {
    vocabulary.kinds.indices.contains(Int(id)) ? vocabulary.kinds[Int(id)] : .unused
  }

  /// The token with exactly this piece, or nil.
  public func id(ofPiece piece: String) -> Int32? {
    vocabulary.table.id(of: piece)
  }

  /// The bytes that a token prints; see `Tokenizer`.
  public func bytes(of id: Int32, renderSpecial: Bool) -> [UInt8] {
    let piece = piece(id)
    switch kind(of: id) {
    case .normal: return Self.unescape(piece)
    case .userDefined where vocabulary.inline.contains(id): return Self.unescape(piece)
    case .userDefined: return Array(piece.utf8)
    case .byte: return Vocabulary.byteValue(piece).map { [$0] } ?? []
    case .control, .unknown: return renderSpecial ? Array(piece.utf8) : []
    case .unused: return []
    }
  }

  /// The piece with a space for every U+2581, in UTF-8 (E2 96 81).
  private static func unescape(_ piece: String) -> [UInt8] {
    var bytes: [UInt8] = []
    for scalar in piece.unicodeScalars {
      if scalar == "\u{2581}" {
        bytes.append(UInt8(ascii: " "))
      } else {
        bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      }
    }
    return bytes
  }
}
