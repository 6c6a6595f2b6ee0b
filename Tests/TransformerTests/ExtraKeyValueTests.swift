import Foundation
import ModelFiles
import TestSupport
import Testing
import Transformer

/// Extra rows join the softmax: given a context's own keys and values, they stand for that context.
@Suite struct ExtraKeyValueTests {
  let model: TransformerModel
  let tokens: [Int32] = [1, 300, 301, 302, 303, 304, 305, 306, 307, 308]

  init() throws { model = try TinyModel().load() }

  /// The keys before RoPE and the values of the first `count` tokens, per block.
  private func record(_ count: Int) throws -> (keys: [[Float]], values: [[Float]]) {
    let layers = model.configuration.layerCount
    let session = TransformerSession(model: model)
    var keys = [[Float]](repeating: [], count: layers)
    var values = keys
    let handle = session.hooks.read(
      (0..<layers).flatMap { [HookPoint.block($0, .k), .block($0, .v)] }
    ) { context, span in
      let row = (0..<span.count).map { span[$0] }
      guard let layer = context.point.layer else { return }
      if context.point.site == .k { keys[layer] = row } else { values[layer] = row }
    }
    defer { handle.remove() }
    _ = try session.forward(Array(tokens[..<count]), logits: .none)
    return (keys, values)
  }

