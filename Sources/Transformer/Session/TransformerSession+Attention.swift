import Tensors

extension TransformerSession {
  /// Grouped-query causal attention of one block: reads `workspace.normalized`, writes `workspace.branch`.
  ///
  /// - Parameters:
  ///   - parts: whose tokens the rows are; each attends to its own session's cache.
  func attend(
    _ block: TransformerModel.Block, layer: Int, parts: [PassPart], updates: WeightUpdates
  ) {
    let configuration = model.configuration
    let threads = model.threads
    let rows = parts.last?.rows.upperBound ?? 0
    let queryColumns = configuration.headCount * configuration.headDimension
    let keyColumns = configuration.keyValueHeadCount * configuration.headDimension
    let (q, k, v) = (workspace.query, workspace.key, workspace.value)
    func hook(_ site: HookPoint.Site, _ values: UnsafeMutablePointer<Float>, _ columns: Int) {
      for part in parts { part.runHooks(.block(layer, site), values, columns: columns) }
    }

    let sites: [(ProjectionPoint.Site, UnsafeMutablePointer<Float>)] = [
      (.query, q), (.key, k), (.value, v),
    ]
    Projection.apply(
      sites.compactMap { site, output in
        block.projection(site).map {
          Projection.Target(projection: $0, output: output, updates: updates[layer, site])
        }
      }, workspace.normalized, count: rows, threads: threads)
    block.queryNorm?.apply(q, into: q, rows: rows * configuration.headCount)
    block.keyNorm?.apply(k, into: k, rows: rows * configuration.keyValueHeadCount)
    hook(.q, q, queryColumns)
    hook(.k, k, keyColumns)
    hook(.v, v, keyColumns)
    for part in parts {
      let rotary = part.session.rotary(layer: layer)
      for (row, position) in zip(part.rows, part.positions) {
        rotary.rotate(
          q + row * queryColumns, heads: configuration.headCount, position: position)
        rotary.rotate(
          k + row * keyColumns, heads: configuration.keyValueHeadCount, position: position)
      }
    }
    hook(.rotQ, q, queryColumns)
    hook(.rotK, k, keyColumns)
    var tiles: [AttentionTile] = []
    for part in parts {
      let start = part.rows.lowerBound * keyColumns
      part.session.cache.store(
        layer: layer, position: part.positions.lowerBound, count: part.rows.count,
        keys: k + start, values: v + start)
      let extra = part.session.gatherExtraRows(
        layer: layer, positions: part.positions, tokens: part.tokens)
      tiles += AttentionTile.tiles(of: part, extra: extra, configuration: configuration)
    }
    let all = tiles
    threads.parallel(all.count) { range in
      for tile in all[range] { attend(tile, layer: layer) }
    }
    block.attentionOutput.apply(
      workspace.mixed, into: workspace.branch, count: rows, threads: threads,
      updates: updates[layer, .attentionOutput])
    block.attentionPostNorm?.apply(workspace.branch, into: workspace.branch, rows: rows)
  }

  /// Rotated queries, turned on by some more positions, [count, head dimension].
  private func withTurned(
    _ q: UnsafePointer<Float>, ldx: Int, count: Int, by positions: Int,
    _ rotary: RotaryEmbedding, _ body: (UnsafePointer<Float>) -> Void
  ) {
    let dimension = model.configuration.headDimension
    withUnsafeTemporaryAllocation(of: Float.self, capacity: count * dimension) { turned in
      guard let start = turned.baseAddress else { return }
      for row in 0..<count {
        (start + row * dimension).update(from: q + row * ldx, count: dimension)
        rotary.turn(start + row * dimension, by: positions)
      }
      body(start)
    }
  }

