import Memory
import Tensors
import Transformer

/// Compares remembered rows with each other and with queries of the text they were made of.
///
/// Queries and keys are compared before RoPE, as if all rows stood at one distance.
struct RowAttention {
  private let context: ModuleContext

  init(_ context: ModuleContext) { self.context = context }

  private var model: TransformerConfiguration { context.model.configuration }
  private var group: Int { model.headCount / model.keyValueHeadCount }

  /// The attention that each row gets from the queries of the last tokens, each of which sees the rows up to its own; over
  /// all blocks and heads.
  ///
  /// - Parameter queries: of the last rows' tokens; of as many as there are rows, or fewer.
  /// - Returns: [rows]; a query gives one in all, shared over blocks and heads.
  func attention(on rows: RowBank, by queries: EncodedRows) -> [Float] {
    let count = rows.count
    guard queries.count <= count else { return [Float](repeating: 0, count: count) }
    let layers = model.layerCount
    let parts = layers * model.headCount
    var masses = [[Float]](repeating: [], count: parts)
    let tables = (0..<layers).map {
      (rows.keys.decoded(layer: $0), queries.decoded(layer: $0))
    }
    masses.withUnsafeMutableBufferPointer { masses in
      nonisolated(unsafe) let masses = masses
      context.model.threads.parallel(parts) { range in
        for index in range {
          let (layer, head) = (index / model.headCount, index % model.headCount)
          masses[index] = mass(
            queries: tables[layer].1.head(
              head, of: model.headCount, dimension: model.headDimension),
            keys: tables[layer].0.head(
              head / group, of: model.keyValueHeadCount, dimension: model.headDimension),
            count: count, queryCount: queries.count)
        }
      }
    }
    return masses.reduce(into: [Float](repeating: 0, count: count)) { sum, mass in
      for index in sum.indices { sum[index] += mass[index] / Float(parts) }
    }
  }

  /// Column sums of causal attention.
  private func mass(
    queries: [Float], keys: [Float], count: Int, queryCount: Int
  ) -> [Float] {
    var scores = LinearAlgebra.product(
      queries, keys, m: queryCount, n: count, k: model.headDimension, transposeB: true)
    var mass = [Float](repeating: 0, count: count)
    scores.withUnsafeMutableBufferPointer { scores in
      guard let start = scores.baseAddress else { return }
      for query in 0..<queryCount {
        let line = start + query * count
        let seen = count - queryCount + query + 1
        for key in 0..<seen { line[key] *= model.attentionScale }
        _ = LinearAlgebra.softmax(line, count: seen)
        for key in 0..<seen { mass[key] += line[key] }
      }
    }
    return mass
  }

  /// The attention that each group of rows gets from the queries of the last tokens, in units of what it would get if every
  /// row got the same.
  func shares(of rows: RowBank, by queries: EncodedRows) -> [Float] {
    let mass = attention(on: rows, by: queries)
    let even = evenShares(rows: rows.count, queries: queries.count)
    return zip(rows.starts, rows.groups).map { start, group in
      let own = start.rows..<start.rows + group.rows
      return mass[own].reduce(0, +) / max(even[own].reduce(0, +), 1e-6)
    }
  }

  /// What each row would get from the queries of the last tokens if every row got the same from those that see it, [rows].
  func evenShares(rows: Int, queries: Int) -> [Float] {
    var even = [Float](repeating: 0, count: rows)
    var sum: Float = 0
    for row in even.indices.reversed() {
      // The query of this row's own token sees it and all before it.
      if row >= rows - queries { sum += 1 / Float(row + 1) }
      even[row] = sum
    }
    return even
  }

  /// How alike tokens are: the cosines of their keys in the upper third of the blocks, none below 0, [tokens, tokens].
  func similarity(_ rows: RowBank) -> [Float] {
    let count = rows.count
    var sum = [Float](repeating: 0, count: count * count)
    let dimension = model.headDimension
    for layer in (model.layerCount * 2 / 3)..<model.layerCount {
      let table = rows.keys.decoded(layer: layer)
      for index in 0..<model.keyValueHeadCount {
        var keys = table.head(index, of: model.keyValueHeadCount, dimension: dimension)
        // What all keys share says nothing.
        let mean = (0..<dimension).map { column in
          (0..<count).reduce(Float(0)) { $0 + keys[$1 * dimension + column] } / Float(count)
        }
        for row in 0..<count {
          var square: Float = 0
          for column in 0..<dimension {
            keys[row * dimension + column] -= mean[column]
            square += keys[row * dimension + column] * keys[row * dimension + column]
          }
          let scale = square > 0 ? 1 / square.squareRoot() : 0
          for column in 0..<dimension { keys[row * dimension + column] *= scale }
        }
        let cosines = LinearAlgebra.product(
          keys, keys, m: count, n: count, k: dimension, transposeB: true)
        for index in sum.indices { sum[index] += max(0, cosines[index]) }
      }
    }
    return sum
  }
}

extension [Float] {
  /// The columns of one head of a table [rows, heads x dimension]: [rows, dimension].
  func head(_ index: Int, of heads: Int, dimension: Int) -> [Float] {
    stride(from: index * dimension, to: count, by: heads * dimension).flatMap {
      self[$0..<$0 + dimension]
    }
  }
}

extension RowMemory {
  /// The taps of queries, in every block.
  var queryTaps: [HookPoint] { (0..<shape.layers).map { .block($0, .q) } }

  /// The queries of a commit's learned tokens.
  func learnedQueries(_ commit: CommittedRows) -> EncodedRows {
    let kind = RowShape(queriesOf: context.model.configuration)
    let learned = commit.rowsToLearn
    let tables = queryTaps.map { tap in
      let table = commit.rows(at: tap)
      return learned.flatMap { table[$0 * kind.columns..<($0 + 1) * kind.columns] }
    }
    return EncodedRows(tables, shape: kind, type: configuration.type)
  }
}
