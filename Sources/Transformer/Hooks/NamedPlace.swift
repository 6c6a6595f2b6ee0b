/// A place in a model that has a name, and is stored by it.
public protocol NamedPlace: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The place of that name; nil when there is none of it.
  init?(_ name: String)
  /// The full name.
  var name: String { get }
}

extension NamedPlace {
  public var description: String { name }

  /// Reads a name.
  ///
  /// - Throws: `DecodingError` when no place has it.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let place = Self(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "no place in a model has this name")
    }
    self = place
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }

  /// The block and the rest of a name like `blocks.3.attn.W_Q`; nil for any other.
  static func inBlock(_ name: String) -> (layer: Int, site: String)? {
    let parts = name.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "blocks", let layer = Int(parts[1]), layer >= 0,
      String(layer) == parts[1]
    else { return nil }
    return (layer, String(parts[2]))
  }
}
