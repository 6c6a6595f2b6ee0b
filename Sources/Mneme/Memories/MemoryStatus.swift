public import Memory

/// The status of an attached memory, as plain data.
public struct MemoryStatus: Sendable, Equatable, Codable {
  /// The name it is detached by: the file's name without folder and extension.
  public var name: String
  /// The file it is saved to, if any.
  public var path: String?
  /// Whether it is read but never written.
  public var isReadOnly: Bool
  /// One row per module.
  public var modules: [Module]
  /// Whether it has changes that its file does not contain.
  public var hasUnsavedChanges: Bool
  /// Whether attaching it created it.
  public var isNew: Bool
  /// A notice for the user, one sentence: that it, or its adapter, was made for a variant of the model.
  public var remark: String?
  /// How many facts hold; nil for a memory that keeps none.
  public var facts: Int?

  /// One module of an attached memory.
  public struct Module: Sendable, Equatable, Codable {
    /// `neural`, `neighbor` and so on.
    public var kind: String
    /// Stored entries; 0 for a memory of constant size.
    public var entries: Int
    /// Tokens it has seen.
    public var tokensSeen: Int
    /// Size of its state in bytes.
    public var stateBytes: Int
    /// What it holds and dropped; nil where it cannot say.
    public var contents: ModuleContents?
    /// The beginning of each slot of the contents, as text.
    public var excerpts: [String] = []

    /// A row from its parts.
    public init(kind: String, entries: Int, tokensSeen: Int, stateBytes: Int) {
      self.kind = kind
      self.entries = entries
      self.tokensSeen = tokensSeen
      self.stateBytes = stateBytes
    }
  }

  /// A status from its parts.
  public init(
    name: String, path: String?, isReadOnly: Bool, modules: [Module], hasUnsavedChanges: Bool,
    isNew: Bool, remark: String? = nil, facts: Int? = nil
  ) {
    self.name = name
    self.path = path
    self.isReadOnly = isReadOnly
    self.modules = modules
    self.hasUnsavedChanges = hasUnsavedChanges
    self.isNew = isNew
    self.remark = remark
    self.facts = facts
  }
}

/// The result of writing a text into memory.
public struct LearningReport: Sendable, Equatable, Codable {
  /// Tokens read.
  public var tokens: Int
  /// Mean -log p of the learnable tokens under the model without its memories' predictions, nats.
  public var surprisal: Double
  /// Updates that the modules applied.
  public var writes: Int
  /// Wall-clock time.
  public var seconds: Double
  /// The handle of the told fact, in a memory that keeps facts.
  public var fact: String?
  /// Older facts on the same subject, which were forgotten.
  public var replaced: [Fact]?

  /// A report from its parts.
  public init(tokens: Int, surprisal: Double, writes: Int, seconds: Double) {
    self.tokens = tokens
    self.surprisal = surprisal
    self.writes = writes
    self.seconds = seconds
  }
}

/// A memory's contribution to one token of a reply.
public struct Recollection: Sendable, Equatable, Codable {
  /// The memory's name.
  public var memory: String
  /// The module's kind.
  public var module: String
  /// The token that was generated, as text.
  public var token: String
  /// The token to which the memory gave the highest probability, as text.
  public var expected: String
  /// The gate at that token: the weight of the memory in the mixture, 0 to 1.
  public var gate: Double
  /// The memory's probability of `expected`.
  public var weight: Double
  /// The stored words it is based on, where the module has entries.
  public var source: String?
  /// The turn those words come from.
  public var turn: Int?

  /// A recollection from its parts.
  public init(
    memory: String, module: String, token: String, expected: String, gate: Double,
    weight: Double, source: String?, turn: Int? = nil
  ) {
    self.memory = memory
    self.module = module
    self.token = token
    self.expected = expected
    self.gate = gate
    self.weight = weight
    self.source = source
    self.turn = turn
  }
}
