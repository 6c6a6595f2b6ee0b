public import Transformer

/// What a memory said at one generated token, for `/why`.
public struct MemoryContribution: Sendable, Equatable {
  /// An entry behind it.
  public struct Source: Sendable, Equatable {
    /// The entry's share of the reading, 0...1.
    public let weight: Float
    /// Where the entry came from.
    public let provenance: Provenance
    /// The tokens around the entry, from the journal, as text.
    public let excerpt: String
  }

  /// The position of the token in the session.
  public let position: Int
  /// The kind of memory.
  public let module: ModuleKind
  /// How far it was heard, 0...1.
  public let gate: Float
  /// The token it expected most.
  public let token: Int32
  /// The probability it gave that token.
  public let probability: Float
  /// The entries behind it, strongest first; empty for memories without entries or without a journal.
  public let sources: [Source]
}
