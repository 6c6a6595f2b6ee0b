public import Memory
public import ModelFiles

extension DynamicCompressiveMemory {
  public func save(into writer: inout SafetensorsWriter) {
    state.whole.save("dct.whole", into: &writer)
    state.compressed.save("dct.compressed", into: &writer)
    writer.add(
      "dct.forms", uint8s: state.isWhole.map { $0 ? 1 : 0 }, shape: [state.isWhole.count])
    state.retention.save("dct.retention", into: &writer)
    let past = state.chooser.past
    writer.add(
      "dct.worths", floats: past.flatMap { [$0.whole, $0.compressed] }, shape: [past.count, 2])
    state.recent.save("dct.recent", into: &writer)
    writer.add(
      "dct.attention", floats: zip(state.masses, state.glances).flatMap { [$0, $1] },
      shape: [state.masses.count, 2])
    state.open.save("dct.open", into: &writer)
    state.queries.save(asBytes: "dct.queries", into: &writer)
    writer.add(
      "dct.counters", int64s: [Int64(state.written), Int64(state.rejected)], shape: [2])
    writer.add("dct.discarded", int64s: [Int64(state.discarded)], shape: [1])
  }

  public func load(from file: SafetensorsFile) throws(MemoryError) {
    func bank(_ name: String) throws(MemoryError) -> RowBank {
      let bank = try RowBank("dct.\(name)", in: file, shape: shape, type: configuration.type)
      try bank.expectPlain(in: file.path)
      return bank
    }
    var loaded = state
    loaded.whole = try bank("whole")
    loaded.compressed = try HeadRows(
      "dct.compressed", in: file, shape: shape, type: configuration.type)
    loaded.recent = try bank("recent")
    loaded.open = try bank("open")
    loaded.queries = try EncodedRows(
      asBytes: "dct.queries", in: file, shape: state.queries.shape, type: configuration.type,
      counts: [0, loaded.open.count])
    let segments = loaded.whole.groups.count + loaded.compressed.groups.count
    loaded.retention = try Retention(
      "dct.retention", count: segments, history: agent.historyCount, in: file)
    (loaded.written, loaded.rejected) = try file.counters("dct.counters")
    let (worths, attention): ([Float], [Float])
    do throws(ModelFileError) {
      loaded.isWhole = try file.tensor("dct.forms", shape: [segments]).uint8s().map { $0 != 0 }
      let past = try file.require("dct.worths").shape.first ?? 0
      worths = try file.tensor("dct.worths", shape: [past, 2]).floats()
      attention = try file.tensor("dct.attention", shape: [loaded.recent.count, 2]).floats()
      loaded.discarded = Int(
        clamping: try file.tensor("dct.discarded", shape: [1]).int64s().first ?? 0)
    } catch {
      throw .file(error)
    }
    loaded.chooser = SegmentChooser(
      past: stride(from: 0, to: worths.count, by: 2).map {
        SegmentWorth(whole: worths[$0], compressed: worths[$0 + 1])
      })
    loaded.masses = stride(from: 0, to: attention.count, by: 2).map { attention[$0] }
    loaded.glances = stride(from: 1, to: attention.count, by: 2).map { attention[$0] }
    let held = loaded.whole.count + loaded.compressed.sources.count + loaded.recent.count
    guard loaded.isWhole.count(where: { $0 }) == loaded.whole.groups.count,
      worths.count <= 2 * SegmentChooser.window, (worths + attention).allSatisfy(\.isFinite),
      loaded.recent.count < configuration.recent + configuration.segment,
      loaded.written >= held + loaded.open.count,
      (0...loaded.written).contains(loaded.discarded)
    else {
      throw .malformed(
        path: file.path, what: "the dct memory holds other segments than it can have",
        expected: "a form for each segment, and at most \(configuration.rows) rows")
    }
    state = loaded
  }
}

extension DynamicCompressiveMemory: Inspectable {
  public var contents: ModuleContents {
    let (whole, compressed) = (state.whole, state.compressed)
    return ModuleContents(
      parts: [
        .init("rows kept whole", count: whole.count, tokens: whole.count),
        .init("compressed rows", count: compressed.count, tokens: compressed.sources.count),
        .init("recent rows", count: state.recent.count, tokens: state.recent.count),
      ].filter { $0.count > 0 }, dropped: state.dropped,
      rule:
        "the \(configuration.policy.rawValue) policy discarded \(state.discarded); beyond \(configuration.rows) rows \(configuration.retention.rule)",
      slots: zip(zip(state.tokensBySegment, state.isWhole), state.retention.records).map {
        let ((tokens, isWhole), record) = $0
        return ModuleContents.Slot(
          tokens: Array(tokens.prefix(ModuleContents.excerpt)), count: tokens.count,
          remarks: [isWhole ? "whole" : "compressed"]
            + record.remarks(clock: state.retention.clock))
      })
  }
}
