package import Transformer

/// Rows that are to be shown, oldest first.
package struct RowPart {
  private enum Rows {
    /// The same tokens in every head.
    case whole(RowBank, rows: [Int])
    /// Every head's own, of some groups.
    case byHead(HeadRows, groups: [Int])
  }

  private let content: Rows
  /// For each shown row the place in the stream it stands for; of rows by head, which have each their own, nothing.
  package let places: [Int]
  /// For each shown row the log of the tokens it stands for.
  package let weights: [Float]
  /// The place after the newest token that its rows lie before; nil where it is that of all rows of the memory.
  private(set) var end: Int?
  /// The newest tokens that the rows stand for.
  package let tail: ArraySlice<Int32>
  /// Whether they end with words that lead to the question, so that no border is needed between.
  package let leadsToQuestion: Bool
  /// The tokens that were read again for the question, without what stands around them; empty for rows as they are stored.
  package let readAgain: [Int32]

  /// The rows of some groups of a bank.
  ///
  /// - Parameters:
  ///   - groups: all of them when nil.
  ///   - end: the place after the newest token that these rows lie before, where it is not that of all rows.
  ///   - leadsToQuestion: whether they end with words that lead to the question.
  ///   - readAgain: the tokens that were read again, where the bank was made for a question.
  ///   - hears: whether a token's row may be shown, by its place among the bank's sources. Of a group that was made of several
  ///     tokens together, all are shown or none: it is left out where no token may be shown, or one must not.
  package init(
    _ bank: RowBank, groups: [Int]? = nil, end: Int? = nil, leadsToQuestion: Bool = false,
    readAgain: [Int32] = [], hears: (Int) -> Bool = { _ in true }
  ) {
    self.end = end
    self.leadsToQuestion = leadsToQuestion
    self.readAgain = readAgain
    var (rows, places, weights): ([Int], [Int], [Float]) = ([], [], [])
    let starts = bank.starts
    var last = 0
    for index in groups ?? Array(bank.groups.indices) {
      let (group, start) = (bank.groups[index], starts[index])
      if group.isPlain {
        for row in 0..<group.rows where hears(start.sources + row) {
          rows.append(start.rows + row)
          places.append(bank.sources.places[start.sources + row])
          weights.append(0)
          last = start.sources + row + 1
        }
      } else if (start.sources..<start.sources + group.sources).allSatisfy(hears) {
        let weight = (Float(group.sources) / Float(group.rows)).logarithm
        for row in 0..<group.rows {
          rows.append(start.rows + row)
          // The middle of the row's share of the tokens.
          let middle = (2 * row + 1) * group.sources / (2 * group.rows)
          places.append(bank.sources.places[start.sources + middle])
          weights.append(weight)
        }
        last = start.sources + group.sources
      }
    }
    content = .whole(bank, rows: rows)
    (self.places, self.weights) = (places, weights)
    tail = bank.sources.tokens.prefix(last)
  }

  /// The rows of some groups, every head's own.
  ///
  /// - Parameter hears: whether a group's tokens may be shown, as above.
  package init(
    _ rows: HeadRows, groups: [Int]? = nil, end: Int? = nil, hears: (Int) -> Bool = { _ in true }
  ) {
    let starts = rows.starts
    let kept = (groups ?? Array(rows.groups.indices)).filter { index in
      let first = starts[index].sources
      return (first..<first + rows.groups[index].sources).allSatisfy(hears)
    }
    content = .byHead(rows, groups: kept)
    (places, weights) = ([], [])
    self.end = end
    leadsToQuestion = false
    readAgain = []
    tail = rows.sources.tokens.prefix(
      kept.last.map { starts[$0].sources + rows.groups[$0].sources } ?? 0)
  }

  /// Rows that a head sees; of rows by head their mean.
  package var count: Int {
    switch content {
    case .whole(_, let rows): rows.count
    case .byHead(let rows, let groups): rows.count(of: groups)
    }
  }

  package var isEmpty: Bool {
    switch content {
    case .whole(_, let rows): rows.isEmpty
    case .byHead(_, let groups): groups.isEmpty
    }
  }

  /// The same rows with room for some tokens after them.
  ///
  /// - Parameter end: where they end so far, if they do not say.
  func moved(by tokens: Int, from end: Int) -> RowPart {
    var moved = self
    moved.end = (self.end ?? end) + tokens
    return moved
  }

  /// The rows of one block.
  fileprivate func table(layer: Int, _ stand: RowStand) -> RowTable {
    let end = end ?? stand.end
    switch content {
    case .whole(let bank, let rows):
      return RowTable(
        count: rows.count, keys: bank.keys.decoded(layer: layer, rows: rows),
        values: bank.values.decoded(layer: layer, rows: rows),
        positions: places.map { stand.position(place: $0, end: end) },
        biases: weights.map { stand.opening + $0 })
    case .byHead(let rows, let groups):
      return RowTable(
        heads: rows.heads(layer: layer, groups: groups), dimension: rows.shape.dimension,
        position: { stand.position(place: $0, end: end) }, stand)
    }
  }
}

