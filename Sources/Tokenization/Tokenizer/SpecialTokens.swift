/// The tokens of a vocabulary that have a special meaning.
public struct SpecialTokens: Sendable, Equatable {
  /// Begins a sequence.
  public var bos: Int32?
  /// Ends a sequence.
  public var eos: Int32?
  /// Ends a turn of a conversation.
  public var eot: Int32?
  /// Represents text without any other token.
  public var unknown: Int32?
  /// Whether texts begin with `bos`.
  public var addBOS: Bool
  /// Whether texts end with `eos`.
  public var addEOS: Bool
  /// Every token that ends a generation: `eos`, `eot` and similar ones.
  public var endOfGeneration: Set<Int32>
  /// Tokens that include the white space after them: Phi-3's control tokens.
  public var swallowsSpace: Set<Int32> = []
  /// Tokens that include the white space before them.
  public var swallowsSpaceBefore: Set<Int32> = []

  /// Creates a set of special tokens; `endOfGeneration` always includes `eos` and `eot`.
  public init(
    bos: Int32? = nil, eos: Int32? = nil, eot: Int32? = nil, unknown: Int32? = nil,
    addBOS: Bool = false, addEOS: Bool = false, endOfGeneration: Set<Int32> = []
  ) {
    self.bos = bos
    self.eos = eos
    self.eot = eot
    self.unknown = unknown
    self.addBOS = addBOS
    self.addEOS = addEOS
    self.endOfGeneration = endOfGeneration.union([eos, eot].compactMap(\.self))
  }
}
