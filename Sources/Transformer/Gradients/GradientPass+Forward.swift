import Tensors

extension GradientPass {
  /// All blocks; the residual stream ends in `space.stream`.
  ///
  /// - Parameter keeps: whether what enters the blocks from `space.lowest` on is kept.
  func forward(
    _ batch: Batch, updates: WeightUpdates, in space: GradientWorkspace,
    keeps: Bool
  ) {
    let width = model.configuration.width
    rotary.reserve(batch.positions)
    localRotary?.reserve(batch.positions)
    for (row, token) in batch.tokens.enumerated() {
      model.embed(token, into: space.stream + row * width)
    }
    if let table = model.positions {
      for part in batch.all {
        table.dequantize(rows: part.shared..<part.shared + part.rows.count, into: space.branch)
        LinearAlgebra.axpy(
          1, space.branch, space.stream + part.rows.lowerBound * width,
          count: part.rows.count * width)
      }
    }
    for layer in model.blocks.indices {
      if keeps, layer >= space.lowest {
        space.input(of: layer).update(from: space.stream, count: batch.rows * width)
      }
      attention(layer, batch, updates: updates, in: space, input: space.stream)
      feedForward(layer, rows: batch.rows, updates: updates, in: space)
      let block = model.blocks[layer]
      block.down.apply(
        space.active, into: space.branch, count: batch.rows, threads: model.threads,
        updates: updates[layer, .down])
      block.feedForwardPostNorm?.apply(space.branch, into: space.branch, rows: batch.rows)
      space.stream.update(from: space.middle, count: batch.rows * width)
      LinearAlgebra.axpy(1, space.branch, space.stream, count: batch.rows * width)
    }
  }

  /// The first half of a block: from its input to `space.middle`, with queries, keys and values after RoPE by head.
  ///
  /// `space.branch` holds attention's output before its own norm.
  func attention(
    _ layer: Int, _ batch: Batch, updates: WeightUpdates,
    in space: GradientWorkspace, input: UnsafePointer<Float>
  ) {
    let block = model.blocks[layer]
    let configuration = model.configuration
    let rows = batch.rows
    block.attentionNorm.apply(input, into: space.normalized, rows: rows)
    project(.query, layer, batch, updates, into: space.query, before: space.rawQuery, in: space)
    project(.key, layer, batch, updates, into: space.key, before: space.rawKey, in: space)
    project(.value, layer, batch, updates, into: space.value, before: nil, in: space)

    let columns = configuration.headCount * configuration.headDimension
    let tasks = batch.all.count * configuration.headCount
    let longest = batch.longest + (space.prefix?.longest ?? 0)
    model.threads.parallel(tasks) { range in
      let scores = UnsafeMutablePointer<Float>.allocate(
        capacity: Self.queryRows * longest)
      defer { scores.deallocate() }
      for task in range {
        let head = task % configuration.headCount
        let part = batch.all[task / configuration.headCount]
        let heads = self.heads(head, layer: layer, part, rows: rows, in: space)
        self.eachProbability(layer, part, heads, scores: scores, capped: nil) { queries, keys in
          for stretch in keys.stretches {
            LinearAlgebra.weightedSum(
              scores + stretch.column, ldp: keys.count, count: queries.count,
              values: heads.value(stretch), n: stretch.count, columns: heads.dimension,
              into: space.mixed + (part.rows.lowerBound + queries.lowerBound) * columns
                + head * heads.dimension, ldy: columns, accumulate: stretch.column > 0)
          }
        }
      }
    }
    block.attentionOutput.apply(
      space.mixed, into: space.branch, count: rows, threads: model.threads,
      updates: updates[layer, .attentionOutput])
    let count = rows * configuration.width
    if let norm = block.attentionPostNorm {
      norm.apply(space.branch, into: space.middle, rows: rows)
      LinearAlgebra.axpy(1, input, space.middle, count: count)
    } else {
      space.middle.update(from: space.branch, count: count)
      LinearAlgebra.axpy(1, input, space.middle, count: count)
    }
  }

  /// Queries, keys or values of a block by head, normalised and rotated.
  private func project(
    _ site: ProjectionPoint.Site, _ layer: Int, _ batch: Batch,
    _ updates: WeightUpdates, into target: UnsafeMutablePointer<Float>,
    before kept: UnsafeMutablePointer<Float>?, in space: GradientWorkspace
  ) {
    let block = model.blocks[layer]
    let configuration = model.configuration
    let dimension = configuration.headDimension
    let rows = batch.rows
    let heads = site == .query ? configuration.headCount : configuration.keyValueHeadCount
    let columns = heads * dimension
    block.projection(site)?.apply(
      space.normalized, into: space.raw, count: rows, threads: model.threads,
      updates: updates[layer, site])
    let norm = site == .query ? block.queryNorm : site == .key ? block.keyNorm : nil
    if let norm, let kept {
      kept.update(from: space.raw, count: rows * columns)
      norm.apply(kept, into: space.raw, rows: rows * heads)
    }
    let rotary = site == .value ? nil : rotary(layer: layer)
    for part in batch.all {
      for row in part.rows {
        let line = space.raw + row * columns
        rotary?.rotate(line, heads: heads, position: part.position(row))
        for head in 0..<heads {
          (target + (head * rows + row) * dimension)
            .update(from: line + head * dimension, count: dimension)
        }
      }
    }
  }

  /// The second half of a block up to its activations: from `space.middle` to `space.active`.
  func feedForward(
    _ layer: Int, rows: Int, updates: WeightUpdates, in space: GradientWorkspace
  ) {
    let block = model.blocks[layer]
    let configuration = model.configuration
    let inner = configuration.feedForwardWidth
    let isGELU = configuration.traits?.activation == .gelu || block.gate == nil
    block.feedForwardNorm.apply(space.middle, into: space.normalizedAgain, rows: rows)
    let isGated = block.gate != nil
    let gate = block.gate.map {
      Projection.Target(projection: $0, output: space.gate, updates: updates[layer, .gate])
    }
    Projection.apply(
      [gate].compactMap { $0 } + [
        Projection.Target(
          projection: block.up, output: isGated ? space.up : space.gate,
          updates: updates[layer, .up])
      ], space.normalizedAgain, count: rows, threads: model.threads)
    model.threads.parallel(rows, minimum: 8) { range in
      for row in range {
        let value = space.active + row * inner
        value.update(from: space.gate + row * inner, count: inner)
        if isGELU {
          LinearAlgebra.geluMultiply(
            value, up: isGated ? space.up + row * inner : nil, count: inner)
        } else {
          LinearAlgebra.siluMultiply(value, up: space.up + row * inner, count: inner)
        }
      }
    }
  }
}
