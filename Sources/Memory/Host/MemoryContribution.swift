public import Transformer

/// A memory's contribution to the prediction of one token, for `/why`.
public struct MemoryContribution: Sendable, Equatable {
  /// An entry that contributed.
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
  /// The gate: the weight of the reading in the mixture, 0...1.
  public let gate: Float
  /// The token that the memory gave the highest probability.
  public let token: Int32
  /// The memory's probability of that token.
  public let probability: Float
  /// The entries that contributed, by falling weight; empty for memories without entries or without a journal.
  public let sources: [Source]
}
