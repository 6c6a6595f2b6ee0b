import ModelFiles

extension GGUFMetadata {
  /// The pieces of the vocabulary by id.
  func pieces(path: String) throws(TokenizerError) -> [String] {
    guard let pieces = strings("tokenizer.ggml.tokens"), !pieces.isEmpty else {
      throw .missing(path: path, key: "tokenizer.ggml.tokens")
    }
    return pieces
  }

  /// The kind of each of `count` tokens; nil when the file has none.
  func tokenKinds(count: Int, path: String) throws(TokenizerError) -> [TokenKind]? {
    let key = "tokenizer.ggml.token_type"
    guard let numbers = integers(key) else { return nil }
    guard numbers.count == count else {
      throw .wrongCount(path: path, key: key, found: numbers.count, expected: count)
    }
    var kinds: [TokenKind] = []
    kinds.reserveCapacity(count)
    for (id, number) in numbers.enumerated() {
      guard let raw = Int32(exactly: number), let kind = TokenKind(rawValue: raw) else {
        throw .unknownKind(path: path, id: id, found: number)
      }
      kinds.append(kind)
    }
    return kinds
  }
}
