/// The name of a kind of memory, as users type it after `--module`.
public struct ModuleKind: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
  /// The name.
  public let rawValue: String

  /// A kind of any name; whether it is implemented is the registry's business.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// Titans' neural memory (arXiv 2501.00663).
  public static let neural = ModuleKind(rawValue: "neural")
  /// Larimar's episodic memory: facts that can be replaced and forgotten (arXiv 2403.11901).
  public static let episodic = ModuleKind(rawValue: "episodic")
  /// kNN-LM's datastore of what followed (arXiv 1911.00172).
  public static let neighbor = ModuleKind(rawValue: "neighbor")

  /// The compressed past of a Compressive Transformer (arXiv 1911.05507).
  public static let compressive = ModuleKind(rawValue: "compressive")

  public var description: String { rawValue }
}
