public import Memory
public import ModelFiles

extension FactSlotMemory {
  private var name: String { Cell.about.kind.rawValue }

  /// Adds the facts (as an episodic memory does, under this kind's name) and the slots:
  ///
  /// | tensor | type, shape |
  /// |---|---|
  /// | `<kind>.memory` | F32 [held, columns]: the key of each fact that has a slot, in the order in which they were told |
  /// | `<kind>.slots` | I64 [held, 2]: the slot of each, and the fact's place in the ledger |
  /// | `<kind>.cell` | I64 [any]: the cell's own table |
  /// | `<kind>.dropped` | I64 [1]: tokens of facts that went because all slots were full |
  /// | `<kind>.wire.…` ? | the slots of a trained wire (`WiredSlots`) |
  public func save(into writer: inout SafetensorsWriter) {
    texts.save(into: &writer)
    let held = table.order.compactMap { id -> (slot: Int, place: Int)? in
      guard let slot = table.items.firstIndex(of: id),
        let place = texts.state.ledger.index(of: id)
      else { return nil }
      return (slot, place)
    }
    writer.add(
      "\(name).memory",
      floats: held.flatMap { table.memory[$0.slot * columns..<($0.slot + 1) * columns] },
      shape: [held.count, columns])
    writer.add(
      "\(name).slots", int64s: held.flatMap { [Int64($0.slot), Int64($0.place)] },
      shape: [held.count, 2])
    let cell = table.cell.table
    writer.add("\(name).cell", int64s: cell, shape: [cell.count])
    writer.add("\(name).dropped", int64s: [Int64(table.dropped)], shape: [1])
    wired?.save(as: "\(name).wire", into: &writer)
  }

  public func load(from file: SafetensorsFile) throws(MemoryError) {
    try texts.load(from: file)
    let (memory, held, cell, dropped): ([Float], [Int64], [Int64], [Int64])
    do throws(ModelFileError) {
      held = try file.require("\(name).slots").int64s()
      memory = try file.floats("\(name).memory", shape: [held.count / 2, columns])
      cell = try file.require("\(name).cell").int64s()
      dropped = try file.require("\(name).dropped").int64s()
    } catch {
      throw .file(error)
    }
    let records = texts.state.ledger.records
    let rows = stride(from: 0, to: held.count - held.count % 2, by: 2).map {
      (slot: Int(clamping: held[$0]), place: Int(clamping: held[$0 + 1]))
    }
    guard let loaded = Cell(slots: configuration.slots, table: cell), held.count % 2 == 0,
      Set(rows.map(\.slot)).count == rows.count,
      rows.allSatisfy({
        $0.slot >= 0 && loaded.usage(of: $0.slot) == 1 && records.indices.contains($0.place)
      }), zip(rows, rows.dropFirst()).allSatisfy({ $0.place < $1.place }),
      memory.allSatisfy({ $0.magnitude <= 1.001 }), dropped.count == 1,
      (0..<1 << 40).contains(dropped[0])
    else {
      throw .malformed(
        path: file.path, what: "the \(name) memory's slots and facts disagree with each other",
        expected: "a slot in use and a key of length 1 for each fact, in the order of the facts")
    }
    var filled = SlotTable(cell: loaded, columns: columns)
    let count = (rows.map(\.slot).max() ?? -1) + 1
    filled.items = [Int?](repeating: nil, count: count)
    filled.memory = [Float](repeating: 0, count: count * columns)
    for (index, row) in rows.enumerated() {
      filled.items[row.slot] = records[row.place].id
      filled.memory.replaceSubrange(
        row.slot * columns..<(row.slot + 1) * columns,
        with: memory[index * columns..<(index + 1) * columns])
    }
    filled.order = rows.map { records[$0.place].id }
    filled.dropped = Int(dropped[0])
    try wired?.load("\(name).wire", from: file)
    table = filled
    // Facts that were not readable yet when the file was written now are.
    fill()
  }
}
