package import Memory
package import ModelFiles

extension RowBank {
  /// Adds the rows to a memory file.
  ///
  /// | tensor | type, shape |
  /// |---|---|
  /// | `<name>.keys`, `<name>.values` | F32 or F16 [rows, blocks, heads, head dimension], or Q8_0 blocks as U8 [rows, bytes] |
  /// | `<name>.tokens` | I32 [tokens]; -1 where not known |
  /// | `<name>.journal`, `<name>.places` | I64 [tokens] |
  /// | `<name>.spoken` | U8 [tokens] |
  /// | `<name>.surprisals` | F32 [tokens], nats |
  /// | `<name>.groups` | I64 [groups, 2]: rows and tokens of each |
  package func save(_ name: String, into writer: inout SafetensorsWriter) {
    keys.save("\(name).keys", into: &writer)
    values.save("\(name).values", into: &writer)
    sources.save(name, into: &writer)
    writer.add(
      "\(name).groups", int64s: groups.flatMap { [Int64($0.rows), Int64($0.sources)] },
      shape: [groups.count, 2])
  }

  /// Reads the rows of a memory file; their bytes stay in the mapped file.
  ///
  /// - Throws: `MemoryError.file` where a tensor is missing or of another shape or type, `.malformed` where counts disagree
  ///   or values are not finite or beyond all measure.
  package init(
    _ name: String, in file: SafetensorsFile, shape: RowShape, type: RowType
  ) throws(MemoryError) {
    do throws(ModelFileError) {
      let groups = try Self.groups(of: name, in: file)
      // More than any memory: no sum overflows, and no tensor has such a shape.
      let rows = groups.reduce(0) { min(1 << 40, $0 + $1.rows) }
      self.init(
        keys: try EncodedRows("\(name).keys", count: rows, in: file, shape: shape, type: type),
        values: try EncodedRows("\(name).values", count: rows, in: file, shape: shape, type: type),
        sources: try RowSources(
          name, count: groups.reduce(0) { min(1 << 40, $0 + $1.sources) }, in: file),
        groups: groups)
    } catch {
      throw .file(error)
    }
    guard groups.allSatisfy({ $0.rows > 0 && $0.sources > 0 }), keys.isSound, values.isSound,
      sources.isSound
    else {
      throw .malformed(
        path: file.path, what: "the rows \(name) are not sound",
        expected: "rows and tokens in every group, values of at most \(Int(type.largest))")
    }
  }

  /// Refuses rows that do not stand for one token each.
  ///
  /// - Throws: `MemoryError.malformed`.
  func expectPlain(in path: String) throws(MemoryError) {
    guard groups.allSatisfy(\.isPlain) else {
      throw .malformed(
        path: path, what: "rows that stand for one token each have other numbers of tokens",
        expected: "as many tokens as rows in every group")
    }
  }

  /// Rows and tokens of each group.
  static func groups(
    of name: String, in file: SafetensorsFile
  ) throws(ModelFileError) -> [Group] {
    let table = try file.require("\(name).groups")
    let counts = try file.tensor("\(name).groups", shape: [table.shape.first ?? 0, 2]).int64s()
    return stride(from: 0, to: counts.count, by: 2).map {
      // A count below zero is refused as unsound; one beyond memory fits no tensor.
      Group(
        rows: Int(min(max(counts[$0], 0), 1 << 40)),
        sources: Int(min(max(counts[$0 + 1], 0), 1 << 40)))
    }
  }
}

extension RowSources {
  func save(_ name: String, into writer: inout SafetensorsWriter) {
    writer.add("\(name).tokens", int32s: tokens, shape: [count])
    writer.add("\(name).journal", int64s: journal.map(Int64.init), shape: [count])
    writer.add("\(name).places", int64s: places.map(Int64.init), shape: [count])
    writer.add("\(name).spoken", uint8s: isSpoken.map { $0 ? 1 : 0 }, shape: [count])
    writer.add("\(name).surprisals", floats: surprisals, shape: [count])
  }

