public import Memory
public import ModelFiles
import Transformer

extension CompressiveMemory: Subtractable {
  /// Uncompressed rows are removed, and the memory is as if it had never seen them. Compressed rows mix all of their
  /// tokens and cannot be separated.
  public func forget(_ journal: Set<Int>) -> Forgetting {
    let isKnown = { journal.contains($0) && $0 >= 0 }
    let all = state.slots.journal + state.recent.journal + state.open.journal
    let count = all.count(where: isKnown)
    guard count > 0 else { return .nothingToForget }
    // With compressed rows, the groups would have begun at other tokens.
    guard state.slots.journal.isEmpty, state.written == all.count else { return .unsupported }
    var left = state
    left.recent.keep(columns: columns) { !isKnown($0) }
    left.open.keep(columns: columns) { !isKnown($0) }
    left.written -= count
    replace(left, rejected: rejectedUpdates)
    return .exact(entries: count)
  }

  public func remapJournal(_ newIndex: (Int) -> Int?) {
    func moved(_ journal: [Int]) -> [Int] { journal.map { $0 < 0 ? -1 : newIndex($0) ?? -1 } }
    state.slots.journal = moved(state.slots.journal)
    state.recent.journal = moved(state.recent.journal)
    state.open.journal = moved(state.open.journal)
  }

  // MARK: - File

  public func save(into writer: inout SafetensorsWriter) {
    let rate = configuration.rate
    for (name, table, tokens) in [
      ("slots", state.slots, rate), ("recent", state.recent, 1), ("open", state.open, 1),
    ] {
      let count = table.journal.count / tokens
      let shape = [context.model.configuration.layerCount, count, columns]
      writer.add("compressive.\(name).keys", floats: table.keys.flatMap(\.self), shape: shape)
      writer.add("compressive.\(name).values", floats: table.values.flatMap(\.self), shape: shape)
      writer.add(
        "compressive.\(name).journal", int64s: table.journal.map(Int64.init),
        shape: [count, tokens])
      writer.add(
        "compressive.\(name).spoken", uint8s: table.isSpoken.map { $0 ? 1 : 0 },
        shape: [count, tokens])
    }
    writer.add(
      "compressive.counters", int64s: [Int64(state.written), Int64(rejectedUpdates)], shape: [2])
  }

  public func load(from file: SafetensorsFile) throws(MemoryError) {
    let loaded: State
    let counters: [Int64]
    do throws(ModelFileError) {
      loaded = State(
        slots: try table("slots", tokens: configuration.rate, in: file),
        recent: try table("recent", tokens: 1, in: file),
        open: try table("open", tokens: 1, in: file))
      counters = try file.require("compressive.counters").int64s()
    } catch {
      throw .file(error)
    }
    guard counters.count == 2, counters.allSatisfy({ $0 >= 0 && $0 < Int64(Int32.max) << 16 }),
      loaded.slots.journal.count <= configuration.slots * configuration.rate,
      loaded.recent.journal.count < configuration.recent + configuration.rate,
      Int(counters[0])
        >= loaded.slots.journal.count + loaded.recent.journal.count + loaded.open.journal.count
    else {
      throw .malformed(
        path: file.path, what: "the compressive memory holds other counts than it can have",
        expected: "at most \(configuration.slots) slots and \(configuration.recent) recent rows")
    }
    guard [loaded.slots, loaded.recent, loaded.open].allSatisfy(\.isSound) else {
      throw .malformed(
        path: file.path, what: "the compressive memory's rows are beyond all measure",
        expected: "values below \(Int(RowTable.largest)) in magnitude")
    }
    var state = loaded
    state.written = Int(counters[0])
    replace(state, rejected: Int(counters[1]))
  }

  private func table(
    _ name: String, tokens: Int, in file: SafetensorsFile
  ) throws(ModelFileError) -> RowTable {
    let journal = try file.require("compressive.\(name).journal")
    let layers = context.model.configuration.layerCount
    guard journal.shape.count == 2, journal.shape[1] == tokens else {
      throw .wrongTensor(
        path: file.path, name: journal.name, found: "\(journal.shape)", expected: "[n, \(tokens)]")
    }
    let size = journal.shape[0] * columns
    let shape = [layers, journal.shape[0], columns]
    func rows(_ part: String) throws(ModelFileError) -> [[Float]] {
      let values = try file.floats("compressive.\(name).\(part)", shape: shape)
      return (0..<layers).map { Array(values[$0 * size..<($0 + 1) * size]) }
    }
    let spoken = try file.require("compressive.\(name).spoken")
    guard spoken.shape == journal.shape else {
      throw .wrongTensor(
        path: file.path, name: spoken.name, found: "\(spoken.shape)", expected: "\(journal.shape)")
    }
    return RowTable(
      keys: try rows("keys"), values: try rows("values"),
      journal: try journal.int64s().map { $0 >= 0 && $0 < 1 << 40 ? Int($0) : -1 },
      isSpoken: try spoken.uint8s().map { $0 != 0 })
  }
}
