public import Memory
public import ModelFiles

extension LEMNMemory {
  public func save(into writer: inout SafetensorsWriter) {
    state.episodes.save("lemn.episodes", into: &writer)
    state.retention.save("lemn.retention", into: &writer)
    state.open.save("lemn.open", into: &writer)
    state.queries.save(asBytes: "lemn.queries", into: &writer)
    writer.add(
      "lemn.counters", int64s: [Int64(state.written), Int64(state.rejected)], shape: [2])
  }

  public func load(from file: SafetensorsFile) throws(MemoryError) {
    var loaded = state
    loaded.episodes = try RowBank("lemn.episodes", in: file, shape: shape, type: configuration.type)
    loaded.open = try RowBank("lemn.open", in: file, shape: shape, type: configuration.type)
    try loaded.episodes.expectPlain(in: file.path)
    try loaded.open.expectPlain(in: file.path)
    loaded.queries = try EncodedRows(
      asBytes: "lemn.queries", in: file, shape: state.queries.shape, type: configuration.type,
      counts: [0, loaded.open.count])
    loaded.retention = try Retention(
      "lemn.retention", count: loaded.episodes.groups.count, history: agent.historyCount, in: file)
    (loaded.written, loaded.rejected) = try file.counters("lemn.counters")
    guard loaded.episodes.count <= configuration.rows || loaded.episodes.groups.count == 1,
      loaded.written >= loaded.episodes.count + loaded.open.count
    else {
      throw .malformed(
        path: file.path, what: "the lemn memory holds other counts than it can have",
        expected: "at most \(configuration.rows) rows")
    }
    state = loaded
  }
}

extension LEMNMemory: Inspectable {
  public var contents: ModuleContents {
    ModuleContents(
      parts: [.init(rows: state.episodes.count, in: state.episodes.groups.count, "episode")],
      dropped: state.dropped,
      rule: "beyond \(configuration.rows) rows \(configuration.retention.rule)",
      slots: zip(state.episodes.tokensByGroup, state.retention.records).map { tokens, record in
        ModuleContents.Slot(
          tokens: Array(tokens.prefix(ModuleContents.excerpt)), count: tokens.count,
          remarks: record.remarks(clock: state.retention.clock))
      })
  }
}
