import Tensors

extension TransformerSession {
  /// Grouped-query causal attention of one block: reads `workspace.normalized`, writes `workspace.branch`.
  func attend(
    _ block: TransformerModel.Block, layer: Int, positions: Range<Int>, tokens: ArraySlice<Int32>
  ) {
    let configuration = model.configuration
    let threads = model.threads
    let rows = positions.count
    let queryColumns = configuration.headCount * configuration.headDimension
    let keyColumns = configuration.keyValueHeadCount * configuration.headDimension
    let (q, k, v) = (workspace.query, workspace.key, workspace.value)
    func hook(_ site: HookPoint.Site, _ values: UnsafeMutablePointer<Float>, _ columns: Int) {
      hooks.run(
        .block(layer, site), values, columns: columns, positions: positions, tokens: tokens)
    }

    block.query.product(workspace.normalized, into: q, count: rows, threads: threads)
    block.key.product(workspace.normalized, into: k, count: rows, threads: threads)
    block.value.product(workspace.normalized, into: v, count: rows, threads: threads)
    hook(.q, q, queryColumns)
    hook(.k, k, keyColumns)
    hook(.v, v, keyColumns)
    for row in 0..<rows {
      let position = positions.lowerBound + row
      rotary.rotate(q + row * queryColumns, heads: configuration.headCount, position: position)
      rotary.rotate(
        k + row * keyColumns, heads: configuration.keyValueHeadCount, position: position)
    }
    hook(.rotQ, q, queryColumns)
    hook(.rotK, k, keyColumns)
    cache.store(layer: layer, position: positions.lowerBound, count: rows, keys: k, values: v)

    let extra = gatherExtraRows(layer: layer, positions: positions, tokens: tokens)
    threads.parallel(configuration.headCount) { heads in
      for head in heads {
        attend(head: head, layer: layer, positions: positions, extra: extra)
      }
    }
    block.attentionOutput.product(
      workspace.mixed, into: workspace.branch, count: rows, threads: threads)
  }

  /// Scores, softmax and mixture of one query head over the extra rows and the cache.
  private func attend(head: Int, layer: Int, positions: Range<Int>, extra: ExtraRows?) {
    let configuration = model.configuration
    let dimension = configuration.headDimension
    let queryColumns = configuration.headCount * dimension
    let group = head / (configuration.headCount / configuration.keyValueHeadCount)
    let keys = cache.keys(layer: layer, head: group)
    let values = cache.values(layer: layer, head: group)
    let rows = positions.count
    let cached = positions.upperBound
    let extras = extra?.count ?? 0
    let columns = extras + cached
    let scale = 1 / Float(dimension).squareRoot()
    let q = workspace.query + head * dimension  // row stride queryColumns
    let out = workspace.mixed + head * dimension  // row stride queryColumns
    // [rows, extras + cached]: scores, then probabilities; the future stays zero
    let scores = UnsafeMutablePointer<Float>.allocate(capacity: rows * columns)
    defer { scores.deallocate() }

    if let extra {
      LinearAlgebra.rowProducts(
        extra.keys(head: group), q, ldx: queryColumns, count: rows, into: scores, ldy: columns,
        rows: extras, columns: dimension)
    }
    LinearAlgebra.rowProducts(
      keys, q, ldx: queryColumns, count: rows, into: scores + extras, ldy: columns, rows: cached,
      columns: dimension)
    // Rows before it do not see the extra rows at all; from it on some may still be hidden.
    let firstSeeing = extra.map { $0.hiddenRows(of: positions) } ?? 0
    for row in 0..<rows {
      let line = scores + row * columns
      let skipped = row < firstSeeing ? extras : 0
      let visible = extras + positions.lowerBound + row + 1
      for column in skipped..<visible { line[column] *= scale }
      if let extra, skipped == 0 {
        for column in 0..<extras {
          line[column] =
            extra.visibleFrom[column] <= positions.lowerBound + row
            ? line[column] + extra.logBias[column] : -.infinity
        }
      }
      LinearAlgebra.softmax(line + skipped, count: visible - skipped)
      for column in visible..<columns { line[column] = 0 }
    }
    if let extra, firstSeeing < rows {
      LinearAlgebra.weightedSum(
        scores + firstSeeing * columns, ldp: columns, count: rows - firstSeeing,
        values: extra.values(head: group), n: extras, columns: dimension,
        into: out + firstSeeing * queryColumns, ldy: queryColumns, accumulate: false)
    }
    if firstSeeing > 0 {
      LinearAlgebra.weightedSum(
        scores + extras, ldp: columns, count: firstSeeing, values: values, n: cached,
        columns: dimension, into: out, ldy: queryColumns, accumulate: false)
    }
    if firstSeeing < rows {
      LinearAlgebra.weightedSum(
        scores + firstSeeing * columns + extras, ldp: columns, count: rows - firstSeeing,
        values: values, n: cached, columns: dimension, into: out + firstSeeing * queryColumns,
        ldy: queryColumns, accumulate: extra != nil)
    }
  }

