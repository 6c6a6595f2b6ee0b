/// The activations of one chunk of tokens; allocated once per session.
final class Workspace {
  let rows: Int
  let residual: UnsafeMutablePointer<Float>  // [rows, width]
  let normalized: UnsafeMutablePointer<Float>  // [rows, width]
  let query: UnsafeMutablePointer<Float>  // [rows, heads * headDimension]
  let key: UnsafeMutablePointer<Float>  // [rows, kvHeads * headDimension]
  let value: UnsafeMutablePointer<Float>  // [rows, kvHeads * headDimension]
  let mixed: UnsafeMutablePointer<Float>  // [rows, heads * headDimension]
  let branch: UnsafeMutablePointer<Float>  // [rows, width]: what a sub-layer adds
  let gate: UnsafeMutablePointer<Float>  // [rows, feedForwardWidth]
  let up: UnsafeMutablePointer<Float>  // [rows, feedForwardWidth]
  private let all: [UnsafeMutablePointer<Float>]

  init(configuration: TransformerConfiguration, rows: Int) {
    self.rows = rows
    let queries = configuration.headCount * configuration.headDimension
    let keys = configuration.keyValueHeadCount * configuration.headDimension
    // Not filled: rows are written before they are read, and pages that are never written take no memory.
    func make(_ columns: Int) -> UnsafeMutablePointer<Float> { .allocate(capacity: rows * columns) }
    residual = make(configuration.width)
    normalized = make(configuration.width)
    query = make(queries)
    key = make(keys)
    value = make(keys)
    mixed = make(queries)
    branch = make(configuration.width)
    gate = make(configuration.feedForwardWidth)
    up = make(configuration.feedForwardWidth)
    all = [residual, normalized, query, key, value, mixed, branch, gate, up]
  }

  deinit { for buffer in all { buffer.deallocate() } }
}
