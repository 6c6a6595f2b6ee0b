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
    let total = parts.reduce(0) { $0 + $1.count }
    let rows = ExtraRows(
      count: total, heads: configuration.keyValueHeadCount, dimension: configuration.headDimension)
    let rotary = rotary(layer: layer)
    var next = 0
    for part in parts {
      precondition(
        part.keys.count == part.count * columns, "extra rows of another width than the model's")
      var keys = part.keys
      keys.withUnsafeMutableBufferPointer { keys in
        guard let start = keys.baseAddress else { return }
        for row in 0..<part.count {
          if let positions = part.positions {
            rotary.rotateAnywhere(
              start + row * columns, heads: configuration.keyValueHeadCount,
              position: positions[row])
          }
        }
      }
      for row in 0..<part.count {
        rows.set(
          next, keys: keys[row * columns..<(row + 1) * columns],
          values: part.values[row * columns..<(row + 1) * columns], logBias: part.logBias[row],
          visibleFrom: part.visibleFrom)
        next += 1
      }
    }
    // Rows with an identity are kept for the next pass.
    preparedRows[layer] = identities.count == parts.count ? (identities, rows) : nil
    return rows
  }
}

/// Extra key/value rows, contiguous per head like the cache.
final class ExtraRows {
  let count: Int
  private let heads: Int
  private let dimension: Int
  private let storage: UnsafeMutablePointer<Float>  // [2, heads, count, dimension]: keys, values
  private(set) var logBias: [Float]  // [count]
  private(set) var visibleFrom: [Int]  // [count]

  init(count: Int, heads: Int, dimension: Int) {
    self.count = count
    self.heads = heads
    self.dimension = dimension
    storage = .allocate(capacity: 2 * heads * count * dimension)
    logBias = [Float](repeating: 0, count: count)
    visibleFrom = [Int](repeating: .min, count: count)
  }

  /// How many of the queries at some positions, counted from the first, see none of the rows.
  func hiddenRows(of positions: Range<Int>) -> Int {
    let first = visibleFrom.min() ?? .min
    return first <= positions.lowerBound
      ? 0 : min(first, positions.upperBound) - positions.lowerBound
  }

  deinit { storage.deallocate() }

  func keys(head: Int) -> UnsafeMutablePointer<Float> { storage + head * count * dimension }

  func values(head: Int) -> UnsafeMutablePointer<Float> {
    storage + (heads + head) * count * dimension
  }

  func set(
    _ row: Int, keys: ArraySlice<Float>, values: ArraySlice<Float>, logBias bias: Float,
    visibleFrom first: Int
  ) {
    for head in 0..<heads {
      for index in 0..<dimension {
        self.keys(head: head)[row * dimension + index] =
          keys[keys.startIndex + head * dimension + index]
        self.values(head: head)[row * dimension + index] =
          values[values.startIndex + head * dimension + index]
      }
    }
    logBias[row] = bias
    visibleFrom[row] = first
  }
}
