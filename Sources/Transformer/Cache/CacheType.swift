public import Tensors

/// The element type of cached keys and values: Float32, or at lower precision in half or about a quarter of the memory.
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
