/// What an attached memory of rows showed the attention of a reply.
public struct ShownMemory: Sendable, Equatable, Codable {
  /// The memory's name.
  public var memory: String
  /// The module's kind.
  public var module: String
  /// Rows of keys and values that a head could attend to.
  public var rows: Int
  /// What was read again for the question, word by word; nil where rows were shown as they are stored.
  public var text: String?

  /// What was shown, from its parts.
  public init(memory: String, module: String, rows: Int, text: String? = nil) {
    self.memory = memory
    self.module = module
    self.rows = rows
    self.text = text
  }
}
