/// Buffers for the rows of one gradient pass; reused while they are large enough.
final class GradientWorkspace {
  /// The rows they hold.
  let rows: Int
  /// The lowest block that has anything to learn: the first whose input is kept.
  let lowest: Int
  let stream: UnsafeMutablePointer<Float>  // [rows, width]
  let normalized: UnsafeMutablePointer<Float>  // [rows, width]
  /// [rows, width]: the input of the feed-forward.
  let normalizedAgain: UnsafeMutablePointer<Float>
  /// [rows, width]: the stream between attention and feed-forward.
  let middle: UnsafeMutablePointer<Float>
  /// [rows, width]: what a sub-layer adds, before its own norm.
  let branch: UnsafeMutablePointer<Float>
  let raw: UnsafeMutablePointer<Float>  // [rows, queries]: one projection's outputs or gradients
  let rawQuery: UnsafeMutablePointer<Float>  // [rows, queries] before their norm
  let rawKey: UnsafeMutablePointer<Float>  // [rows, keys] before their norm
  let query: UnsafeMutablePointer<Float>  // [heads, rows, head dimension]
  let key: UnsafeMutablePointer<Float>  // [key/value heads, rows, head dimension]
  let value: UnsafeMutablePointer<Float>  // [key/value heads, rows, head dimension]
  let mixed: UnsafeMutablePointer<Float>  // [rows, queries]
  let gate: UnsafeMutablePointer<Float>  // [rows, inner]
  let up: UnsafeMutablePointer<Float>  // [rows, inner]
  let active: UnsafeMutablePointer<Float>  // [rows, inner]
  let gradient: UnsafeMutablePointer<Float>  // [rows, width]: of the stream
  let branchGradient: UnsafeMutablePointer<Float>  // [rows, width]
  let normalizedGradient: UnsafeMutablePointer<Float>  // [rows, width]
  let innerGradient: UnsafeMutablePointer<Float>  // [rows, inner]
  let mixedGradient: UnsafeMutablePointer<Float>  // [rows, queries]
  let queryGradient: UnsafeMutablePointer<Float>  // [heads, rows, head dimension]
  let keyGradient: UnsafeMutablePointer<Float>  // [heads, rows, head dimension]: per query head
  let valueGradient: UnsafeMutablePointer<Float>  // [heads, rows, head dimension]: per query head
  /// The rows besides the tokens' own of the pass under way.
  var prefix: PrefixWorkspace?
  private let inputs: UnsafeMutablePointer<Float>  // [blocks from lowest on, rows, width]
  private let width: Int
  private let all: [UnsafeMutablePointer<Float>]

  init(configuration: TransformerConfiguration, rows: Int, lowest: Int) {
    self.rows = rows
    self.lowest = lowest
    width = configuration.width
    let queries = configuration.headCount * configuration.headDimension
    let keys = configuration.keyValueHeadCount * configuration.headDimension
    let inner = configuration.feedForwardWidth
    // Not filled: pages that are never written take no memory.
    var all: [UnsafeMutablePointer<Float>] = []
    func make(_ columns: Int) -> UnsafeMutablePointer<Float> {
      let buffer = UnsafeMutablePointer<Float>.allocate(capacity: rows * columns)
      all.append(buffer)
      return buffer
    }
    stream = make(width)
    normalized = make(width)
    normalizedAgain = make(width)
    middle = make(width)
    branch = make(width)
    raw = make(queries)
    rawQuery = make(queries)
    rawKey = make(keys)
    query = make(queries)
    key = make(keys)
    value = make(keys)
    mixed = make(queries)
    gate = make(inner)
    up = make(inner)
    active = make(inner)
    gradient = make(width)
    branchGradient = make(width)
    normalizedGradient = make(width)
    innerGradient = make(inner)
    mixedGradient = make(queries)
    queryGradient = make(queries)
    keyGradient = make(queries)
    valueGradient = make(queries)
    inputs = make(width * max(0, configuration.layerCount - lowest))
    self.all = all
  }

  deinit { for buffer in all { buffer.deallocate() } }

  /// What entered a block, [rows, width], for as many rows as the pass has; the block is `lowest` or above.
  func input(of layer: Int) -> UnsafeMutablePointer<Float> {
    inputs + (layer - lowest) * rows * width
  }
}
