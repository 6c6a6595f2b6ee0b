/// What a memory of rows showed the attention of an answer: for `/why`.
public struct ShownContents: Sendable, Equatable {
  /// The module's kind.
  public var module: ModuleKind
  /// Rows of keys and values that a head could attend to; the mean where heads have rows of their own.
  public var rows: Int
  /// The tokens that were read again for the question; empty where rows were shown as they are stored.
  public var readAgain: [Int32]

  /// What was shown, from its parts.
  public init(module: ModuleKind, rows: Int, readAgain: [Int32]) {
    self.module = module
    self.rows = rows
    self.readAgain = readAgain
  }
}