/// Where the rows of one view stand, and how loud they are.
package struct RowStand {
  let positions: RowPositions
  /// The place after the newest token that the rows lie before.
  let end: Int
  /// Added to the scores of all rows.
  let opening: Float
  /// The first position that sees the rows; they stand right before it.
  let visibleFrom: Int

  package init(positions: RowPositions, end: Int, opening: Float, visibleFrom: Int) {
    self.positions = positions
    self.end = end
    self.opening = opening
    self.visibleFrom = visibleFrom
  }

  func position(place: Int, end: Int) -> Int {
    positions.position(place: place, end: end, before: visibleFrom)
  }
}

/// Rows of one block as attention gets them.
private struct RowTable {
  let count: Int
  var keys: [Float]  // [count, heads x dimension]
  var values: [Float]
  /// [count], or [count, heads] where heads have rows of their own.
  var positions: [Int]
  var biases: [Float]
  var isByHead = false

  init(count: Int, keys: [Float], values: [Float], positions: [Int], biases: [Float]) {
    self.count = count
    self.keys = keys
    self.values = values
    self.positions = positions
    self.biases = biases
  }

  /// Every head's own rows; a head with fewer than another has closed ones instead.
  ///
  /// - Parameter heads: per head its rows, group by group.
  init(
    heads: [[HeadRows.Head]], dimension: Int, position: (Int) -> Int, _ stand: RowStand
  ) {
    count = heads.map { $0.reduce(0) { $0 + $1.anchors.count } }.max() ?? 0
    let columns = heads.count * dimension
    keys = [Float](repeating: 0, count: count * columns)
    values = keys
    positions = [Int](repeating: stand.visibleFrom - 1, count: count * heads.count)
    biases = [Float](repeating: -.infinity, count: count * heads.count)
    isByHead = true
    for (index, groups) in heads.enumerated() {
      var next = 0
      for group in groups {
        for row in group.anchors.indices {
          for column in 0..<dimension {
            keys[next * columns + index * dimension + column] = group.keys[row * dimension + column]
            values[next * columns + index * dimension + column] =
              group.values[row * dimension + column]
          }
          positions[next * heads.count + index] = position(group.anchors[row])
          biases[next * heads.count + index] = stand.opening + group.biases[row]
          next += 1
        }
      }
    }
  }

  /// The same with positions and biases for each of some heads.
  func byHead(_ heads: Int) -> RowTable {
    guard !isByHead else { return self }
    var table = self
    table.positions = positions.flatMap { [Int](repeating: $0, count: heads) }
    table.biases = biases.flatMap { [Float](repeating: $0, count: heads) }
    table.isByHead = true
    return table
  }
}

extension [RowPart] {
  /// The rows of one block for attention; nil where there are none.
  package func extra(layer: Int, heads: Int, _ stand: RowStand) -> ExtraKeyValues? {
    var tables = map { $0.table(layer: layer, stand) }.filter { $0.count > 0 }
    guard !tables.isEmpty else { return nil }
    if tables.contains(where: \.isByHead) { tables = tables.map { $0.byHead(heads) } }
    let count = tables.reduce(0) { $0 + $1.count }
    var places = tables.flatMap(\.positions)
    if stand.positions.placement == .cache {
      let each = places.count / count
      let order = stand.positions.inOrder(count, before: stand.visibleFrom)
      places = order.flatMap { [Int](repeating: $0, count: each) }
    }
    var rows = ExtraKeyValues(
      count: count, keys: tables.flatMap(\.keys), values: tables.flatMap(\.values),
      positions: places, logBias: tables.flatMap(\.biases))
    rows?.constantDistance = stand.positions.constantDistance
    if stand.positions.constantDistance == nil {
      rows?.gap = stand.visibleFrom - (places.min() ?? stand.visibleFrom)
    }
    rows?.visibleFrom = stand.visibleFrom
    return rows
  }
}
