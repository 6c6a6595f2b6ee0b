import Memory
import ModelFiles

extension Retention {
  /// Adds what is known to a memory file.
  ///
  /// | tensor | type, shape |
  /// |---|---|
  /// | `<name>.records` | F32 [things, 12 + history]: arrivals before it, arrivals before its last use, uses, recent use, match, attention, surprise, peak, names, novelty, tokens, spoken; then the agent's state |
  /// | `<name>.stream` | F32 [4]: arrivals, and of the stream's surprisal mean, variance and tokens counted |
  func save(_ name: String, into writer: inout SafetensorsWriter) {
    let columns = RetentionRecord.columns + (records.first?.history.count ?? 0)
    writer.add(
      "\(name).records", floats: records.flatMap(\.values), shape: [records.count, columns])
    writer.add(
      "\(name).stream", floats: [Float(clock), mean, variance, observed], shape: [4])
  }

  /// Reads what is known from a memory file.
  ///
  /// - Parameters:
  ///   - count: things that are kept.
  ///   - history: values of the agent's state.
  /// - Throws: `MemoryError.file` where a tensor is missing or of another shape or type, `.malformed` for values out of range.
  init(
    _ name: String, count: Int, history: Int, in file: SafetensorsFile
  ) throws(MemoryError) {
    let (table, stream): ([Float], [Float])
    let columns = RetentionRecord.columns + history
    do throws(ModelFileError) {
      let found = try file.require("\(name).records")
      // An empty table has no histories.
      let isEmpty = count == 0 && found.type == .f32 && found.shape.first == 0
      table =
        isEmpty ? [] : try file.tensor("\(name).records", shape: [count, columns]).floats()
      stream = try file.tensor("\(name).stream", shape: [4]).floats()
    } catch {
      throw .file(error)
    }
    let records = stride(from: 0, to: table.count, by: columns).compactMap {
      RetentionRecord(values: table[$0..<$0 + columns])
    }
    guard table.allSatisfy(\.isFinite), stream.allSatisfy(\.isFinite), records.count == count,
      (0...0x1p24).contains(stream[0]), stream[2] >= 0, (1...0x1p13).contains(stream[3]),
      records.allSatisfy({ $0.birth <= Int(stream[0]) && $0.lastUse <= Int(stream[0]) })
    else {
      throw .malformed(
        path: file.path, what: "what \(name) knows of the things that are kept is not sound",
        expected: "finite values, and no arrival after the last")
    }
    self.init(
      records: records, clock: Int(stream[0]), mean: stream[1], variance: stream[2],
      observed: stream[3])
  }
}

extension RetentionRecord {
  /// Values in the file, without the history.
  fileprivate static let columns = 12

  fileprivate var values: [Float] {
    [
      Float(birth), Float(lastUse), uses, recentUse, match, mass, surprise, peak, names, novelty,
      Float(tokens), isSpoken ? 1 : 0,
    ] + history
  }

  /// - Returns: nil for counts that are not whole and within reason.
  fileprivate init?(values: ArraySlice<Float>) {
    let values = Array(values)
    let counts = [values[0], values[1], values[10]]
    guard counts.allSatisfy({ (0...0x1p24).contains($0) && $0 == $0.rounded() }) else { return nil }
    (birth, lastUse, tokens) = (Int(counts[0]), Int(counts[1]), Int(counts[2]))
    (uses, recentUse, match, mass) = (values[2], values[3], values[4], values[5])
    (surprise, peak, names, novelty) = (values[6], values[7], values[8], values[9])
    isSpoken = values[11] != 0
    history = Array(values[Self.columns...])
  }
}
