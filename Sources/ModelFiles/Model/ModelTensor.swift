public import Tensors

/// One tensor of a model: a view into bytes that its owner keeps alive.
public struct ModelTensor: Sendable {
  /// The name in GGUF's terms, such as `blk.0.attn_q.weight`.
  public let name: String
  /// The extents in ggml's order: `shape[0]` is contiguous in memory.
  public let shape: [Int]
  /// The type of the elements.
  public let type: ElementType
  /// The data; its count is checked against shape and type.
  public nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
  /// The object that keeps the bytes alive.
  public let owner: any AnyObject & Sendable

  /// The number of elements.
  public var elementCount: Int { shape.reduce(1, *) }
}
