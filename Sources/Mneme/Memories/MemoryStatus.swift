public import Memory

/// What a session has attached, as plain data.
public struct MemoryStatus: Sendable, Equatable, Codable {
  /// The name it is detached by: the file's name without folder and extension.
  public var name: String
  /// The file it is saved to, if any.
  public var path: String?
  /// Whether it is read but never written.
  public var isReadOnly: Bool
  /// One row per module.
  public var modules: [Module]
  /// Whether it holds something the file does not.
  public var hasUnsavedChanges: Bool
  /// Whether attaching it created it.
  public var isNew: Bool
  /// What a user should know of it, a sentence: that it, or its adapter, was made for another form of the model.
  public var remark: String?

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
    isNew: Bool, remark: String? = nil
  ) {
    self.name = name
    self.path = path
    self.isReadOnly = isReadOnly
    self.modules = modules
    self.hasUnsavedChanges = hasUnsavedChanges
    self.isNew = isNew
    self.remark = remark
  }
}

/// What writing a text into memory did.
public struct LearningReport: Sendable, Equatable, Codable {
  /// Tokens read.
  public var tokens: Int
  /// Mean -log p of the tokens that could be learned, in nats, before they were learned.
  public var surprisal: Double
  /// Updates the modules made.
  public var writes: Int
  /// Wall-clock time.
  public var seconds: Double
  /// The handle of the fact that was told, in a memory that keeps facts.
  public var fact: String?
  /// What was known of the same and is forgotten now.
  public var replaced: [Fact]?

  /// A report from its parts.
  public init(tokens: Int, surprisal: Double, writes: Int, seconds: Double) {
    self.tokens = tokens
    self.surprisal = surprisal
    self.writes = writes
    self.seconds = seconds
  }
}

/// What a memory said at one token of a reply.
public struct Recollection: Sendable, Equatable, Codable {
  /// The memory's name.
  public var memory: String
  /// The module's kind.
  public var module: String
  /// The token that was generated, as text.
  public var token: String
  /// The token the memory expected most, as text.
  public var expected: String
  /// How far the memory was heard at that token, 0 to 1.
  public var gate: Double
  /// Probability the memory gave to what it expected.
  public var weight: Double
  /// The stored words behind it, where the module can tell.
  public var source: String?
  /// The turn in which they were said.
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
