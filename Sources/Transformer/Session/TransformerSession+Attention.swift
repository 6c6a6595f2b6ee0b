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
}
