/// What a module holds, in words a person understands: for `/memory` and `mneme memory info`.
public struct ModuleContents: Sendable, Codable, Equatable {
  /// A part of what is held.
  public struct Part: Sendable, Codable, Equatable {
    /// What it is, in the plural: "recent rows".
    public var name: String
    /// Rows or slots.
    public var count: Int
    /// The tokens they stand for.
    public var tokens: Int

    /// A part from its figures.
    public init(_ name: String, count: Int, tokens: Int) {
      self.name = name
      self.count = count
      self.tokens = tokens
    }

    /// Rows of keys and values, one a token, in so many pieces: "rows in 2 blocks".
    public init(rows: Int, in pieces: Int, _ noun: String) {
      self.init("rows in \(pieces) \(noun)\(pieces == 1 ? "" : "s")", count: rows, tokens: rows)
    }
  }

  /// One thing that is held: a block, a slot, a document.
  public struct Slot: Sendable, Codable, Equatable {
    /// Its tokens, or the beginning of them.
    public var tokens: [Int32]
    /// How many tokens it stands for.
    public var count: Int
    /// What else is to say of it: "used 3 times".
    public var remarks: [String]

    /// A slot from its figures.
    public init(tokens: [Int32], count: Int, remarks: [String] = []) {
      self.tokens = tokens
      self.count = count
      self.remarks = remarks
    }
  }

  /// What is held.
  public var parts: [Part]
  /// Tokens that were learned and are not held any more.
  public var dropped: Int
  /// Why they went, or will go: "the oldest go beyond 512 rows".
  public var rule: String
  /// What is held one by one, oldest first; empty where nothing can be told apart.
  public var slots: [Slot]

  /// Contents from their figures.
  public init(parts: [Part], dropped: Int, rule: String, slots: [Slot] = []) {
    self.parts = parts
    self.dropped = dropped
    self.rule = rule
    self.slots = slots
  }
}

/// A module that can say what it holds, what it dropped, and why.
public protocol Inspectable: MemoryModule {
  /// What it holds now.
  var contents: ModuleContents { get }
}

extension ModuleContents {
  /// Tokens of a slot that are listed.
  package static let excerpt = 24
}
