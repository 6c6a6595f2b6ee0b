public import Tensors

/// What keys and values are kept as: Float32, or less exactly in a half or about a quarter of the room.
public enum CacheType: String, Sendable, Codable, CaseIterable {
  case f32
  case f16
  case q8_0

  /// The type of the stored elements.
  public var element: ElementType {
    switch self {
    case .f32: .f32
    case .f16: .f16
    case .q8_0: .q8_0
    }
  }
}
