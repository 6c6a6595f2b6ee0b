import ModelFiles

/// How tokens that are matched as wholes treat the text around them: the flags of the tokenizers library's `AddedToken`.
///
/// GGUF has no keys for them; files that this program converts keep them under `tokenizer.mneme.*`.
struct AddedTokenFlags: Sendable {
  /// Tokens that include the white space before them (`lstrip`).
  var leading: Set<Int32> = []
  /// Tokens that include the white space after them (`rstrip`).
  var trailing: Set<Int32> = []
  /// Tokens that are not matched inside a word (`single_word`).
  var singleWord: Set<Int32> = []
  /// Tokens that are looked for only after the normaliser, in what the other ones left (`normalized`).
  var normalized: Set<Int32> = []
  /// Whether the flags come from the library's files, so that its order of matching applies and not llama.cpp's.
  var isFromLibrary = false

  /// The key of a flag, by the library's name for it.
  private static func key(_ flag: String) -> String { "tokenizer.mneme.\(flag)_token_ids" }

  init() {}

  /// Reads the flags of a vocabulary of `count` tokens.
  ///
  /// - Parameter special: whose tokens swallow white space, from the file or by the model's name.
  /// - Throws: `TokenizerError.idOutOfRange`.
  init(
    _ metadata: GGUFMetadata, special: SpecialTokens, count: Int, path: String
  ) throws(TokenizerError) {
    leading = special.swallowsSpaceBefore
    trailing = special.swallowsSpace
    singleWord = try metadata.tokenIDs(Self.key("single_word"), count: count, path: path) ?? []
    normalized = try metadata.tokenIDs(Self.key("normalized"), count: count, path: path) ?? []
    isFromLibrary = ["lstrip", "rstrip", "single_word", "normalized"].contains {
      metadata[Self.key($0)] != nil
    }
  }

  /// Finds the tokens that are looked for in normalised text; nil when there are none.
  ///
  /// - Parameter normalize: what the normaliser makes of a token's own text.
  func normalizedSplitter(
    pieces: [String], kinds: [TokenKind], normalize: (ArraySlice<UInt8>) -> [UInt8]
  ) -> LibrarySplitter? {
    guard !normalized.isEmpty else { return nil }
    let wanted = normalized.map { ($0, normalize(Array(pieces[Int($0)].utf8)[...])) }
    return LibrarySplitter(
      pieces: Dictionary(uniqueKeysWithValues: wanted), kinds: kinds, flags: self)
  }
}

extension GGUFMetadata {
  /// The tokens listed under a key; nil when the file has no such list.
  func tokenIDs(_ key: String, count: Int, path: String) throws(TokenizerError) -> Set<Int32>? {
    guard let ids = integers(key) else { return nil }
    if let wrong = ids.first(where: { !(0..<count).contains($0) }) {
      throw .idOutOfRange(path: path, key: key, found: wrong, count: count)
    }
    return Set(ids.map { Int32(truncatingIfNeeded: $0) })
  }
}
