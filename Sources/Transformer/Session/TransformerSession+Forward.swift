import Tensors

extension TransformerSession {
  /// One chunk of tokens through all blocks, hooks included.
  ///
  /// - Parameters:
  ///   - chunk: the tokens, at positions from `position` on.
  ///   - updates: fast weights beside the blocks' matrices.
  ///   - selectedRows: how many rows of logits are wanted, counted from the end.
  ///   - logits: the result, [selectedRows, vocabulary].
  func run(
    _ chunk: ArraySlice<Int32>, position: Int, updates: WeightUpdates, selectedRows: Int,
    into logits: UnsafeMutablePointer<Float>?
  ) {
    let configuration = model.configuration
    let width = configuration.width
    let rows = chunk.count
    let x = workspace.residual
    let h = workspace.normalized
    let positions = position..<position + rows
    var audience = HookRegistry.Audience.all
    func hook(_ point: HookPoint, _ values: UnsafeMutablePointer<Float>, _ columns: Int) {
      hooks.run(
        point, values, columns: columns, positions: positions, tokens: chunk, for: audience)
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

    for (row, token) in chunk.enumerated() {
      model.embed(token, into: x + row * width)
    }
    hook(.embed, x, width)
    if let table = model.positions {
      // The branch is free until the first block.
      table.dequantize(rows: positions, into: workspace.branch)
      add(workspace.branch, to: x, count: rows * width)
    }

    for (layer, block) in model.blocks.enumerated() {
      hook(.block(layer, .residPre), x, width)
      block.attentionNorm.apply(x, into: h, rows: rows)
      hook(.block(layer, .ln1), h, width)
      attend(block, layer: layer, positions: positions, tokens: chunk, updates: updates)
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
    guard selectedRows > 0, let logits else { return }
    let first = rows - selectedRows
    model.unembed(h + first * width, rows: selectedRows, into: logits)
    let vocabulary = configuration.vocabularySize
    let selected = positions.dropFirst(first)
    let selectedTokens = chunk.dropFirst(first)
    hooks.run(
      .logits, logits, columns: vocabulary, positions: selected, tokens: selectedTokens)
    hooks.mix(logits, columns: vocabulary, positions: selected, tokens: selectedTokens)
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
    block.gate?.apply(
      h, into: workspace.gate, count: rows, threads: threads, updates: updates[layer, .gate])
    block.up.apply(
      h, into: up ?? workspace.gate, count: rows, threads: threads, updates: updates[layer, .up])
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
