package import Transformer

/// Rows of a bank that are to be shown, oldest first.
package struct RowPart {
  let bank: RowBank
  /// The shown rows of the bank.
  package let rows: [Int]
  /// For each shown row the place in the stream it stands for.
  package let places: [Int]
  /// For each shown row the log of the tokens it stands for.
  package let weights: [Float]
  /// The place after the newest token that its rows lie before; nil where it is that of all rows of the memory.
  private(set) var end: Int?

  /// The rows of some groups.
  ///
  /// - Parameters:
  ///   - groups: all of them when nil.
  ///   - hears: whether a token's row may be shown, by its place among the bank's sources. Of a group that was made of several
  ///     tokens together, all are shown or none: it is left out where no token may be shown, or one must not.
  ///   - end: the place after the newest token that these rows lie before, where it is not that of all rows.
  package init(
    _ bank: RowBank, groups: [Int]? = nil, end: Int? = nil,
    hears: (Int) -> Bool = { _ in true }
  ) {
    self.bank = bank
    self.end = end
    var (rows, places, weights): ([Int], [Int], [Float]) = ([], [], [])
    let starts = bank.starts
    for index in groups ?? Array(bank.groups.indices) {
      let (group, start) = (bank.groups[index], starts[index])
      if group.isPlain {
        for row in 0..<group.rows where hears(start.sources + row) {
          rows.append(start.rows + row)
          places.append(bank.sources.places[start.sources + row])
          weights.append(0)
        }
      } else if (start.sources..<start.sources + group.sources).allSatisfy(hears) {
        let weight = (Float(group.sources) / Float(group.rows)).logarithm
        for row in 0..<group.rows {
          rows.append(start.rows + row)
          // The middle of the row's share of the tokens.
          let middle = (2 * row + 1) * group.sources / (2 * group.rows)
          places.append(bank.sources.places[start.sources + middle])
          weights.append(bank.fit == nil ? weight : 0)
        }
      }
    }
    (self.rows, self.places, self.weights) = (rows, places, weights)
  }
}

extension RowPart {
  /// The same rows with room for some tokens after them.
  ///
  /// - Parameter end: where they end so far, if they do not say.
  func moved(by tokens: Int, from end: Int) -> RowPart {
    var moved = self
    moved.end = (self.end ?? end) + tokens
    return moved
  }
}

extension [RowPart] {
  /// The rows of one block for attention; nil where there are none.
  ///
  /// - Parameters:
  ///   - end: the place after the newest token before the conversation.
  ///   - opening: added to the scores of all rows.
  ///   - visibleFrom: the first position that sees the rows; they stand right before it.
  package func extra(
    layer: Int, positions: RowPositions, end: Int, opening: Float, visibleFrom: Int
  ) -> ExtraKeyValues? {
    let count = reduce(0) { $0 + $1.rows.count }
    guard count > 0, let shape = first?.bank.shape else { return nil }
    let (keys, values) = reduce(into: ([Float](), [Float]())) { rows, part in
      rows.0 += part.bank.keys.decoded(layer: layer, rows: part.rows)
      rows.1 += part.bank.values.decoded(layer: layer, rows: part.rows)
    }
    let places = positions.positions(
      places: flatMap(\.places), ends: flatMap { part in part.rows.map { _ in part.end ?? end } },
      before: visibleFrom)
    let weights = flatMap(\.weights)
    var rows: ExtraKeyValues?
    if contains(where: { $0.bank.fit != nil }) {
      // By head: [rows, heads].
      var (anchors, biases): ([Int], [Float]) = ([], [])
      var next = 0
      for part in self {
        for row in part.rows {
          for head in 0..<shape.heads {
            let index = (row * shape.layers + layer) * shape.heads + head
            anchors.append(
              part.bank.fit.map {
                positions.position(
                  place: Int($0.anchors[index]), end: part.end ?? end, before: visibleFrom)
              } ?? places[next])
            biases.append(opening + weights[next] + (part.bank.fit?.biases[index] ?? 0))
          }
          next += 1
        }
      }
      rows = ExtraKeyValues(
        count: count, keys: keys, values: values, positions: anchors, logBias: biases)
    } else {
      rows = ExtraKeyValues(
        count: count, keys: keys, values: values, positions: places,
        logBias: weights.map { opening + $0 })
    }
    rows?.constantDistance = positions.constantDistance
    if positions.constantDistance == nil {
      let first = rows?.positions?.min() ?? visibleFrom
      rows?.gap = visibleFrom - first
    }
    rows?.visibleFrom = visibleFrom
    return rows
  }
}
