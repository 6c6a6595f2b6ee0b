import Memory
import Tensors
import Transformer

/// Finds the blocks that a question attends to.
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
        let own = keys.head(index, of: model.keyValueHeadCount, dimension: dimension)
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
