import Tensors

extension TransformerSession {
  /// Rows through all blocks, hooks included, in this session's workspace.
  ///
  /// - Parameters:
  ///   - parts: whose tokens the rows are, one session after the other; several only where nothing but logit mixing changes
  ///     what the model computes.
  ///   - updates: fast weights beside the blocks' matrices.
  ///   - selectedRows: how many rows of logits are wanted, counted from the end.
  ///   - mixes: whether the memories' predictions are mixed in.
  ///   - place: where the logits go, [selectedRows, vocabulary].
  func run(
    _ parts: [PassPart], updates: WeightUpdates, selectedRows: Int, mixes: Bool,
    into place: LogitPlace
  ) {
    let configuration = model.configuration
    let width = configuration.width
    let rows = parts.last?.rows.upperBound ?? 0
    let x = workspace.residual
    let h = workspace.normalized
    var audience = HookRegistry.Audience.all
    func hook(_ point: HookPoint, _ values: UnsafeMutablePointer<Float>, _ columns: Int) {
      for part in parts { part.runHooks(point, values, columns: columns, for: audience) }
    }
    /// The rest of a block after its attention, whose output is in `branch`.
    func finish(_ block: TransformerModel.Block, _ layer: Int) {
      add(workspace.branch, to: x, count: rows * width)
      hook(.block(layer, .residMid), x, width)
      block.feedForwardNorm.apply(x, into: h, rows: rows)
      hook(.block(layer, .ln2), h, width)
      feedForward(block, layer: layer, rows: rows, updates: updates)
      block.feedForwardPostNorm?.apply(workspace.branch, into: workspace.branch, rows: rows)
      hook(.block(layer, .mlpOut), workspace.branch, width)
      add(workspace.branch, to: x, count: rows * width)
      hook(.block(layer, .residPost), x, width)
    }

    for part in parts {
      for (row, token) in zip(part.rows, part.tokens) {
        model.embed(token, into: x + row * width)
      }
    }
    hook(.embed, x, width)
    if let table = model.positions {
      // The branch is free until the first block.
      for part in parts {
        table.dequantize(
          rows: part.positions, into: workspace.branch + part.rows.lowerBound * width)
      }
      add(workspace.branch, to: x, count: rows * width)
    }

    for (layer, block) in model.blocks.enumerated() {
      hook(.block(layer, .residPre), x, width)
      block.attentionNorm.apply(x, into: h, rows: rows)
      hook(.block(layer, .ln1), h, width)
      attend(block, layer: layer, parts: parts, updates: updates)
      if layer == model.blocks.count - 1, hooks.needsPlainPass(at: .block(layer, .attnOut)) {
        // What is added here affects nothing but the logits, so the plain model's activations cost only a second pass
        // of the feed-forward network.
        let before = copy(x, rows * width)
        let plain = copy(workspace.branch, rows * width)
        hook(.block(layer, .attnOut), workspace.branch, width)
        let edited = copy(workspace.branch, rows * width)
        if edited != plain {
          put(plain, into: workspace.branch)
          audience = .plainReaders
          finish(block, layer)
          model.outputNorm.apply(x, into: h, rows: rows)
          hook(.lnFinal, h, width)
          audience = .others
          put(before, into: x)
          put(edited, into: workspace.branch)
        }
      } else {
        hook(.block(layer, .attnOut), workspace.branch, width)
      }
      finish(block, layer)
    }

    model.outputNorm.apply(x, into: h, rows: rows)
    hook(.lnFinal, h, width)
    let skipped = rows - selectedRows
    for start in stride(from: skipped, to: rows, by: Self.logitRows) {
      let some = start..<min(start + Self.logitRows, rows)
      guard let logits = place(start - skipped, nil) else { continue }
      model.unembed(h + start * width, rows: some.count, into: logits)
      for part in parts {
        part.finish(some, logits, columns: configuration.vocabularySize, mixes: mixes)
      }
      _ = place(start - skipped, some.count)
    }
  }

  private func copy(_ values: UnsafePointer<Float>, _ count: Int) -> [Float] {
    Array(UnsafeBufferPointer(start: values, count: count))
  }

  private func put(_ values: [Float], into target: UnsafeMutablePointer<Float>) {
    values.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { target.update(from: start, count: values.count) }
    }
  }

  private func add(
    _ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int
  ) {
    LinearAlgebra.axpy(1, source, target, count: count)
  }

  /// branch = (f(h gate) * (h up)) down, a gated linear unit (arXiv 2002.05202), or f(h up) down without a gate.
  private func feedForward(
    _ block: TransformerModel.Block, layer: Int, rows: Int, updates: WeightUpdates
  ) {
    let inner = model.configuration.feedForwardWidth
    let threads = model.threads
    let h = workspace.normalized
    let up = block.gate == nil ? nil : workspace.up
    let gate = block.gate.map {
      Projection.Target(
        projection: $0, output: workspace.gate, updates: updates[layer, .gate])
    }
    Projection.apply(
      [gate].compactMap { $0 } + [
        Projection.Target(
          projection: block.up, output: up ?? workspace.gate, updates: updates[layer, .up])
      ], h, count: rows, threads: threads)
    let isGELU = model.configuration.traits?.activation == .gelu
    // Row by row: SiLU's kernel treats the values after its last whole vector differently in the last bit.
    threads.parallel(rows, minimum: 8) { range in
      for row in range {
        let x = workspace.gate + row * inner
        if isGELU || up == nil {
          LinearAlgebra.geluMultiply(x, up: up.map { $0 + row * inner }, count: inner)
        } else if let up {
          LinearAlgebra.siluMultiply(x, up: up + row * inner, count: inner)
        }
      }
    }
    block.down.apply(
      workspace.gate, into: workspace.branch, count: rows, threads: threads,
      updates: updates[layer, .down])
  }
}
