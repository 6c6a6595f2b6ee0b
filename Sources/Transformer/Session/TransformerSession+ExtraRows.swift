import Tensors

extension TransformerSession {
  /// The extra rows of all providers for one block, rotated and regrouped by head; nil when there are none.
  func gatherExtraRows(
    layer: Int, positions: Range<Int>, tokens: ArraySlice<Int32>
  ) -> ExtraRows? {
    let configuration = model.configuration
    let columns = configuration.keyValueHeadCount * configuration.headDimension
    let parts = hooks.extraRows(layer: layer) {
      HookContext(
        point: .block(layer, .k), positions: positions, columns: columns, tokens: Array(tokens))
    }
    guard !parts.isEmpty else {
      preparedRows[layer] = nil
      return nil
    }
    let identities = parts.compactMap(\.identity)
    if let known = preparedRows[layer], identities.count == parts.count,
      known.identities.elementsEqual(identities, by: ===)
    {
      return known.rows
    }
    let rows = ExtraRows(
      parts, heads: configuration.keyValueHeadCount, dimension: configuration.headDimension,
      rotary: rotary(layer: layer))
    // Rows with an identity are kept for the next pass.
    preparedRows[layer] = identities.count == parts.count ? (identities, rows) : nil
    return rows
  }
}

/// Extra key/value rows, contiguous per head like the cache.
final class ExtraRows {
  /// Rows whose keys stand at one distance from every query.
  struct Distant {
    let rows: Range<Int>
    /// The position queries are rotated to for these rows.
    let distance: Int
  }

  let count: Int
  private let heads: Int
  private let dimension: Int
  private let storage: UnsafeMutablePointer<Float>  // [2, heads, count, dimension]: keys, values
  private var biases: [Float]  // [heads, count]
  private(set) var visibleFrom: [Int]  // [count]
  /// In order; all other rows are scored with queries as they are.
  private(set) var distant: [Distant] = []
  /// How much further back tokens before `gapStart` stand for queries from there on.
  let gap: Int
  let gapStart: Int

  /// Rotates and regroups the rows of some providers.
  init(_ parts: [ExtraKeyValues], heads: Int, dimension: Int, rotary: RotaryEmbedding) {
    count = parts.reduce(0) { $0 + $1.count }
    self.heads = heads
    self.dimension = dimension
    storage = .allocate(capacity: 2 * heads * count * dimension)
    biases = [Float](repeating: 0, count: heads * count)
    visibleFrom = [Int](repeating: .min, count: count)
    gap = parts.map(\.gap).max() ?? 0
    gapStart = parts.filter { $0.gap > 0 }.map(\.visibleFrom).min() ?? 0
    var first = 0
    for part in parts {
      add(part, at: first, rotary)
      first += part.count
    }
  }

  deinit { storage.deallocate() }

  private func add(_ part: ExtraKeyValues, at first: Int, _ rotary: RotaryEmbedding) {
    let columns = heads * dimension
    precondition(
      part.keys.count == part.count * columns, "extra rows of another width than the model's")
    let positions = part.constantDistance == nil ? part.positions : nil
    let placesPerRow = positions.map { $0.count / max(1, part.count) } ?? 1
    let biasesPerRow = part.logBias.count / max(1, part.count)
    precondition(
      [placesPerRow, biasesPerRow].allSatisfy { $0 == 1 || $0 == heads },
      "positions and biases of extra rows are of all heads or of each")
    for row in 0..<part.count {
      visibleFrom[first + row] = part.visibleFrom
      for head in 0..<heads {
        let key = keys(head: head) + (first + row) * dimension
        let value = values(head: head) + (first + row) * dimension
        for index in 0..<dimension {
          key[index] = part.keys[row * columns + head * dimension + index]
          value[index] = part.values[row * columns + head * dimension + index]
        }
        biases[head * count + first + row] =
          part.logBias[row * biasesPerRow + (biasesPerRow == 1 ? 0 : head)]
        let place = positions.map { $0[row * placesPerRow + (placesPerRow == 1 ? 0 : head)] }
        // At position 0 nothing turns, but keys get the length that they have in the model.
        if let position = place ?? part.constantDistance.map({ _ in 0 }) {
          rotary.rotateAnywhere(key, heads: 1, position: position)
        }
      }
    }
    if let distance = part.constantDistance, part.count > 0 {
      distant.append(Distant(rows: first..<first + part.count, distance: distance))
    }
  }

  /// How many of the queries at some positions, counted from the first, see none of the rows.
  func hiddenRows(of positions: Range<Int>) -> Int {
    let first = visibleFrom.min() ?? .min
    return first <= positions.lowerBound
      ? 0 : min(first, positions.upperBound) - positions.lowerBound
  }

  func keys(head: Int) -> UnsafeMutablePointer<Float> { storage + head * count * dimension }

  func values(head: Int) -> UnsafeMutablePointer<Float> {
    storage + (heads + head) * count * dimension
  }

  /// Calls `body` with the log biases of one head, [count].
  func withBiases<T>(head: Int, _ body: (UnsafePointer<Float>) -> T) -> T? {
    biases.withUnsafeBufferPointer { biases in
      biases.baseAddress.map { body($0 + head * count) }
    }
  }

  /// Scores of queries: y[t, j] = q[t] . key j.
  ///
  /// - Parameters:
  ///   - q: rotated queries of heads that share these keys, `count` of them `ldx` elements apart.
  ///   - position: of each query.
  ///   - y: rows `ldy` elements apart.
  func scores(
    head: Int, of q: UnsafePointer<Float>, ldx: Int, count asked: Int, position: (Int) -> Int,
    into y: UnsafeMutablePointer<Float>, ldy: Int, rotary: RotaryEmbedding
  ) {
    LinearAlgebra.rowProducts(
      keys(head: head), q, ldx: ldx, count: asked, into: y, ldy: ldy, rows: count,
      columns: dimension)
    for part in distant {
      // Rotations add up: turned on by the difference, a query is where it has to be.
      withUnsafeTemporaryAllocation(of: Float.self, capacity: asked * dimension) { turned in
        guard let start = turned.baseAddress else { return }
        for row in 0..<asked {
          (start + row * dimension).update(from: q + row * ldx, count: dimension)
          rotary.turn(start + row * dimension, by: part.distance - position(row))
        }
        LinearAlgebra.rowProducts(
          keys(head: head) + part.rows.lowerBound * dimension, start, ldx: dimension,
          count: asked, into: y + part.rows.lowerBound, ldy: ldy, rows: part.rows.count,
          columns: dimension)
      }
    }
  }
}
