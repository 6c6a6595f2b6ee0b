import Tensors

extension GradientPass {
  /// Queries whose scores are held at a time.
  static let queryRows = 64

  /// One head's rows of one sequence, [rows, dimension] each.
  struct Heads {
    let query: UnsafeMutablePointer<Float>
    let key: UnsafeMutablePointer<Float>
    let value: UnsafeMutablePointer<Float>
    let dimension: Int
  }

  func heads(_ head: Int, _ part: Batch.Part, rows: Int, in space: GradientWorkspace) -> Heads {
    let configuration = model.configuration
    let dimension = configuration.headDimension
    let group = head / (configuration.headCount / configuration.keyValueHeadCount)
    let own = (head * rows + part.rows.lowerBound) * dimension
    let shared = (group * rows + part.rows.lowerBound) * dimension
    return Heads(
      query: space.query + own, key: space.key + shared, value: space.value + shared,
      dimension: dimension)
  }

  /// Causal attention of one head over one sequence, some queries at a time.
  ///
  /// - Parameters:
  ///   - scores: room for `queryRows` x the sequence's length; holds probabilities, [queries, keys], when `body` is
  ///     called, with zeros where a query does not look.
  ///   - capped: the same room for the scores after the soft cap, or nil.
  ///   - body: called with the queries' and the keys' places in the sequence.
  func eachProbability(
    _ layer: Int, _ part: Batch.Part, _ heads: Heads, scores: UnsafeMutablePointer<Float>,
    capped: UnsafeMutablePointer<Float>?, _ body: (Range<Int>, Range<Int>) -> Void
  ) {
    let configuration = model.configuration
    let window = configuration.window(layer: layer)
    let scale = configuration.attentionScale
    let limit = configuration.traits?.attentionSoftCap
    let length = part.rows.count
    for start in stride(from: 0, to: length, by: Self.queryRows) {
      let queries = start..<min(length, start + Self.queryRows)
      let first = window.map { max(0, start - $0 + 1) } ?? 0
      let keys = first..<queries.upperBound
      LinearAlgebra.rowProducts(
        heads.key + first * heads.dimension, heads.query + start * heads.dimension,
        ldx: heads.dimension, count: queries.count, into: scores, ldy: keys.count, rows: keys.count,
        columns: heads.dimension)
      for query in queries {
        let line = scores + (query - start) * keys.count
        let begin = window.map { max(0, query - $0 + 1 - first) } ?? 0
        let end = query + 1 - first
        for column in begin..<end { line[column] *= scale }
        if let limit {
          LinearAlgebra.softCap(line + begin, limit: limit, count: end - begin)
          if let capped {
            (capped + (query - start) * keys.count).update(from: line, count: keys.count)
          }
        }
        LinearAlgebra.softmax(line + begin, count: end - begin)
        for column in 0..<begin { line[column] = 0 }
        for column in end..<keys.count { line[column] = 0 }
      }
      body(queries, keys)
    }
  }
}
