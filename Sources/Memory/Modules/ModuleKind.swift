/// The name of a kind of memory, as users type it after `--module`.
///
/// Each module's folder declares its own; `ModuleRegistry` knows which names are implemented.
public struct ModuleKind: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible,
  ExpressibleByStringLiteral
{
  /// The name.
  public let rawValue: String

  /// A kind of any name.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// A kind of any name.
  public init(stringLiteral value: String) { rawValue = value }

  public var description: String { rawValue }
}
