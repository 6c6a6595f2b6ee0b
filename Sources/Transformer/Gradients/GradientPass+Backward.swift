import Tensors

extension GradientPass {
  /// From the gradient of the stream after the last block, in `space.gradient`, to those of the updates.
  func backward(
    _ batch: Batch, updates: Updates, in space: GradientWorkspace,
    gradients: inout [ProjectionPoint: LowRankGradient]
  ) {
    for layer in model.blocks.indices.reversed() where layer >= space.lowest {
      let input = space.input(of: layer)
      attention(layer, batch, updates: updates.inPass, in: space, input: input)
      feedForward(layer, rows: batch.rows, updates: updates.inPass, in: space)
      feedForwardGradient(layer, batch, updates, in: space, &gradients)
      let isLast = layer == space.lowest
      let isAdapted = points.contains {
        $0.layer == layer && ![.gate, .up, .down].contains($0.site)
      }
      if isLast && !isAdapted && space.prefix == nil { return }
      attentionGradient(layer, batch, updates, in: space, input: input, &gradients)
    }
  }

  /// One projection's gradients.
  private func addGradient(
    _ site: ProjectionPoint.Site, _ layer: Int, of x: UnsafePointer<Float>,
    _ dy: UnsafePointer<Float>, to dx: UnsafeMutablePointer<Float>, rows: Int,
    _ updates: Updates,
    _ gradients: inout [ProjectionPoint: LowRankGradient]
  ) {
    let point = ProjectionPoint(layer, site)
    // Taken out, so that it is not copied when it is added to.
    var gradient = gradients.removeValue(forKey: point)
    model.blocks[layer].projection(site)?.addGradient(
      of: x, dy, to: dx, count: rows, update: updates.all[point], gradient: &gradient,
      threads: model.threads)
    gradients[point] = gradient
  }

  /// The gradient of what a sub-layer adds, from that of the stream: the same unless there is a norm between, whose input
  /// is then computed again.
  ///
  /// - Parameters:
  ///   - site: the matrix before the norm.
  ///   - x: its inputs.
  private func branchGradient(
    through norm: Norm?, after site: ProjectionPoint.Site, _ layer: Int,
    of x: UnsafePointer<Float>, rows: Int, _ updates: Updates, in space: GradientWorkspace
  ) -> UnsafePointer<Float> {
    guard let norm else { return UnsafePointer(space.gradient) }
    model.blocks[layer].projection(site)?.apply(
      x, into: space.branch, count: rows, threads: model.threads,
      updates: updates.inPass[layer, site])
    space.branchGradient.update(repeating: 0, count: rows * model.configuration.width)
    norm.addGradient(
      of: space.branch, space.gradient, to: space.branchGradient, rows: rows,
      threads: model.threads)
    return UnsafePointer(space.branchGradient)
  }

