/// The keys (after RoPE) and values of the tokens so far, Float32, contiguous per layer and head.
///
/// Room is made as tokens come, by doubling: a file that claims a context of millions costs nothing until it is used.
final class KeyValueCache {
  let headDimension: Int
  private let heads: Int
  private let layers: Int
  private var room = 0  // tokens per layer and head
  private var keys: UnsafeMutablePointer<Float>  // [layers, heads, room, headDimension]
  private var values: UnsafeMutablePointer<Float>  // [layers, heads, room, headDimension]

  init(configuration: TransformerConfiguration) {
    headDimension = configuration.headDimension
    heads = configuration.keyValueHeadCount
    layers = configuration.layerCount
    keys = .allocate(capacity: 0)
    values = .allocate(capacity: 0)
  }

  deinit {
    keys.deallocate()
    values.deallocate()
  }

  private func offset(_ layer: Int, _ head: Int) -> Int {
    (layer * heads + head) * room * headDimension
  }

  /// Makes room for `count` tokens in all, keeping the first `kept`.
  func reserve(_ count: Int, keeping kept: Int) {
    guard count > room else { return }
    let larger = max(64, count, 2 * room)
    keys = moved(keys, to: larger, keeping: kept)
    values = moved(values, to: larger, keeping: kept)
    room = larger
  }

  private func moved(
    _ old: UnsafeMutablePointer<Float>, to larger: Int, keeping kept: Int
  ) -> UnsafeMutablePointer<Float> {
    let segments = layers * heads
    let new = UnsafeMutablePointer<Float>.allocate(capacity: segments * larger * headDimension)
    for segment in 0..<segments {
      (new + segment * larger * headDimension).initialize(
        from: old + segment * room * headDimension, count: kept * headDimension)
    }
    old.deallocate()
    return new
  }

  /// The keys of one head, [room, headDimension].
  func keys(layer: Int, head: Int) -> UnsafeMutablePointer<Float> { keys + offset(layer, head) }

  /// The values of one head, [room, headDimension].
  func values(layer: Int, head: Int) -> UnsafeMutablePointer<Float> { values + offset(layer, head) }

  /// Stores the rows [count, heads * headDimension] of new tokens from `position` on.
  func store(
    layer: Int, position: Int, count: Int, keys newKeys: UnsafePointer<Float>,
    values newValues: UnsafePointer<Float>
  ) {
    precondition(position + count <= room, "rows stored without room")
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
