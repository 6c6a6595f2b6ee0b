/// The keys (after RoPE) and values of the tokens so far, Float32, contiguous per layer and head.
final class KeyValueCache {
  let capacity: Int
  let headDimension: Int
  private let heads: Int
  private let layers: Int
  private let keys: UnsafeMutablePointer<Float>  // [layers, heads, capacity, headDimension]
  private let values: UnsafeMutablePointer<Float>  // [layers, heads, capacity, headDimension]

  init(configuration: TransformerConfiguration, capacity: Int) {
    self.capacity = capacity
    headDimension = configuration.headDimension
    heads = configuration.keyValueHeadCount
    layers = configuration.layerCount
    let count = layers * heads * capacity * headDimension
    keys = .allocate(capacity: count)
    values = .allocate(capacity: count)
  }

  deinit {
    keys.deallocate()
    values.deallocate()
  }

  private func offset(_ layer: Int, _ head: Int) -> Int {
    (layer * heads + head) * capacity * headDimension
  }

  /// The keys of one head, [capacity, headDimension].
  func keys(layer: Int, head: Int) -> UnsafeMutablePointer<Float> { keys + offset(layer, head) }

  /// The values of one head, [capacity, headDimension].
  func values(layer: Int, head: Int) -> UnsafeMutablePointer<Float> { values + offset(layer, head) }

  /// Stores the rows [count, heads * headDimension] of new tokens from `position` on.
  func store(
    layer: Int, position: Int, count: Int, keys newKeys: UnsafePointer<Float>,
    values newValues: UnsafePointer<Float>
  ) {
    for head in 0..<heads {
      let k = keys(layer: layer, head: head) + position * headDimension
      let v = values(layer: layer, head: head) + position * headDimension
      for row in 0..<count {
        let source = (row * heads + head) * headDimension
        (k + row * headDimension).update(from: newKeys + source, count: headDimension)
        (v + row * headDimension).update(from: newValues + source, count: headDimension)
      }
    }
  }
}