  /// `space.gradient` goes from the stream after the block to the stream between its halves.
  private func feedForwardGradient(
    _ layer: Int, _ batch: Batch, _ updates: Updates,
    in space: GradientWorkspace, _ gradients: inout [ProjectionPoint: LowRankGradient]
  ) {
    let block = model.blocks[layer]
    let configuration = model.configuration
    let inner = configuration.feedForwardWidth
    let rows = batch.rows
    let branch = branchGradient(
      through: block.feedForwardPostNorm, after: .down, layer, of: space.active, rows: rows,
      updates, in: space)
    space.innerGradient.update(repeating: 0, count: rows * inner)
    addGradient(
      .down, layer, of: space.active, branch, to: space.innerGradient, rows: rows, updates,
      &gradients)
    let isGELU = configuration.traits?.activation == .gelu || block.gate == nil
    let isGated = block.gate != nil
    model.threads.parallel(rows, minimum: 8) { range in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: inner) { slope in
        guard let slope = slope.baseAddress else { return }
        for row in range {
          let value = space.gate + row * inner
          let gradient = space.innerGradient + row * inner
          if isGELU {
            LinearAlgebra.gelu(value, slope: slope, count: inner)
          } else {
            LinearAlgebra.silu(value, slope: slope, count: inner)
          }
          if isGated {
            let up = space.up + row * inner
            for column in 0..<inner {
              let incoming = gradient[column]
              gradient[column] = incoming * up[column] * slope[column]
              up[column] = incoming * value[column]
            }
          } else {
            for column in 0..<inner { gradient[column] *= slope[column] }
          }
        }
      }
    }
    let target = space.normalizedGradient
    target.update(repeating: 0, count: rows * configuration.width)
    if isGated {
      addGradient(
        .gate, layer, of: space.normalizedAgain, space.innerGradient, to: target, rows: rows,
        updates, &gradients)
    }
    addGradient(
      .up, layer, of: space.normalizedAgain, isGated ? space.up : space.innerGradient, to: target,
      rows: rows, updates, &gradients)
    block.feedForwardNorm.addGradient(
      of: space.middle, target, to: space.gradient, rows: rows, threads: model.threads)
  }

  /// `space.gradient` goes from the stream between the halves to the stream before the block.
  private func attentionGradient(
    _ layer: Int, _ batch: Batch, _ updates: Updates,
    in space: GradientWorkspace, input: UnsafePointer<Float>,
    _ gradients: inout [ProjectionPoint: LowRankGradient]
  ) {
    let block = model.blocks[layer]
    let configuration = model.configuration
    let rows = batch.rows
    let branch = branchGradient(
      through: block.attentionPostNorm, after: .attentionOutput, layer, of: space.mixed, rows: rows,
      updates, in: space)
    let queries = configuration.headCount * configuration.headDimension
    space.mixedGradient.update(repeating: 0, count: rows * queries)
    addGradient(
      .attentionOutput, layer, of: space.mixed, branch, to: space.mixedGradient, rows: rows,
      updates, &gradients)
    scoreGradients(layer, batch, in: space)
    let target = space.normalizedGradient
    target.update(repeating: 0, count: rows * configuration.width)
    for site in [ProjectionPoint.Site.query, .key, .value] {
      gather(site, layer, batch, in: space)
      addGradient(
        site, layer, of: space.normalized, space.raw, to: target, rows: rows, updates, &gradients)
    }
    block.attentionNorm.addGradient(
      of: input, target, to: space.gradient, rows: rows, threads: model.threads)
  }

  /// Gradients of queries, keys and values after RoPE, per query head.
  private func scoreGradients(_ layer: Int, _ batch: Batch, in space: GradientWorkspace) {
    let configuration = model.configuration
    let dimension = configuration.headDimension
    let columns = configuration.headCount * dimension
    let scale = configuration.attentionScale
    let limit = configuration.traits?.attentionSoftCap
    let longest = batch.longest + (space.prefix?.longest ?? 0)
    let rows = batch.rows
    // Parts that attend to the same prefix add to its gradients one after the other.
    let together = space.prefix == nil ? 1 : batch.all.count
    model.threads.parallel(batch.all.count / together * configuration.headCount) { range in
      let size = Self.queryRows * longest
      let scores = UnsafeMutablePointer<Float>.allocate(capacity: 3 * size)
      defer { scores.deallocate() }
      let slopes = scores + size
      let capped = limit == nil ? nil : scores + 2 * size
      for (task, index) in range.flatMap({ task in (0..<together).map { (task, $0) } }) {
        let head = task % configuration.headCount
        let part = batch.all[task / configuration.headCount + index]
        let heads = self.heads(head, layer: layer, part, rows: rows, in: space)
        let own = (head * rows + part.rows.lowerBound) * dimension
        let query = space.queryGradient + own
        let key = space.keyGradient + own
        let value = space.valueGradient + own
        key.update(repeating: 0, count: part.rows.count * dimension)
        value.update(repeating: 0, count: part.rows.count * dimension)
        self.eachProbability(layer, part, heads, scores: scores, capped: capped) { queries, keys in
          let count = queries.count
          let incoming =
            space.mixedGradient + (part.rows.lowerBound + queries.lowerBound) * columns
            + head * dimension
          // dV += P^T dO, dP = dO V^T
          for stretch in keys.stretches {
            LinearAlgebra.rowProducts(
              heads.value(stretch), incoming, ldx: columns, count: count,
              into: slopes + stretch.column, ldy: keys.count, rows: stretch.count,
              columns: dimension)
            let target =
              switch stretch.kind {
              case .prefix: heads.prefix?.valueGradients
              case .common: UnsafeMutablePointer<Float>?.none
              case .own: value + (stretch.row - part.rows.lowerBound) * dimension
              }
            guard let target else { continue }
            LinearAlgebra.gemm(
              m: stretch.count, n: dimension, k: count, a: scores + stretch.column,
              transposeA: true, lda: keys.count, b: incoming, ldb: columns, beta: 1,
              c: target, ldc: dimension)
          }
          // dS = P (dP - sum of P dP), through the soft cap and the scale
          for row in 0..<count {
            let p = scores + row * keys.count
            let d = slopes + row * keys.count
            let mean = LinearAlgebra.dot(p, d, count: keys.count)
            for column in 0..<keys.count { d[column] = p[column] * (d[column] - mean) }
            // The biases are added after scale and cap.
            if let prefix = heads.prefix, keys.stretches[0].kind == .prefix {
              LinearAlgebra.axpy(1, d, prefix.biasGradients, count: prefix.count)
            }
            for column in 0..<keys.count { d[column] *= scale }
            if let limit, let capped {
              let c = capped + row * keys.count
              // Where a query does not look p is 0, and what is held of the cap may be anything.
              for column in 0..<keys.count where p[column] != 0 {
                d[column] *= 1 - (c[column] / limit) * (c[column] / limit)
              }
            }
          }
          // dQ = dS K, dK += dS^T Q
          for stretch in keys.stretches {
            LinearAlgebra.gemm(
              m: count, n: dimension, k: stretch.count, a: slopes + stretch.column,
              lda: keys.count, b: heads.key(stretch), ldb: dimension,
              beta: stretch.column > 0 ? 1 : 0, c: query + queries.lowerBound * dimension,
              ldc: dimension)
            let target =
              switch stretch.kind {
              case .prefix: heads.prefix?.keyGradients
              case .common: UnsafeMutablePointer<Float>?.none
              case .own: key + (stretch.row - part.rows.lowerBound) * dimension
              }
            guard let target else { continue }
            LinearAlgebra.gemm(
              m: stretch.count, n: dimension, k: count, a: slopes + stretch.column,
              transposeA: true, lda: keys.count, b: heads.query + queries.lowerBound * dimension,
              ldb: dimension, beta: 1, c: target, ldc: dimension)
          }
        }
      }
    }
  }

  /// The gradients of one projection's outputs, row by row, in `space.raw`: heads that share a key are added up, the
  /// rotation and the norm are undone, and what belongs to a sequence's context is dropped.
  private func gather(
    _ site: ProjectionPoint.Site, _ layer: Int, _ batch: Batch, in space: GradientWorkspace
  ) {
    let configuration = model.configuration
    let block = model.blocks[layer]
    let dimension = configuration.headDimension
    let rows = batch.rows
    let isQuery = site == .query
    let heads = isQuery ? configuration.headCount : configuration.keyValueHeadCount
    let sharing = isQuery ? 1 : configuration.headCount / configuration.keyValueHeadCount
    let columns = heads * dimension
    let source =
      isQuery ? space.queryGradient : site == .key ? space.keyGradient : space.valueGradient
    let norm = isQuery ? block.queryNorm : site == .key ? block.keyNorm : nil
    let rotary = site == .value ? nil : rotary(layer: layer)
    for part in batch.all {
      for row in part.rows {
        let line = space.raw + row * columns
        line.update(repeating: 0, count: columns)
        if row - part.rows.lowerBound < part.context { continue }
        for head in 0..<heads {
          for other in head * sharing..<(head + 1) * sharing {
            LinearAlgebra.axpy(
              1, source + (other * rows + row) * dimension, line + head * dimension,
              count: dimension)
          }
        }
        rotary?.rotate(line, heads: heads, position: part.position(row), isBack: true)
      }
    }
    if let norm {
      // The room of the mixture's gradient is free by now.
      let before = space.mixedGradient
      before.update(from: space.raw, count: rows * columns)
      space.raw.update(repeating: 0, count: rows * columns)
      norm.addGradient(
        of: isQuery ? space.rawQuery : space.rawKey, before, to: space.raw, rows: rows * heads,
        threads: model.threads)
    }
  }
}