  @Test func aContextGivenAsExtraRowsIsAsGoodAsInTheCache() throws {
    let whole = try TransformerSession(model: model).forward(tokens, logits: .all)
    let (keys, values) = try record(4)
    // The rest at positions 0..<6 with the recorded rows rotated to -4..<0: only distances count.
    let session = TransformerSession(model: model)
    let handles = (0..<model.configuration.layerCount).map { layer in
      session.hooks.extendAttention(layer: layer) { context in
        #expect(context.point == .block(layer, .k))
        return ExtraKeyValues(
          count: 4, keys: keys[layer], values: values[layer], positions: [-4, -3, -2, -1])
      }
    }
    for chunks in [[6], [1, 1, 1, 1, 1, 1], [2, 4]] {
      session.reset()
      var row = 4
      for size in chunks {
        let part = try session.forward(Array(tokens[row..<row + size]), logits: .all)
        for index in 0..<size {
          let difference = zip(part[index], whole[row + index]).map { abs($0 - $1) }.max() ?? 1
          #expect(difference < 1e-4, "row \(row + index) of chunks \(chunks)")
        }
        row += size
      }
    }
    for handle in handles { handle.remove() }
    session.reset()
    let bare = try session.forward(Array(tokens[4...]), logits: .all)
    #expect(
      bare.values
        == (try TransformerSession(model: model).forward(Array(tokens[4...]), logits: .all)).values)
    #expect(bare.last != whole.last)
  }

  @Test func aRowThatStandsForTwoIsTwoRows() throws {
    let (keys, values) = try record(1)
    func run(_ rows: Int, bias: Float) throws -> [Float] {
      let session = TransformerSession(model: model)
      let handles = (0..<2).map { layer in
        session.hooks.extendAttention(layer: layer) { _ in
          ExtraKeyValues(
            count: rows, keys: (0..<rows).flatMap { _ in keys[layer] },
            values: (0..<rows).flatMap { _ in values[layer] },
            logBias: [Float](repeating: bias, count: rows))
        }
      }
      defer { for handle in handles { handle.remove() } }
      return try session.forward(Array(tokens[2...])).last
    }
    let two = try run(2, bias: 0)
    let weighted = try run(1, bias: log(2))
    let one = try run(1, bias: 0)
    #expect(zip(two, weighted).allSatisfy { abs($0 - $1) < 1e-4 })
    #expect(zip(two, one).contains { abs($0 - $1) > 1e-4 })
    // Closed by its bias, a row is not there.
    let closed = try run(1, bias: -.infinity)
    let plain = try TransformerSession(model: model).forward(Array(tokens[2...])).last
    #expect(closed == plain)
  }

  @Test func providersAreJoinedAndNoneIsNone() throws {
    let (keys, values) = try record(2)
    let width = keys[0].count / 2
    func slice(_ rows: [Float], _ row: Int) -> [Float] {
      Array(rows[row * width..<(row + 1) * width])
    }
    let together = TransformerSession(model: model)
    let both = together.hooks.extendAttention(layer: 0) { _ in
      ExtraKeyValues(count: 2, keys: keys[0], values: values[0])
    }
    let apart = TransformerSession(model: model)
    let parts = (0..<2).map { row in
      apart.hooks.extendAttention(layer: 0) { _ in
        ExtraKeyValues(count: 1, keys: slice(keys[0], row), values: slice(values[0], row))
      }
    }
    let silent = apart.hooks.extendAttention(layer: 1) { _ in nil }
    let empty = apart.hooks.extendAttention(layer: 1) { _ in
      ExtraKeyValues(count: 0, keys: [], values: [])
    }
    #expect(try together.forward(tokens).last == apart.forward(tokens).last)
    for handle in parts + [both, silent, empty] { handle.remove() }
    #expect(apart.hooks.isEmpty && together.hooks.isEmpty)
  }

  @Test func countsThatDisagreeMakeNoRows() {
    #expect(ExtraKeyValues(count: 2, keys: [1, 2, 3], values: [1, 2, 3]) == nil)
    #expect(ExtraKeyValues(count: 1, keys: [1, 2], values: [1]) == nil)
    #expect(ExtraKeyValues(count: 1, keys: [1], values: [1], positions: []) == nil)
    #expect(ExtraKeyValues(count: 1, keys: [1], values: [1], logBias: [0, 0]) == nil)
    #expect(ExtraKeyValues(count: 1, keys: [1], values: [1])?.logBias == [0])
  }

  @Test func positionsAndBiasesMayDifferByHead() throws {
    let (keys, values) = try record(4)
    let heads = model.configuration.keyValueHeadCount
    let dimension = model.configuration.headDimension
    try #require(heads > 1)
    let (places, biases) = ([-9, -7, -4, -1], [Float(0.5), -1, 0, 2])
    func run(_ made: @escaping (Int) -> ExtraKeyValues?) throws -> [Float] {
      let session = TransformerSession(model: model)
      let handles = (0..<model.configuration.layerCount).map { layer in
        session.hooks.extendAttention(layer: layer) { _ in made(layer) }
      }
      defer { for handle in handles { handle.remove() } }
      return try session.forward(Array(tokens[4...]), logits: .all).values
    }
    let together = try run { layer in
      ExtraKeyValues(
        count: 4, keys: keys[layer], values: values[layer], positions: places, logBias: biases)
    }
    // The last head has its rows in another order: attention does not mind.
    let order = (0..<4).map { row in (0..<heads).map { $0 == heads - 1 ? 3 - row : row } }
    func sorted(_ table: [Float]) -> [Float] {
      order.flatMap { row in
        (0..<heads).flatMap { head in
          let start = (row[head] * heads + head) * dimension
          return table[start..<start + dimension]
        }
      }
    }
    let apart = try run { layer in
      ExtraKeyValues(
        count: 4, keys: sorted(keys[layer]), values: sorted(values[layer]),
        positions: order.flatMap { $0.map { places[$0] } },
        logBias: order.flatMap { $0.map { biases[$0] } })
    }
    #expect(zip(together, apart).allSatisfy { abs($0 - $1) < 1e-4 })
    let wrong = try run { layer in
      ExtraKeyValues(
        count: 4, keys: sorted(keys[layer]), values: sorted(values[layer]), positions: places,
        logBias: biases)
    }
    #expect(zip(together, wrong).contains { abs($0 - $1) > 1e-3 })
  }

  @Test func rowsAtOneDistanceStandAtItForEveryQuery() throws {
    let (keys, values) = try record(3)
    func run(_ change: @escaping (inout ExtraKeyValues, HookContext) -> Void) throws -> [[Float]] {
      let session = TransformerSession(model: model)
      let handles = (0..<model.configuration.layerCount).map { layer in
        session.hooks.extendAttention(layer: layer) { context in
          var rows = ExtraKeyValues(count: 3, keys: keys[layer], values: values[layer])
          if rows != nil { change(&rows!, context) }
          return rows
        }
      }
      defer { for handle in handles { handle.remove() } }
      return try tokens[4...].map { try session.forward([$0]).last }
    }
    for distance in [0, 5] {
      let constant = try run { rows, _ in rows.constantDistance = distance }
      let moved = try run { rows, context in
        let place = context.positions.lowerBound - distance
        rows.positions = [place, place, place]
      }
      for (a, b) in zip(constant, moved) {
        #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-4 })
      }
    }
  }

  @Test func rowsAreSeenFromTheirPositionOnOnly() throws {
    let (keys, values) = try record(4)
    let bare = try TransformerSession(model: model).forward(Array(tokens[4...]), logits: .all)
    func run(visibleFrom: [Int], chunks: [Int]) throws -> [[Float]] {
      let session = TransformerSession(model: model)
      let handles = (0..<model.configuration.layerCount).flatMap { layer in
        visibleFrom.map { first in
          session.hooks.extendAttention(layer: layer) { _ in
            var rows = ExtraKeyValues(
              count: 4, keys: keys[layer], values: values[layer], positions: [-4, -3, -2, -1])
            rows?.visibleFrom = first
            return rows
          }
        }
      }
      defer { for handle in handles { handle.remove() } }
      var rows: [[Float]] = []
      for size in chunks {
        let start = 4 + rows.count
        let part = try session.forward(Array(tokens[start..<start + size]), logits: .all)
        rows += (0..<size).map { Array(part[$0]) }
      }
      return rows
    }
    let always = try run(visibleFrom: [.min], chunks: [6])
    for chunks in [[6], [1, 1, 1, 1, 1, 1], [2, 4], [3, 3]] {
      let rows = try run(visibleFrom: [3], chunks: chunks)
      for row in 0..<3 { #expect(rows[row] == Array(bare[row]), "row \(row) of \(chunks)") }
      #expect(rows[3] != Array(bare[3]))
      // Rows that are never seen beside rows that always are change nothing.
      let mixed = try run(visibleFrom: [.min, 100], chunks: chunks)
      for row in 0..<6 {
        let worst = zip(mixed[row], always[row]).map { abs($0 - $1) }.max() ?? 1
        #expect(worst < 1e-5, "row \(row) of \(chunks)")
      }
    }
    #expect(try run(visibleFrom: [.max], chunks: [6]).flatMap { $0 } == bare.values)
  }

  @Test func rowsOfOneIdentityArePreparedOnceAndRowsOfAnotherAnew() throws {
    let (keys, values) = try record(4)
    /// All rows of a session token by token; what the provider shows changes at the third.
    func run(_ first: RowIdentity?, _ second: RowIdentity?) throws -> [Float] {
      let session = TransformerSession(model: model)
      let handles = (0..<model.configuration.layerCount).map { layer in
        session.hooks.extendAttention(layer: layer) { context in
          let isEarly = context.positions.lowerBound < 3
          var rows = ExtraKeyValues(
            count: 4, keys: keys[layer], values: values[layer].map { isEarly ? $0 : -$0 },
            positions: [-4, -3, -2, -1])
          rows?.identity = isEarly ? first : second
          return rows
        }
      }
      defer { for handle in handles { handle.remove() } }
      return try tokens[4...].flatMap { try session.forward([$0], logits: .all).values }
    }
    let (a, b) = (RowIdentity(), RowIdentity())
    let plain = try run(nil, nil)
    #expect(try run(a, b) == plain)
    #expect(try run(a, nil) == plain)
    #expect(try run(nil, b) == plain)
    // Whoever calls other rows the same gets what was prepared.
    #expect(try run(a, a) != plain)
  }
}
