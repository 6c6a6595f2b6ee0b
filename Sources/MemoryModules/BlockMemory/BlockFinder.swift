import Memory
import Tensors
import Transformer

/// Compares queries and keys of a model: which rows a text attends to, which blocks a question does.
///
/// Queries and keys are compared before RoPE, as if all rows stood at one distance.
final class BlockFinder {
  /// The tokens before an answer whose queries are taken; earlier ones were asked before.
  private static let asked = 128

  private let context: ModuleContext
  private var recorder: ActivationRecorder?
  private var last: (prompt: [Int32], queries: [[Float]])?

  init(_ context: ModuleContext) { self.context = context }

  private var model: TransformerConfiguration { context.model.configuration }
  private var group: Int { model.headCount / model.keyValueHeadCount }

  /// The columns of one head, [rows, head dimension].
  private func head(_ index: Int, of heads: Int, _ table: [Float]) -> [Float] {
    let dimension = model.headDimension
    return stride(from: index * dimension, to: table.count, by: heads * dimension).flatMap {
      table[$0..<$0 + dimension]
    }
  }

  /// The attention that each row gets from the queries of the tokens after it, over all blocks and heads.
  func attention(on rows: RowBank, by queries: EncodedRows) -> [Float] {
    let count = rows.count
    guard queries.count == count else { return [Float](repeating: 0, count: count) }
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
            queries: self.head(head, of: model.headCount, tables[layer].1),
            keys: self.head(head / group, of: model.keyValueHeadCount, tables[layer].0),
            count: count)
        }
      }
    }
    return masses.reduce(into: [Float](repeating: 0, count: count)) { sum, mass in
      for index in sum.indices { sum[index] += mass[index] }
    }
  }

  /// Column sums of causal attention.
  private func mass(queries: [Float], keys: [Float], count: Int) -> [Float] {
    var scores = LinearAlgebra.product(
      queries, keys, m: count, n: count, k: model.headDimension, transposeB: true)
    var mass = [Float](repeating: 0, count: count)
    scores.withUnsafeMutableBufferPointer { scores in
      guard let start = scores.baseAddress else { return }
      for query in 0..<count {
        let line = start + query * count
        for key in 0...query { line[key] *= model.attentionScale }
        _ = LinearAlgebra.softmax(line, count: query + 1)
        for key in 0...query { mass[key] += line[key] }
      }
    }
    return mass
  }

  /// How alike tokens are: the cosines of their keys in the upper third of the blocks, none below 0, [tokens, tokens].
  func similarity(_ rows: RowBank) -> [Float] {
    let count = rows.count
    var sum = [Float](repeating: 0, count: count * count)
    let dimension = model.headDimension
    for layer in (model.layerCount * 2 / 3)..<model.layerCount {
      let table = rows.keys.decoded(layer: layer)
      for index in 0..<model.keyValueHeadCount {
        var keys = head(index, of: model.keyValueHeadCount, table)
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

  /// How much a question attends to each block: the mean score of its representatives, in units of the spread over the
  /// blocks, summed over the heads of all of the model's blocks.
  func scores(of blocks: RowBank, representatives: [[Int]], for view: RowView) -> [Double] {
    let count = representatives.count
    guard count > 1, let queries = queries(of: view) else {
      return [Double](repeating: 0, count: count)
    }
    let rows = zip(blocks.starts, representatives).flatMap { start, own in
      own.map { start.rows + $0 }
    }
    let dimension = model.headDimension
    var total = [Double](repeating: 0, count: count)
    for layer in 0..<model.layerCount {
      let keys = blocks.keys.decoded(layer: layer, rows: rows)
      for index in 0..<model.keyValueHeadCount {
        // The mean query of the heads that share the keys: the mean of its products is the product with it.
        let query = (0..<dimension).map { column in
          (0..<group).reduce(Float(0)) {
            $0 + queries[layer][(index * group + $1) * dimension + column]
          }
        }
        let own = head(index, of: model.keyValueHeadCount, keys)
        let products = LinearAlgebra.product(own, query, m: rows.count, n: 1, k: dimension)
        var next = 0
        let means = representatives.map { block in
          defer { next += block.count }
          return products[next..<next + block.count].reduce(0) { $0 + Double($1) }
            / Double(max(1, block.count))
        }
        let mean = means.reduce(0, +) / Double(count)
        let spread =
          (means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)).squareRoot()
        guard spread > 0 else { continue }
        for block in total.indices { total[block] += (means[block] - mean) / spread }
      }
    }
    return total
  }

  /// The mean query of the question's tokens, per block [heads x head dimension]: of the plain model, which has not
  /// remembered anything yet.
  private func queries(of view: RowView) -> [[Float]]? {
    let prompt = Array(view.prompt.suffix(Self.asked))
    let first = view.prompt.count - prompt.count
    let question = (view.question.lowerBound - first)..<(view.question.upperBound - first)
    let wanted = question.clamped(to: 0..<prompt.count)
    guard !wanted.isEmpty else { return nil }
    if let last, last.prompt == prompt { return last.queries }
    guard prompt.count <= min(Self.asked, model.contextLength) else { return nil }
    let recorder =
      self.recorder
      ?? ActivationRecorder(
        model: context.model, points: (0..<model.layerCount).map { .block($0, .q) },
        contextLength: min(Self.asked, model.contextLength))
    self.recorder = recorder
    guard let rows = try? recorder.record(prompt) else { return nil }
    let columns = model.headCount * model.headDimension
    let sums = rows.map { table in
      (0..<columns).map { column in
        wanted.reduce(Float(0)) { $0 + table[$1 * columns + column] }
      }
    }
    last = (prompt, sums)
    return sums
  }
}
