import Foundation
public import Memory
public import ModelFiles
import Tensors

extension NeuralMemory: Unitable {
  private struct Snapshot: Sendable {
    let state: State
    let readable: [NeuralWeights]?
    let written: Int
    let rejected: Int
    let tracker: SurpriseTracker
    let companion: (any Sendable)?
  }

  public func snapshot() -> any Sendable {
    Snapshot(
      state: state, readable: readable, written: written, rejected: rejected, tracker: tracker,
      companion: companion?.snapshot())
  }

  public func restore(_ snapshot: any Sendable) {
    guard let snapshot = snapshot as? Snapshot else {
      preconditionFailure("a snapshot of another kind of memory")
    }
    state = snapshot.state
    readable = snapshot.readable
    written = snapshot.written
    rejected = snapshot.rejected
    tracker = snapshot.tracker
    if let other = snapshot.companion { companion?.restore(other) }
  }

  public func remapJournal(_ newIndex: (Int) -> Int?) {
    companion?.remapJournal(newIndex)
    for index in state.open.journal.indices {
      state.open.journal[index] = newIndex(state.open.journal[index]) ?? -1
    }
    for index in state.window.journal.indices {
      state.window.journal[index] = newIndex(state.window.journal[index]) ?? -1
    }
  }

  /// The sum of what both moved away from M_0 (task vectors, Ilharco et al. 2023, arXiv 2212.04089): texts that have nothing
  /// in common keep most of both. An estimate; a replay of the other's journal is what a life of both would have given.
  public func unite(with other: any MemoryModule, journal place: Int?) -> Union {
    guard let other = other as? NeuralMemory,
      other.state.learner.heads.count == state.learner.heads.count,
      (companion == nil) == (other.companion == nil)
    else { return .unsupported }
    var learner = state.learner
    for (head, core) in other.state.learner.heads.enumerated() {
      guard learner.heads[head].shapes == core.shapes else { return .unsupported }
      for layer in core.shapes.indices {
        for index in core.difference.layers[layer].indices {
          learner.heads[head].difference.layers[layer][index] +=
            core.difference.layers[layer][index]
        }
      }
    }
    guard learner.isFinite else { return .unsupported }
    if let mine = companion, let theirs = other.companion {
      guard mine.unite(with: theirs, journal: place) != .unsupported else { return .unsupported }
    }
    state.learner = learner
    written += other.written
    endSegment()
    return .estimate
  }

  // MARK: - File

  public func save(into writer: inout SafetensorsWriter) {
    for (head, core) in state.learner.heads.enumerated() {
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
    save(state.open, as: "\(prefix).open", into: &writer)
    if configuration.omega.window > 1 {
      save(state.window, as: "\(prefix).window", into: &writer)
    }
    state.tail?.save(as: "\(prefix).tail", into: &writer)
    writer.add(
      "\(prefix).counters", int64s: [Int64(written), Int64(rejected)], shape: [2])
    companion?.save(into: &writer)
  }

  /// The only head's tensors carry the layer alone, as they did before there were heads.
  private func place(_ head: Int, _ layer: Int) -> String {
    configuration.heads == 1 ? "\(layer)" : "\(head).\(layer)"
  }

  private func save(_ chunk: NeuralChunk, as name: String, into writer: inout SafetensorsWriter) {
    let plan = state.learner.plan
    writer.add("\(name).keys", floats: chunk.keys, shape: [chunk.count, plan.keyColumns])
    writer.add("\(name).hidden", floats: chunk.hidden, shape: [chunk.count, plan.outputs])
    writer.add("\(name).targets", int32s: chunk.targets, shape: [chunk.count])
    writer.add("\(name).surprisals", floats: chunk.surprisals, shape: [chunk.count])
    writer.add("\(name).journal", int64s: chunk.journal.map(Int64.init), shape: [chunk.count])
    if wiring?.hasTokenGates == true {
      writer.add("\(name).gates", floats: chunk.gates, shape: [chunk.count, 3])
    }
  }

  public func load(from file: SafetensorsFile) throws(MemoryError) {
    var loaded = state
    do throws(ModelFileError) {
      for head in loaded.learner.heads.indices {
        for (layer, shape) in loaded.learner.heads[head].shapes.enumerated() {
          let place = place(head, layer)
          loaded.learner.heads[head].difference.layers[layer] = try file.floats("\(prefix).difference.\(place)", shape: [shape.rows, shape.columns])
          guard loaded.learner.heads[head].keepsMomentum else { continue }
          loaded.learner.heads[head].momentum.layers[layer] = try file.floats("\(prefix).momentum.\(place)", shape: [shape.rows, shape.columns])
        }
      }
      loaded.open = try chunk("\(prefix).open", in: file)
      loaded.window =
        configuration.omega.window > 1 ? try chunk("\(prefix).window", in: file) : NeuralChunk()
      loaded.tail =
        try wiring.map { wiring throws(ModelFileError) in
          try NeuralTail.load("\(prefix).tail", from: file, wiring: wiring)
        } ?? nil
    } catch {
      throw .file(error)
    }
    let counters: [Int64]
    do throws(ModelFileError) { counters = try file.require("\(prefix).counters").int64s() } catch {
      throw .file(error)
    }
    guard counters.count == 2, counters.allSatisfy({ $0 >= 0 && $0 < Int64(Int32.max) << 16 }),
      loaded.open.count < configuration.chunkLength,
      loaded.window.count < configuration.omega.window || loaded.window.count == 0,
      (loaded.open.targets + loaded.window.targets + (loaded.tail?.tokens ?? []))
        .allSatisfy({ $0 >= 0 && Int($0) < context.vocabularySize })
    else {
      throw .malformed(
        path: file.path, what: "the neural memory's open chunk or counters are not sound",
        expected: nil)
    }
    try companion?.load(from: file)
    state = loaded
    written = Int(counters[0])
    rejected = Int(counters[1])
    readable = nil
    tracker.reset(open: loaded.open.count)
    endSegment()
  }

  private func chunk(
    _ name: String, in file: SafetensorsFile
  ) throws(ModelFileError) -> NeuralChunk {
    var chunk = NeuralChunk()
    chunk.targets = try file.require("\(name).targets").int32s()
    let count = chunk.targets.count
    let plan = state.learner.plan
    chunk.keys = try file.floats("\(name).keys", shape: [count, plan.keyColumns])
    chunk.hidden = try file.floats("\(name).hidden", shape: [count, plan.outputs])
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
    if wiring?.hasTokenGates == true {
      chunk.gates = try file.floats("\(name).gates", shape: [count, 3])
    }
    return chunk
  }
}

extension Float {
  /// The natural logarithm.
  var logarithm: Float { Foundation.log(self) }

  /// e to the power of it.
  var exponential: Float { Foundation.exp(self) }
}
