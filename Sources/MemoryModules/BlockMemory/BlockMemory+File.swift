public import Memory
public import ModelFiles

extension BlockMemory {
  public func save(into writer: inout SafetensorsWriter) {
    state.blocks.save("block.rows", into: &writer)
    state.open.save("block.open", into: &writer)
    state.queries.save(asBytes: "block.queries", into: &writer)
    writer.add(
      "block.representatives", int64s: state.representatives.joined().map(Int64.init),
      shape: [state.representatives.reduce(0) { $0 + $1.count }])
    writer.add(
      "block.represented", int64s: state.representatives.map { Int64($0.count) },
      shape: [state.representatives.count])
    if configuration.retention != .fifo {
      state.retention.save("block.retention", into: &writer)
    }
    writer.add(
      "block.counters", int64s: [Int64(state.written), Int64(state.rejected)], shape: [2])
  }

  public func load(from file: SafetensorsFile) throws(MemoryError) {
    var loaded = state
    loaded.blocks = try RowBank("block.rows", in: file, shape: shape, type: configuration.type)
    loaded.open = try RowBank("block.open", in: file, shape: shape, type: configuration.type)
    try loaded.blocks.expectPlain(in: file.path)
    try loaded.open.expectPlain(in: file.path)
    (loaded.written, loaded.rejected) = try file.counters("block.counters")
    if configuration.retention != .fifo {
      loaded.retention = try Retention(
        "block.retention", count: loaded.blocks.groups.count, history: agent.historyCount, in: file)
    }
    loaded.queries = try EncodedRows(
      asBytes: "block.queries", in: file, shape: state.queries.shape, type: configuration.type,
      counts: [0, loaded.open.count])
    let (rows, counts): ([Int64], [Int64])
    do throws(ModelFileError) {
      rows = try file.require("block.representatives").int64s()
      counts = try file.tensor("block.represented", shape: [loaded.blocks.groups.count]).int64s()
    } catch {
      throw .file(error)
    }
    guard counts.allSatisfy({ $0 > 0 && $0 <= 1 << 24 }),
      counts.reduce(0, +) == rows.count, loaded.written >= loaded.blocks.count + loaded.open.count
    else { throw Self.fault(file) }
    loaded.representatives = []
    var next = 0
    for (group, count) in zip(loaded.blocks.groups, counts.map(Int.init)) {
      let own = rows[next..<next + count]
      guard own.allSatisfy({ $0 >= 0 && $0 < group.rows }) else { throw Self.fault(file) }
      loaded.representatives.append(own.map(Int.init))
      next += count
    }
    state = loaded
  }

  private static func fault(_ file: SafetensorsFile) -> MemoryError {
    .malformed(
      path: file.path, what: "the block memory's blocks do not fit their representatives",
      expected: "some rows of each block")
  }
}
