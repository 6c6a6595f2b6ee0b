package import Memory
package import ModelFiles

/// Rows that were chosen and fitted head by head: every head of every block keeps rows of its own, some many, most few.
///
/// They lie in groups: what was compacted together. Within a group the rows of one head after those of another, in the order of
/// the blocks.
package struct HeadRows: GroupedRows, Sendable, Equatable {
  /// What was compacted together.
  package struct Group: RowGroup, Sendable, Equatable {
    /// Rows of each head, [blocks x heads].
    package var counts: [Int]
    package var sources: Int

    /// Of all heads together.
    package var rows: Int { counts.reduce(0, +) }
  }

  /// The rows of one head that are made into a group.
  package struct Head: Sendable, Equatable {
    /// Before RoPE, [rows, head dimension].
    package var keys: [Float]
    package var values: [Float]
    /// Added to the score of each row.
    package var biases: [Float]
    /// The place in the stream at which each row's key stands.
    package var anchors: [Int]

    package init(keys: [Float], values: [Float], biases: [Float], anchors: [Int]) {
      self.keys = keys
      self.values = values
      self.biases = biases
      self.anchors = anchors
    }
  }

  package let shape: RowShape
  package let type: RowType
  package private(set) var groups: [Group] = []
  package private(set) var sources = RowSources()
  private var keys: EncodedRows
  private var values: EncodedRows
  private var biases: [Float] = []
  private var anchors: [Int32] = []

  /// No rows.
  package init(shape: RowShape, type: RowType) {
    self.shape = shape
    self.type = type
    let one = RowShape(layers: 1, heads: 1, dimension: shape.dimension)
    keys = EncodedRows(shape: one, type: type)
    values = keys
  }

  package var isEmpty: Bool { groups.isEmpty }
  /// Rows, where every head of every block counts as a part of one.
  package var count: Int { perHead(keys.count) }

  /// The same of some groups.
  func count(of groups: [Int]) -> Int { perHead(groups.reduce(0) { $0 + self.groups[$1].rows }) }

  private func perHead(_ rows: Int) -> Int {
    let heads = shape.layers * shape.heads
    return (rows + heads - 1) / heads
  }
  package var byteCount: Int {
    keys.data.count + values.data.count + 8 * biases.count + 25 * sources.count
  }

  /// Appends a group.
  ///
  /// - Parameter heads: [blocks x heads].
  package mutating func append(_ heads: [Head], sources added: RowSources) {
    precondition(heads.count == shape.layers * shape.heads, "rows of every head")
    for head in heads {
      keys.append(EncodedRows([head.keys], shape: keys.shape, type: type))
      values.append(EncodedRows([head.values], shape: keys.shape, type: type))
      biases += head.biases
      anchors += head.anchors.map { Int32(clamping: $0) }
    }
    groups.append(Group(counts: heads.map(\.biases.count), sources: added.count))
    sources.append(added)
  }

  /// Appends the groups of other rows of the same kind.
  package mutating func append(_ other: HeadRows) {
    keys.append(other.keys)
    values.append(other.values)
    biases += other.biases
    anchors += other.anchors
    groups += other.groups
    sources.append(other.sources)
  }

  /// Some groups, in the order given.
  package func groups(_ kept: [Int]) -> HeadRows {
    let starts = starts
    var part = HeadRows(shape: shape, type: type)
    for index in kept {
      let (group, start) = (groups[index], starts[index])
      let rows = start.rows..<start.rows + group.rows
      part.keys.append(keys[rows])
      part.values.append(values[rows])
      part.biases += biases[rows]
      part.anchors += anchors[rows]
      part.sources.append(sources.rows(start.sources..<start.sources + group.sources))
      part.groups.append(group)
    }
    return part
  }

  /// The rows that every head of a block has in some groups, group by group.
  func heads(layer: Int, groups: [Int]) -> [[Head]] {
    let starts = starts
    return (0..<shape.heads).map { head in
      groups.map { self.head(head, layer: layer, group: $0, from: starts[$0].rows) }
    }
  }

  /// The rows that a head of a block has in a group.
  package func head(_ head: Int, layer: Int, group index: Int) -> Head {
    self.head(head, layer: layer, group: index, from: starts[index].rows)
  }

  private func head(_ head: Int, layer: Int, group index: Int, from start: Int) -> Head {
    let place = layer * shape.heads + head
    let first = start + groups[index].counts[..<place].reduce(0, +)
    let rows = Array(first..<first + groups[index].counts[place])
    return Head(
      keys: keys.decoded(layer: 0, rows: rows), values: values.decoded(layer: 0, rows: rows),
      biases: rows.map { biases[$0] }, anchors: rows.map { Int(anchors[$0]) })
  }

  package mutating func remapJournal(_ newIndex: (Int) -> Int?) { sources.remap(newIndex) }

  // MARK: - File

  /// Adds the rows to a memory file: the tensors of a `RowBank`'s tokens, and
  ///
  /// | tensor | type, shape |
  /// |---|---|
  /// | `<name>.keys`, `<name>.values` | F32 or F16 [rows, 1, 1, head dimension], or Q8_0 blocks as U8 [rows, bytes] |
  /// | `<name>.biases`, `<name>.anchors` | F32, I32 [rows] |
  /// | `<name>.counts` | I64 [groups, blocks, heads]: rows of each head |
  /// | `<name>.groups` | I64 [groups, 2]: rows and tokens of each |
  package func save(_ name: String, into writer: inout SafetensorsWriter) {
    keys.save("\(name).keys", into: &writer)
    values.save("\(name).values", into: &writer)
    sources.save(name, into: &writer)
    writer.add("\(name).biases", floats: biases, shape: [biases.count])
    writer.add("\(name).anchors", int32s: anchors, shape: [anchors.count])
    writer.add(
      "\(name).counts", int64s: groups.flatMap { $0.counts.map(Int64.init) },
      shape: [groups.count, shape.layers, shape.heads])
    writer.add(
      "\(name).groups",
      int64s: groups.flatMap { [Int64($0.rows), Int64($0.sources)] },
      shape: [groups.count, 2])
  }

  /// Reads the rows of a memory file; their bytes stay in the mapped file.
  ///
  /// - Throws: `MemoryError.file`, `.malformed`, as `RowBank` does.
  package init(
    _ name: String, in file: SafetensorsFile, shape: RowShape, type: RowType
  ) throws(MemoryError) {
    self.init(shape: shape, type: type)
    let fault = MemoryError.malformed(
      path: file.path, what: "the rows \(name) are not sound",
      expected: "rows and tokens in every group, values of at most \(Int(type.largest))")
    let totals: [RowBank.Group]
    let counts: [Int64]
    do throws(ModelFileError) {
      totals = try RowBank.groups(of: name, in: file)
      let rows = totals.reduce(0) { min(1 << 40, $0 + $1.rows) }
      keys = try EncodedRows("\(name).keys", count: rows, in: file, shape: keys.shape, type: type)
      values = try EncodedRows(
        "\(name).values", count: rows, in: file, shape: keys.shape, type: type)
      sources = try RowSources(
        name, count: totals.reduce(0) { min(1 << 40, $0 + $1.sources) }, in: file)
      biases = try file.floats("\(name).biases", shape: [rows])
      anchors = try file.tensor("\(name).anchors", shape: [rows]).int32s()
      counts = try file.tensor(
        "\(name).counts", shape: [totals.count, shape.layers, shape.heads]
      ).int64s()
    } catch {
      throw .file(error)
    }
    let heads = shape.layers * shape.heads
    groups = totals.enumerated().map { index, total in
      Group(
        counts: counts[index * heads..<(index + 1) * heads].map { Int(min(max($0, 0), 1 << 40)) },
        sources: total.sources)
    }
    guard totals.allSatisfy({ $0.rows > 0 && $0.sources > 0 }), counts.allSatisfy({ $0 >= 0 }),
      zip(groups, totals).allSatisfy({ group, total in
        group.counts.reduce(0) { min(1 << 40, $0 + $1) } == total.rows
      }),
      keys.isSound, values.isSound, sources.isSound,
      biases.allSatisfy({ $0.magnitude < 1e4 }), anchors.allSatisfy({ $0 >= 0 })
    else { throw fault }
  }
}
