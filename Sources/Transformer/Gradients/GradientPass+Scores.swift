import Tensors

extension GradientPass {
  /// Queries whose scores are held at a time.
  static let queryRows = 64

  /// One head's rows, [rows, dimension] each.
  struct Heads {
    /// Those of a part of the batch.
    let query: UnsafeMutablePointer<Float>
    /// Those of the whole batch.
    let key: UnsafeMutablePointer<Float>
    let value: UnsafeMutablePointer<Float>
    let dimension: Int
    /// Those of the prefix; nil where there are none.
    let prefix: PrefixWorkspace.Rows?

    func key(_ stretch: Keys.Stretch) -> UnsafeMutablePointer<Float> {
      let rows = stretch.kind == .prefix ? prefix?.keys ?? key : key
      return rows + stretch.row * dimension
    }
    func value(_ stretch: Keys.Stretch) -> UnsafeMutablePointer<Float> {
      let rows = stretch.kind == .prefix ? prefix?.values ?? value : value
      return rows + stretch.row * dimension
    }
  }

  /// The keys that some queries of a part look at: of the prefix, of the common beginning, then of the part itself.
  struct Keys {
    /// Keys that lie side by side.
    struct Stretch {
      /// The first one's row in the batch.
      let row: Int
      /// The first one's column among the scores.
      let column: Int
      let count: Int
      let kind: Kind
    }

    enum Kind {
      /// Rows that are learned.
      case prefix
      /// What all sequences begin with.
      case common
      /// The part's own.
      case own
    }

    let stretches: [Stretch]
    let count: Int

    /// - Parameters:
    ///   - positions: in the sequence.
    ///   - prefix: rows that are learned.
    init(_ positions: Range<Int>, of part: Batch.Part, prefix: Int) {
      count = prefix + positions.count
      let shared = positions.clamped(to: 0..<part.shared)
      let own = max(positions.lowerBound, part.shared)..<positions.upperBound
      var stretches: [Stretch] = []
      if prefix > 0 {
        stretches.append(Stretch(row: 0, column: 0, count: prefix, kind: .prefix))
      }
      if !shared.isEmpty {
        stretches.append(
          Stretch(row: shared.lowerBound, column: prefix, count: shared.count, kind: .common))
      }
      stretches.append(
        Stretch(
          row: part.row(own.lowerBound), column: prefix + shared.count, count: own.count,
          kind: .own))
      self.stretches = stretches
    }
  }

  func heads(
    _ head: Int, layer: Int, _ part: Batch.Part, rows: Int, in space: GradientWorkspace
  ) -> Heads {
    let configuration = model.configuration
    let dimension = configuration.headDimension
    let group = head / (configuration.headCount / configuration.keyValueHeadCount)
    return Heads(
      query: space.query + (head * rows + part.rows.lowerBound) * dimension,
      key: space.key + group * rows * dimension, value: space.value + group * rows * dimension,
      dimension: dimension, prefix: space.prefix?.rows(layer: layer, queryHead: head))
  }

  /// Causal attention of one head over one part of the batch, some queries at a time.
  ///
  /// - Parameters:
  ///   - scores: room for `queryRows` x the sequence's length and the prefix's; holds probabilities, [queries, keys], when `body` is
  ///     called, with zeros where a query does not look.
  ///   - capped: the same room for the scores after the soft cap, or nil.
  ///   - body: called with the queries' places in the part, and their keys.
  func eachProbability(
    _ layer: Int, _ part: Batch.Part, _ heads: Heads, scores: UnsafeMutablePointer<Float>,
    capped: UnsafeMutablePointer<Float>?, _ body: (Range<Int>, Keys) -> Void
  ) {
    let configuration = model.configuration
    let window = configuration.window(layer: layer)
    let scale = configuration.attentionScale
    let limit = configuration.traits?.attentionSoftCap
    let length = part.rows.count
    for start in stride(from: 0, to: length, by: Self.queryRows) {
      let queries = start..<min(length, start + Self.queryRows)
      let first = window.map { max(0, start + part.shared - $0 + 1) } ?? 0
      // A block of queries that none of its rows concerns does not look at the prefix.
      let rows = heads.prefix.flatMap {
        queries.upperBound + part.shared > $0.visibleFrom ? $0 : nil
      }
      let prefix = rows?.count ?? 0
      let keys = Keys(first..<queries.upperBound + part.shared, of: part, prefix: prefix)
      for stretch in keys.stretches {
        LinearAlgebra.rowProducts(
          heads.key(stretch), heads.query + start * heads.dimension, ldx: heads.dimension,
          count: queries.count, into: scores + stretch.column, ldy: keys.count,
          rows: stretch.count, columns: heads.dimension)
      }
      for query in queries {
        let line = scores + (query - start) * keys.count
        let position = query + part.shared
        let begin = prefix + (window.map { max(0, position - $0 + 1 - first) } ?? 0)
        let end = prefix + position + 1 - first
        for column in 0..<end { line[column] *= scale }
        if let limit {
          LinearAlgebra.softCap(line, limit: limit, count: end)
          if let capped {
            (capped + (query - start) * keys.count).update(from: line, count: keys.count)
          }
        }
        if let rows, position >= rows.visibleFrom {
          LinearAlgebra.axpy(1, rows.biases, line, count: prefix)
          for column in prefix..<begin { line[column] = -.infinity }
          LinearAlgebra.softmax(line, count: end)
        } else {
          LinearAlgebra.softmax(line + begin, count: end - begin)
          for column in 0..<begin { line[column] = 0 }
        }
        for column in end..<keys.count { line[column] = 0 }
      }
      body(queries, keys)
    }
  }
}
