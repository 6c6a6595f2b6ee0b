import Foundation
public import Memory
public import ModelFiles
import Tensors

extension NeuralMemory {
  private struct Snapshot: Sendable {
    let state: State
    let readable: NeuralWeights?
    let entries: Int
    let rejectedUpdates: Int
  }

  public func snapshot() -> any Sendable {
    Snapshot(state: state, readable: readable, entries: entries, rejectedUpdates: rejectedUpdates)
  }

  public func restore(_ snapshot: any Sendable) {
    guard let snapshot = snapshot as? Snapshot else {
      preconditionFailure("a snapshot of another kind of memory")
    }
    state = snapshot.state
    readable = snapshot.readable
    replaceCounters(entries: snapshot.entries, rejectedUpdates: snapshot.rejectedUpdates)
  }

  public func save(into writer: inout SafetensorsWriter) {
    let core = state.core
    for (layer, shape) in core.shapes.enumerated() {
      let extents = [shape.rows, shape.columns]
      writer.add(
        "neural.difference.\(layer)", floats: core.difference.layers[layer], shape: extents)
      writer.add("neural.momentum.\(layer)", floats: core.momentum.layers[layer], shape: extents)
    }
    let open = state.open
    writer.add("neural.open.keys", floats: open.keys, shape: [open.count, context.keyColumns])
    writer.add("neural.open.hidden", floats: open.hidden, shape: [open.count, context.width])
    writer.add("neural.open.targets", int32s: open.targets, shape: [open.count])
    writer.add("neural.open.surprisals", floats: open.surprisals, shape: [open.count])
    writer.add(
      "neural.counters", int64s: [Int64(entries), Int64(rejectedUpdates)], shape: [2])
  }

  public func load(from file: SafetensorsFile) throws(MemoryError) {
    var loaded = state
    do throws(ModelFileError) {
      for (layer, shape) in loaded.core.shapes.enumerated() {
        loaded.core.difference.layers[layer] = try floats(
          file, "neural.difference.\(layer)", [shape.rows, shape.columns])
        loaded.core.momentum.layers[layer] = try floats(
          file, "neural.momentum.\(layer)", [shape.rows, shape.columns])
      }
      let targets = try file.require("neural.open.targets").int32s()
      let count = targets.count
      loaded.open = Chunk(
        keys: try floats(file, "neural.open.keys", [count, context.keyColumns]),
        hidden: try floats(file, "neural.open.hidden", [count, context.width]), targets: targets,
        surprisals: try floats(file, "neural.open.surprisals", [count]))
    } catch {
      throw .file(error)
    }
    let counters: [Int64]
    do throws(ModelFileError) { counters = try file.require("neural.counters").int64s() } catch {
      throw .file(error)
    }
    guard counters.count == 2, counters.allSatisfy({ $0 >= 0 && $0 < Int64(Int32.max) << 16 }),
      loaded.open.count < configuration.chunkLength,
      loaded.open.targets.allSatisfy({ $0 >= 0 && Int($0) < context.vocabularySize })
    else {
      throw .malformed(
        path: file.path, what: "the neural memory's open chunk or counters are not sound",
        expected: nil)
    }
    state = loaded
    replaceCounters(entries: Int(counters[0]), rejectedUpdates: Int(counters[1]))
    readable = nil
    endSegment()
  }

  private func floats(
    _ file: SafetensorsFile, _ name: String, _ shape: [Int]
  ) throws(ModelFileError) -> [Float] {
    let tensor = try file.require(name)
    guard tensor.shape == shape else {
      throw .wrongTensor(
        path: file.path, name: name, found: "\(tensor.shape)", expected: "\(shape)")
    }
    return try tensor.floats()
  }
}

extension Float {
  /// The natural logarithm.
  var logarithm: Float { Foundation.log(self) }
}