  /// The extra rows of all providers for one block, rotated and regrouped by head; nil when there are none.
  private func gatherExtraRows(
    layer: Int, positions: Range<Int>, tokens: ArraySlice<Int32>
  ) -> ExtraRows? {
    let configuration = model.configuration
    let columns = configuration.keyValueHeadCount * configuration.headDimension
    let parts = hooks.extraRows(layer: layer) {
      HookContext(
        point: .block(layer, .k), positions: positions, columns: columns, tokens: Array(tokens))
    }
    guard !parts.isEmpty else { return nil }
    let total = parts.reduce(0) { $0 + $1.count }
    let rows = ExtraRows(
      count: total, heads: configuration.keyValueHeadCount, dimension: configuration.headDimension)
    var next = 0
    for part in parts {
      precondition(
        part.keys.count == part.count * columns, "extra rows of another width than the model's")
      var keys = part.keys
      keys.withUnsafeMutableBufferPointer { keys in
        guard let start = keys.baseAddress else { return }
        for row in 0..<part.count {
          if let positions = part.positions {
            rotary.rotateAnywhere(
              start + row * columns, heads: configuration.keyValueHeadCount,
              position: positions[row])
          }
        }
      }
      for row in 0..<part.count {
        rows.set(
          next, keys: keys[row * columns..<(row + 1) * columns],
          values: part.values[row * columns..<(row + 1) * columns], logBias: part.logBias[row],
          visibleFrom: part.visibleFrom)
        next += 1
      }
    }
    return rows
  }
}

/// Extra key/value rows, contiguous per head like the cache.
private final class ExtraRows {
  let count: Int
  private let heads: Int
  private let dimension: Int
  private let storage: UnsafeMutablePointer<Float>  // [2, heads, count, dimension]: keys, values
  private(set) var logBias: [Float]  // [count]
  private(set) var visibleFrom: [Int]  // [count]

  init(count: Int, heads: Int, dimension: Int) {
    self.count = count
    self.heads = heads
    self.dimension = dimension
    storage = .allocate(capacity: 2 * heads * count * dimension)
    logBias = [Float](repeating: 0, count: count)
    visibleFrom = [Int](repeating: .min, count: count)
  }

  /// How many of the queries at some positions, counted from the first, see none of the rows.
  func hiddenRows(of positions: Range<Int>) -> Int {
    let first = visibleFrom.min() ?? .min
    return first <= positions.lowerBound
      ? 0 : min(first, positions.upperBound) - positions.lowerBound
  }

  deinit { storage.deallocate() }

  func keys(head: Int) -> UnsafeMutablePointer<Float> { storage + head * count * dimension }

  func values(head: Int) -> UnsafeMutablePointer<Float> {
    storage + (heads + head) * count * dimension
  }

  func set(
    _ row: Int, keys: ArraySlice<Float>, values: ArraySlice<Float>, logBias bias: Float,
    visibleFrom first: Int
  ) {
    for head in 0..<heads {
      for index in 0..<dimension {
        self.keys(head: head)[row * dimension + index] =
          keys[keys.startIndex + head * dimension + index]
        self.values(head: head)[row * dimension + index] =
          values[values.startIndex + head * dimension + index]
      }
    }
    logBias[row] = bias
    visibleFrom[row] = first
  }
}