  /// The tokens of a bank in a memory file.
  init(_ name: String, count: Int, in file: SafetensorsFile) throws(ModelFileError) {
    func part(_ part: String) throws(ModelFileError) -> SafetensorsTensor {
      try file.tensor("\(name).\(part)", shape: [count])
    }
    tokens = try part("tokens").int32s()
    journal = try part("journal").int64s().map { $0 >= 0 && $0 < 1 << 40 ? Int($0) : -1 }
    places = try part("places").int64s().map { Int(clamping: $0) }
    isSpoken = try part("spoken").uint8s().map { $0 != 0 }
    surprisals = try part("surprisals").floats()
  }

  /// Whether places are places and surprisals numbers.
  var isSound: Bool {
    places.allSatisfy { $0 >= 0 && $0 < 1 << 40 } && surprisals.allSatisfy(\.isFinite)
  }
}

extension EncodedRows {
  func save(_ name: String, into writer: inout SafetensorsWriter) {
    writer.add(name, type: type.tensorType, shape: tensorShape(count), bytes: data)
  }

  init(
    _ name: String, count: Int, in file: SafetensorsFile, shape: RowShape, type: RowType
  ) throws(ModelFileError) {
    let expected = EncodedRows(shape: shape, type: type).tensorShape(count)
    let tensor = try file.tensor(name, shape: expected)
    guard tensor.type == type.tensorType,
      let rows = EncodedRows(shape: shape, type: type, count: count, data: tensor.data)
    else {
      throw .wrongTensor(
        path: file.path, name: name, found: "of type \(tensor.type.rawValue)",
        expected: type.tensorType.rawValue)
    }
    self = rows
  }

  /// Adds rows whose number is not known beforehand as bytes, U8 [rows, bytes].
  func save(asBytes name: String, into writer: inout SafetensorsWriter) {
    writer.add(name, type: .u8, shape: [count, rowBytes], bytes: data)
  }

  /// Reads rows that were saved as bytes.
  ///
  /// - Parameter counts: how many there may be.
  /// - Throws: `MemoryError.file` where the tensor is missing, `.malformed` where it is not such rows.
  init(
    asBytes name: String, in file: SafetensorsFile, shape: RowShape, type: RowType,
    counts: Set<Int>
  ) throws(MemoryError) {
    let tensor: SafetensorsTensor
    do throws(ModelFileError) { tensor = try file.require(name) } catch { throw .file(error) }
    guard tensor.type == .u8, let count = tensor.shape.first, counts.contains(count),
      let rows = EncodedRows(shape: shape, type: type, count: count, data: tensor.data),
      rows.isSound
    else {
      throw .malformed(
        path: file.path, what: "\(name) does not fit the rows beside it",
        expected: "as many rows, or none")
    }
    self = rows
  }

  private func tensorShape(_ count: Int) -> [Int] {
    type == .q8_0 ? [count, rowBytes] : [count, shape.layers, shape.heads, shape.dimension]
  }
}

extension RowType {
  /// The type of their tensors in a file.
  fileprivate var tensorType: SafetensorsType {
    switch self {
    case .f32: .f32
    case .f16: .f16
    case .q8_0: .u8
    }
  }
}

extension SafetensorsFile {
  /// The counts of tokens written and of updates rejected.
  ///
  /// - Throws: `MemoryError.file` where the tensor is missing, `.malformed` where they are no counts.
  func counters(_ name: String) throws(MemoryError) -> (written: Int, rejected: Int) {
    let counts: [Int64]
    do throws(ModelFileError) {
      counts = try tensor(name, shape: [2]).int64s()
    } catch {
      throw .file(error)
    }
    guard counts.allSatisfy({ $0 >= 0 && $0 < 1 << 40 }) else {
      throw .malformed(
        path: path, what: "\(name) holds numbers that are no counts",
        expected: "tokens written and updates rejected")
    }
    return (Int(counts[0]), Int(counts[1]))
  }

  /// A tensor that must have a shape.
  func tensor(_ name: String, shape: [Int]) throws(ModelFileError) -> SafetensorsTensor {
    let tensor = try require(name)
    guard tensor.shape == shape else {
      throw .wrongTensor(path: path, name: name, found: "\(tensor.shape)", expected: "\(shape)")
    }
    return tensor
  }
}
