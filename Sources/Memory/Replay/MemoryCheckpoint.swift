package import Foundation
import ModelFiles
import Transformer

/// The state, before some record of the journal, of the modules that cannot subtract: a point from which a replay may
/// begin.
///
/// A checkpoint is taken when the journal has grown by `checkpointInterval` tokens since the last one and the next
/// commit has no context. That depends on the stream alone, so after forgetting, a memory has the same checkpoints as
/// one that never read the forgotten text.
package struct MemoryCheckpoint: Sendable, Equatable {
  /// Records that had been read.
  package let records: Int
  /// Tokens of the stream by then.
  package let streamed: Int
  /// Tokens committed by then.
  package let tokensSeen: Int
  /// The modules' tensors and the carried row (`CarriedRow`), as a safetensors file.
  package let state: Data

  /// Tokens of the stream between two checkpoints.
  package static let standardInterval = 65_536

  // MARK: - File

  /// Columns of `checkpoints.places`: records, streamed, tokens seen, bytes.
  private static let columns = 4

  static func save(_ checkpoints: [MemoryCheckpoint], into writer: inout SafetensorsWriter) {
    guard !checkpoints.isEmpty else { return }
    let rows = checkpoints.flatMap {
      [$0.records, $0.streamed, $0.tokensSeen, $0.state.count].map(Int64.init)
    }
    writer.add("checkpoints.places", int64s: rows, shape: [checkpoints.count, columns])
    let all = checkpoints.reduce(into: Data()) { $0.append($1.state) }
    writer.add("checkpoints.states", type: .u8, shape: [all.count], bytes: all)
  }

  /// Reads the checkpoints of a memory file; their states are parsed when they are needed.
  ///
  /// - Throws: `MemoryError.malformed` when they are not places of the journal, in order.
  static func load(
    from file: SafetensorsFile, journal: Journal?
  ) throws(MemoryError) -> [MemoryCheckpoint] {
    guard let places = file.tensor("checkpoints.places") else { return [] }
    let rows: [Int64]
    let states: SafetensorsTensor
    do throws(ModelFileError) {
      rows = try places.int64s()
      states = try file.require("checkpoints.states")
    } catch {
      throw .file(error)
    }
    let fault = MemoryError.malformed(
      path: file.path, what: "the checkpoints are not places of the journal",
      expected: "records and sizes in order")
    guard let journal, rows.count % columns == 0, states.type == .u8,
      rows.allSatisfy({ $0 >= 0 && $0 < 1 << 40 })
    else { throw fault }
    var result: [MemoryCheckpoint] = []
    var offset = 0
    for row in stride(from: 0, to: rows.count, by: columns) {
      let values = rows[row..<row + columns].map(Int.init)
      guard values[0] > result.last?.records ?? 0, journal.records.indices.contains(values[0]),
        journal.records[values[0]].start == values[1], values[3] <= states.data.count - offset
      else { throw fault }
      let start = states.data.startIndex + offset
      result.append(
        MemoryCheckpoint(
          records: values[0], streamed: values[1], tokensSeen: values[2],
          state: states.data.subdata(in: start..<start + values[3])))
      offset += values[3]
    }
    guard offset == states.data.count else { throw fault }
    return result
  }
}

extension DetachableMemory {
  /// The modules whose states a checkpoint keeps.
  var replayed: [any MemoryModule] {
    modules.filter { !($0 is any Rewindable) }
  }

  /// Takes a checkpoint when one is due and the next commit has no context.
  func takeCheckpoint(beforeContextOf position: Int) {
    guard position == 0, staleFrom == nil, let journal, let last = journal.records.last,
      last.endsSegment, !replayed.isEmpty
    else { return }
    let isFirstComplete = !last.isComplete
    let since = journal.stream.count - (checkpoints.last?.streamed ?? 0)
    guard since >= checkpointInterval || isFirstComplete,
      checkpoints.last?.records != journal.records.count
    else { return }
    var writer = SafetensorsWriter()
    for module in replayed { module.save(into: &writer) }
    state.carried?.save(into: &writer)
    state.checkpoints.append(
      MemoryCheckpoint(
        records: journal.records.count, streamed: journal.stream.count, tokensSeen: tokensSeen,
        state: writer.serialized()))
  }

  /// Restores the modules to a checkpoint; `Rewindable` ones are rewound to it.
  ///
  /// - Returns: false when that is impossible.
  func restore(_ checkpoint: MemoryCheckpoint, of other: DetachableMemory) -> Bool {
    guard let journal = other.journal, checkpoint.records <= journal.records.count else {
      return false
    }
    let place = journal.place(atOrBehind: checkpoint.streamed)
    for (module, original) in zip(modules, other.modules) {
      guard let module = module as? any Rewindable else { continue }
      module.restore(original.snapshot())
      guard module.rewind(to: place) else { return false }
    }
    do throws(ModelFileError) {
      let file = try SafetensorsFile.parse(checkpoint.state, path: path ?? name)
      guard file.tensors.allSatisfy(\.isFinite) else { return false }
      for module in replayed {
        do throws(MemoryError) { try module.load(from: file) } catch { return false }
      }
      state.carried = try CarriedRow.load(from: file, adapter: adapter, width: context.width)
    } catch {
      return false
    }
    state.journal = journal.prefix(records: checkpoint.records)
    state.tokensSeen = checkpoint.tokensSeen
    // The next commit, if there is one, takes this checkpoint again.
    state.checkpoints = Array(other.checkpoints.prefix { $0.records < checkpoint.records })
    return true
  }
}

extension CarriedRow {
  func save(into writer: inout SafetensorsWriter) {
    let name = Array(conversation.text.utf8)
    writer.add("carried.conversation", uint8s: name, shape: [name.count])
    for (index, part) in raw.enumerated() {
      writer.add("carried.key.\(index)", floats: part, shape: [part.count])
    }
    writer.add("carried.hidden", floats: hidden, shape: [hidden.count])
    writer.add("carried.learned", uint8s: [wasLearned ? 1 : 0], shape: [1])
  }

  static func load(
    from file: SafetensorsFile, adapter: Adapter, width: Int
  ) throws(ModelFileError) -> CarriedRow? {
    guard let name = file.tensor("carried.conversation") else { return nil }
    let hidden = try file.require("carried.hidden").floats()
    let learned = try file.require("carried.learned").uint8s()
    var raw: [[Float]] = []
    for (index, part) in adapter.keys.parts.enumerated() {
      let values = try file.require("carried.key.\(index)").floats()
      guard values.count == part.mean.count else {
        throw .wrongTensor(
          path: file.path, name: "carried.key.\(index)", found: "\(values.count) values",
          expected: "\(part.mean.count)")
      }
      raw.append(values)
    }
    guard hidden.count == width, learned.count == 1 else {
      throw .wrongTensor(
        path: file.path, name: "carried.hidden", found: "\(hidden.count) values",
        expected: "\(width)")
    }
    return CarriedRow(
      conversation: ByteString(String(decoding: try name.uint8s(), as: UTF8.self)), raw: raw,
      hidden: hidden, wasLearned: learned[0] != 0)
  }
}
