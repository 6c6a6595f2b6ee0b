/// Keys and values of remembered rows in every block of a model, and the tokens that they stand for: what every memory of the
/// attention socket keeps.
///
/// Keys are stored before RoPE. Rows lie in groups: a group of r rows stands for s tokens. Where r = s, each row is the token of
/// its place. Otherwise the rows of a group were made of all its tokens together, such as a mean.
package struct RowBank: GroupedRows, Sendable, Equatable {
  /// Rows that belong together.
  package struct Group: RowGroup, Sendable, Equatable {
    package var rows: Int
    package var sources: Int

    package init(rows: Int, sources: Int) {
      self.rows = rows
      self.sources = sources
    }

    /// Whether each row is one token's.
    package var isPlain: Bool { rows == sources }
  }

  package private(set) var keys: EncodedRows
  package private(set) var values: EncodedRows
  package private(set) var sources = RowSources()
  package private(set) var groups: [Group] = []

  /// No rows.
  package init(shape: RowShape, type: RowType) {
    keys = EncodedRows(shape: shape, type: type)
    values = keys
  }

  /// Rows and their groups; without groups, plain rows that are one.
  package init(
    keys: EncodedRows, values: EncodedRows, sources: RowSources, groups: [Group]? = nil
  ) {
    self.keys = keys
    self.values = values
    self.sources = sources
    self.groups = groups ?? (keys.count > 0 ? [Group(rows: keys.count, sources: keys.count)] : [])
  }

  package var shape: RowShape { keys.shape }
  package var type: RowType { keys.type }
  package var count: Int { keys.count }
  package var isEmpty: Bool { keys.count == 0 }
  /// Bytes of rows and of what is noted of them.
  package var byteCount: Int {
    keys.data.count + values.data.count + 25 * sources.count
  }

  /// Appends rows; plain ones join the plain group before them unless they are to stand by themselves.
  package mutating func append(_ other: RowBank, joins: Bool = true) {
    guard !other.isEmpty else { return }
    keys.append(other.keys)
    values.append(other.values)
    sources.append(other.sources)
    var rest = other.groups[...]
    if joins, let last = groups.last, last.isPlain, let first = rest.first, first.isPlain {
      groups[groups.count - 1].rows += first.rows
      groups[groups.count - 1].sources += first.sources
      rest = rest.dropFirst()
    }
    groups += rest
  }

  /// Some groups, in the order given.
  package func groups(_ kept: [Int]) -> RowBank {
    let starts = starts
    var part = RowBank(shape: shape, type: type)
    for index in kept {
      let (group, start) = (groups[index], starts[index])
      let rows = start.rows..<start.rows + group.rows
      part.append(
        RowBank(
          keys: keys[rows], values: values[rows],
          sources: sources.rows(start.sources..<start.sources + group.sources), groups: [group]),
        joins: false)
    }
    return part
  }

  /// Removes and returns the first rows of a bank of plain rows.
  package mutating func removeFirst(_ count: Int) -> RowBank {
    precondition(groups.allSatisfy(\.isPlain), "only plain rows can be taken one by one")
    let first = plain(Array(0..<count))
    self = plain(Array(count..<self.count))
    return first
  }

  /// Some rows of a bank of plain rows, in the order given, as one group.
  package func plain(_ kept: [Int]) -> RowBank {
    RowBank(keys: keys.rows(kept), values: values.rows(kept), sources: sources.rows(kept))
  }

  /// Keeps the tokens whose place in the journal satisfies `isKept`; every group must be plain, and stays by itself.
  package mutating func keep(_ isKept: (Int) -> Bool) {
    var result = RowBank(shape: shape, type: type)
    for (group, start) in zip(groups, starts) {
      let kept = (start.rows..<start.rows + group.rows).filter { isKept(sources.journal[$0]) }
      result.append(plain(kept), joins: false)
    }
    self = result
  }

  /// Numbers the tokens' places in the stream anew.
  package mutating func renumber(from first: Int) {
    sources.places = Array(first..<first + sources.count)
  }

  package mutating func remapJournal(_ newIndex: (Int) -> Int?) { sources.remap(newIndex) }
}
