import Tensors

extension GradientPass {
  /// Rows of logits that are held at a time.
  private static let logitRows = 64

  /// One target and the row of the batch it is about.
  private struct Asked {
    let sequence: Int
    let target: GradientTarget
    let row: Int
  }

  /// The losses of all targets. With gradients, that of the weighted sum with respect to the residual stream after the last
  /// block is left in `space.gradient`.
  func loss(
    _ sequences: [GradientSequence], _ batch: Batch, in space: GradientWorkspace,
    wantsGradients: Bool
  ) -> [[Float]] {
    let width = model.configuration.width
    var asked: [Asked] = []
    for (index, (sequence, part)) in zip(sequences, batch.parts).enumerated() {
      asked += sequence.targets.map { target in
        precondition(target.row >= part.shared, "a target in the sequences' common beginning")
        return Asked(sequence: index, target: target, row: part.row(target.row))
      }
    }
    var losses = [[Float]](repeating: [], count: sequences.count)
    // Of the final norm's output, [rows, width].
    let final = space.normalizedGradient
    if wantsGradients { final.update(repeating: 0, count: batch.rows * width) }
    for start in stride(from: 0, to: asked.count, by: Self.logitRows) {
      let some = Array(asked[start..<min(asked.count, start + Self.logitRows)])
      let values = loss(some, in: space, final: wantsGradients ? final : nil)
      for (item, value) in zip(some, values) { losses[item.sequence].append(value) }
    }
    if wantsGradients {
      space.gradient.update(repeating: 0, count: batch.rows * width)
      model.outputNorm.addGradient(
        of: space.stream, final, to: space.gradient, rows: batch.rows, threads: model.threads)
    }
    return losses
  }

  private func loss(
    _ asked: [Asked], in space: GradientWorkspace, final: UnsafeMutablePointer<Float>?
  ) -> [Float] {
    let width = model.configuration.width
    let vocabulary = model.configuration.vocabularySize
    let count = asked.count
    let states = UnsafeMutablePointer<Float>.allocate(capacity: count * width)
    let logits = UnsafeMutablePointer<Float>.allocate(capacity: count * vocabulary)
    var compared = 0
    for item in asked { if case .prediction = item.target.goal { compared += 1 } }
    let others = UnsafeMutablePointer<Float>.allocate(capacity: compared * vocabulary)
    defer {
      states.deallocate()
      logits.deallocate()
      others.deallocate()
    }
    var places = [Int?](repeating: nil, count: count)  // among `others`
    var filled = 0
    for (index, item) in asked.enumerated() {
      guard case .prediction(let hidden) = item.target.goal else { continue }
      precondition(hidden.count == width, "a hidden state of another width")
      places[index] = filled
      hidden.withUnsafeBufferPointer { hidden in
        if let start = hidden.baseAddress {
          (states + filled * width).update(from: start, count: width)
        }
      }
      filled += 1
    }
    if compared > 0 { model.unembed(states, rows: compared, into: others) }
    for (index, item) in asked.enumerated() {
      (states + index * width).update(from: space.normalized + item.row * width, count: width)
    }
    model.unembed(states, rows: count, into: logits)

    let losses = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let start = buffer.baseAddress {
        let shared = Losses(
          values: start, logits: logits, others: others, vocabulary: vocabulary,
          limit: model.configuration.traits?.logitSoftCap)
        model.threads.parallel(count) { range in
          for index in range {
            shared.settle(index, asked[index].target, other: places[index], slopes: final != nil)
          }
        }
      }
      initialized = count
    }
    if let final {
      states.update(repeating: 0, count: count * width)
      model.output.addTransposedProduct(logits, to: states, count: count, threads: model.threads)
      for (index, item) in asked.enumerated() {
        LinearAlgebra.axpy(1, states + index * width, final + item.row * width, count: width)
      }
    }
    return losses
  }
}

/// Rows of logits that become the gradients of their losses.
private struct Losses {
  let values: UnsafeMutablePointer<Float>  // [rows]
  let logits: UnsafeMutablePointer<Float>  // [rows, vocabulary]
  let others: UnsafeMutablePointer<Float>  // [rows with a prediction, vocabulary]
  let vocabulary: Int
  /// The soft cap of logits.
  let limit: Float?

  /// Computes a row's loss, and replaces its logits by w (p - q), times the soft cap's slope.
  func settle(_ row: Int, _ target: GradientTarget, other: Int?, slopes: Bool) {
    let line = logits + row * vocabulary
    let cap =
      slopes
      ? limit.map { limit in
        (0..<vocabulary).map { 1 - (line[$0] / limit) * (line[$0] / limit) }
      } : nil
    switch target.goal {
    case .token(let token):
      let logit = line[Int(token)]
      guard slopes else {
        values[row] = LinearAlgebra.logSumExp(line, count: vocabulary) - logit
        return
      }
      values[row] = LinearAlgebra.softmax(line, count: vocabulary) - logit
      line[Int(token)] -= 1
      for column in 0..<vocabulary { line[column] *= target.weight }
    case .prediction:
      let theirs = others + (other ?? 0) * vocabulary
      let mine = LinearAlgebra.logSumExp(line, count: vocabulary)
      let sum = LinearAlgebra.logSumExp(theirs, count: vocabulary)
      // log q - log p, before q takes the place of its logits.
      let difference = (0..<vocabulary).map { (theirs[$0] - sum) - (line[$0] - mine) }
      LinearAlgebra.softmax(theirs, count: vocabulary)
      values[row] = LinearAlgebra.dot(theirs, difference, count: vocabulary)
      guard slopes else { return }
      LinearAlgebra.softmax(line, count: vocabulary)
      for column in 0..<vocabulary {
        line[column] = target.weight * (line[column] - theirs[column])
      }
    }
    if let cap { for column in 0..<vocabulary { line[column] *= cap[column] } }
  }
}