  /// Scores, softmax and mixture of a tile's queries over the extra rows and the cache.
  private func attend(_ tile: AttentionTile, layer: Int) {
    let (part, extra) = (tile.part, tile.extra)
    let begin = part.positions.lowerBound
    let positions = begin + tile.rows.lowerBound..<begin + tile.rows.upperBound
    let cache = part.session.cache
    let configuration = model.configuration
    let dimension = configuration.headDimension
    let queryColumns = configuration.headCount * dimension
    let group = tile.heads.lowerBound / (configuration.headCount / configuration.keyValueHeadCount)
    // Queries, which are rows or heads, and the elements from one to the next.
    let count = tile.rows.count * tile.heads.count
    let stride = tile.heads.count > 1 ? dimension : queryColumns
    // The first cached token that any query of these attends to; with a sliding window not always token 0.
    let window = configuration.window(layer: layer)
    let first = window.map { max(0, positions.lowerBound - $0 + 1) } ?? 0
    let cached = positions.upperBound - first
    let range = first..<positions.upperBound
    let extras = extra?.count ?? 0
    let columns = extras + cached
    let scale = configuration.attentionScale
    let softCap = configuration.traits?.attentionSoftCap
    let place =
      (part.rows.lowerBound + tile.rows.lowerBound) * queryColumns
      + tile.heads.lowerBound * dimension
    let q = workspace.query + place
    let out = workspace.mixed + place
    // [count, extras + cached]: scores, then probabilities; what a query does not see stays zero
    let scores = UnsafeMutablePointer<Float>.allocate(capacity: count * columns)
    defer { scores.deallocate() }

    let rotary = part.session.rotary(layer: layer)
    extra?.scores(
      head: group, of: q, ldx: stride, count: count,
      position: { positions.lowerBound + $0 / tile.heads.count }, into: scores, ldy: columns,
      rotary: rotary)
    cache.scores(
      layer: layer, head: group, range: range, of: q, ldx: stride, count: count,
      into: scores + extras, ldy: columns)
    // Queries before it do not see the extra rows at all; from it on some may still be hidden.
    let firstSeeing = extra.map { $0.hiddenRows(of: positions) * tile.heads.count } ?? 0
    if let extra, extra.gap > 0, extra.gapStart > first {
      let rows = max(0, extra.gapStart - positions.lowerBound)
      let moved = min(count, rows * tile.heads.count)..<count
      if !moved.isEmpty {
        withTurned(
          q + moved.lowerBound * stride, ldx: stride, count: moved.count, by: extra.gap, rotary
        ) { turned in
          cache.scores(
            layer: layer, head: group, range: first..<min(extra.gapStart, range.upperBound),
            of: turned, ldx: dimension, count: moved.count,
            into: scores + moved.lowerBound * columns + extras, ldy: columns)
        }
      }
    }
    for query in 0..<count {
      let position = positions.lowerBound + query / tile.heads.count
      let line = scores + query * columns
      let seesExtras = extra != nil && query >= firstSeeing
      // Of the cache, tokens from `start` to the query's own.
      let start = window.map { max(0, position - $0 + 1 - first) } ?? 0
      let visible = position + 1 - first
      for column in 0..<extras + visible { line[column] *= scale }
      if let softCap {
        LinearAlgebra.softCap(line, limit: softCap, count: extras + visible)
      }
      if let extra, seesExtras {
        extra.withBiases(head: group) { biases in
          for column in 0..<extras {
            line[column] =
              extra.visibleFrom[column] <= position
              ? line[column] + biases[column] : -.infinity
          }
        }
      }
      if !seesExtras {
        LinearAlgebra.softmax(line + extras + start, count: visible - start)
      } else if start == 0 {
        LinearAlgebra.softmax(line, count: extras + visible)
      } else {
        // The extra rows move up to the window: one run of scores, as if there were nothing between.
        let gap = start
        for column in (0..<extras).reversed() { line[column + gap] = line[column] }
        LinearAlgebra.softmax(line + gap, count: extras + visible - start)
        for column in 0..<extras { line[column] = line[column + gap] }
      }
      for column in extras..<extras + start { line[column] = 0 }
      for column in extras + visible..<columns { line[column] = 0 }
    }
    if let extra, firstSeeing < count {
      LinearAlgebra.weightedSum(
        scores + firstSeeing * columns, ldp: columns, count: count - firstSeeing,
        values: extra.values(head: group), n: extras, columns: dimension,
        into: out + firstSeeing * stride, ldy: stride, accumulate: false)
    }
    if firstSeeing > 0 {
      cache.mix(
        layer: layer, head: group, range: range, weights: scores + extras, ldp: columns,
        count: firstSeeing, into: out, ldy: stride, accumulate: false)
    }
    if firstSeeing < count {
      cache.mix(
        layer: layer, head: group, range: range, weights: scores + firstSeeing * columns + extras,
        ldp: columns, count: count - firstSeeing, into: out + firstSeeing * stride,
        ldy: stride, accumulate: extra != nil)
    }
  }
}
