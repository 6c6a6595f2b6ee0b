public import Foundation

/// Tokens and what attention kept of them: enough for a session of the same model to go on without reading them again.
public struct SavedContext: Sendable, Equatable {
  /// The tokens, from the first position on.
  public var tokens: [Int32]
  /// How keys and values are stored.
  public var type: CacheType
  /// Keys after RoPE and values, each [blocks, key/value heads, tokens] rows of one head in the cache's type.
  public var keys: Data
  public var values: Data

  /// A context from its parts.
  public init(tokens: [Int32], type: CacheType, keys: Data, values: Data) {
    self.tokens = tokens
    self.type = type
    self.keys = keys
    self.values = values
  }
}

extension TransformerSession {
  /// The session's committed tokens, which the cache holds as the plain model reads them.
  public func savedContext() -> SavedContext {
    let (keys, values) = cache.rows(committed)
    return SavedContext(
      tokens: Array(tokens[..<committed]), type: cache.type, keys: keys, values: values)
  }

  /// Takes the place of reading the tokens anew, in an empty session; they count as committed, and no memory learns them.
  ///
  /// - Returns: false, with nothing changed, where the session is not empty, or the context is of another type, shape or
  ///   length than the session's, or holds tokens outside the vocabulary.
  public func restore(_ saved: SavedContext) -> Bool {
    guard tokens.isEmpty, saved.type == cache.type, !saved.tokens.isEmpty,
      saved.tokens.count <= contextLength,
      saved.tokens.allSatisfy({ $0 >= 0 && Int($0) < model.configuration.vocabularySize }),
      cache.restore(saved.tokens.count, keys: saved.keys, values: saved.values)
    else { return false }
    resume(after: saved.tokens)
    return true
  }
}
