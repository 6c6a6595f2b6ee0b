/// Where an adapter's trained wire takes its rows from (`wiring` of `ntm` and `dnc`).
public struct MachineWiring: Codable, Sendable, Equatable {
  /// The block whose attention's normed input makes contents and addresses.
  public var layer: Int
  /// Values of a slot's content.
  public var columns: Int
  /// Tokens that are kept; beyond them the oldest go.
  public var slots: Int

  /// `slots` where an adapter does not say.
  public static let usualSlots = 8192

  /// Creates a wiring.
  public init(layer: Int, columns: Int, slots: Int = Self.usualSlots) {
    (self.layer, self.columns, self.slots) = (layer, columns, slots)
  }

  private enum CodingKeys: CodingKey { case layer, columns, slots }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    layer = try container.decode(Int.self, forKey: .layer)
    columns = try container.decode(Int.self, forKey: .columns)
    slots = try container.decodeIfPresent(Int.self, forKey: .slots) ?? Self.usualSlots
  }

  /// Whether every value is in range; whether the model has such a block is not known here.
  var isSound: Bool {
    (0..<4096).contains(layer) && (1...4096).contains(columns) && (1...1 << 20).contains(slots)
  }
}
