import Memory
import ModelFiles

extension NeuralTrainer {
  /// Adds the state to a file as tensors `<prefix>.<name>`.
  func save(as prefix: String, into writer: inout SafetensorsWriter) {
    for (head, core) in learner.heads.enumerated() {
      for (layer, shape) in core.shapes.enumerated() {
        let extents = [shape.rows, shape.columns]
        let place = place(head, layer)
        writer.add(
          "\(prefix).difference.\(place)", floats: core.difference.layers[layer], shape: extents)
        // Without momentum there is no past surprise to keep.
        guard core.keepsMomentum else { continue }
        writer.add(
          "\(prefix).momentum.\(place)", floats: core.momentum.layers[layer], shape: extents)
      }
    }
    save(open, as: "\(prefix).open", into: &writer)
    if configuration.omega.window > 1 { save(window, as: "\(prefix).window", into: &writer) }
    writer.add("\(prefix).counters", int64s: [Int64(written), Int64(rejected)], shape: [2])
  }

  /// This trainer with the state that a file holds.
  ///
  /// - Throws: `MemoryError` for tensors that are missing or do not fit, tokens beyond the vocabulary, counters out of range.
  func loaded(
    _ prefix: String, from file: SafetensorsFile, vocabularySize: Int
  ) throws(MemoryError) -> NeuralTrainer {
    var loaded = self
    let counters: [Int64]
    do throws(ModelFileError) {
      try loaded.readLearner(prefix, from: file)
      loaded.open = try chunk("\(prefix).open", in: file)
      loaded.window =
        configuration.omega.window > 1 ? try chunk("\(prefix).window", in: file) : NeuralChunk()
      counters = try file.require("\(prefix).counters").int64s()
    } catch {
      throw .file(error)
    }
    guard counters.count == 2, counters.allSatisfy({ $0 >= 0 && $0 < Int64(Int32.max) << 16 }),
      loaded.open.count < configuration.chunkLength,
      loaded.window.count < configuration.omega.window || loaded.window.count == 0,
      (loaded.open.tokens + loaded.window.tokens)
        .allSatisfy({ $0 >= 0 && Int($0) < vocabularySize })
    else {
      throw .malformed(
        path: file.path, what: "the neural memory's open chunk or counters are not sound",
        expected: nil)
    }
    loaded.written = Int(counters[0])
    loaded.rejected = Int(counters[1])
    loaded.readable = nil
    loaded.tracker.reset(open: loaded.open.count)
    loaded.endSegment()
    return loaded
  }

  private mutating func readLearner(
    _ prefix: String, from file: SafetensorsFile
  ) throws(ModelFileError) {
    for head in learner.heads.indices {
      for (layer, shape) in learner.heads[head].shapes.enumerated() {
        let extents = [shape.rows, shape.columns]
        let place = place(head, layer)
        learner.heads[head].difference.layers[layer] =
          try file.floats("\(prefix).difference.\(place)", shape: extents)
        guard learner.heads[head].keepsMomentum else { continue }
        learner.heads[head].momentum.layers[layer] =
          try file.floats("\(prefix).momentum.\(place)", shape: extents)
      }
    }
  }

  /// The only head's tensors carry the layer alone, as they did before there were heads.
  private func place(_ head: Int, _ layer: Int) -> String {
    configuration.heads == 1 ? "\(layer)" : "\(head).\(layer)"
  }

  // MARK: - Chunks

  private func save(_ chunk: NeuralChunk, as name: String, into writer: inout SafetensorsWriter) {
    writer.add("\(name).keys", floats: chunk.keys, shape: [chunk.count, learner.plan.keyColumns])
    writer.add("\(name).hidden", floats: chunk.lossInputs, shape: [chunk.count, outputs])
    writer.add("\(name).targets", int32s: chunk.tokens, shape: [chunk.count])
    writer.add("\(name).surprisals", floats: chunk.surprisals, shape: [chunk.count])
    writer.add("\(name).journal", int64s: chunk.journal.map(Int64.init), shape: [chunk.count])
    if hasTokenGates {
      writer.add("\(name).gates", floats: chunk.gates, shape: [chunk.count, 3])
    }
  }

  private func chunk(
    _ name: String, in file: SafetensorsFile
  ) throws(ModelFileError) -> NeuralChunk {
    var chunk = NeuralChunk()
    chunk.tokens = try file.require("\(name).targets").int32s()
    let count = chunk.tokens.count
    chunk.keys = try file.floats("\(name).keys", shape: [count, learner.plan.keyColumns])
    chunk.lossInputs = try file.floats("\(name).hidden", shape: [count, outputs])
    chunk.surprisals = try file.floats("\(name).surprisals", shape: [count])
    // Files of the first version do not say where in the journal an open chunk's tokens stand.
    if let tensor = file.tensor("\(name).journal") {
      guard tensor.shape == [count] else {
        throw .wrongTensor(
          path: file.path, name: tensor.name, found: "\(tensor.shape)", expected: "\([count])")
      }
      chunk.journal = try tensor.int64s().map { $0 >= 0 && $0 < 1 << 40 ? Int($0) : -1 }
    } else {
      chunk.journal = [Int](repeating: -1, count: count)
    }
    if hasTokenGates { chunk.gates = try file.floats("\(name).gates", shape: [count, 3]) }
    return chunk
  }
}
