import Tensors

/// Fast weights beside one frozen matrix: y = W x + B (A x), with B A of low rank (LoRA, arXiv 2106.09685, eq. 3, its
/// factor alpha / r contained in B).
///
/// Immutable: a memory that has learned passes a new one.
public final class LowRankUpdate: Sendable {
  /// The extents of the frozen matrix.
  public let outputs: Int, inputs: Int
  /// The rank of B A.
  public let rank: Int
  /// A, [rank, inputs].
  public let down: [Float]
  /// B, [outputs, rank].
  public let up: [Float]
  /// Whether B is zero; such an update is left out of the pass, which then is the plain model's to the bit.
  let isZero: Bool

  /// Creates an update; nil when the counts are not multiples of the rank.
  ///
  /// - Parameters:
  ///   - down: A, [rank, inputs].
  ///   - up: B, [outputs, rank].
  public init?(rank: Int, down: [Float], up: [Float]) {
    guard rank > 0, down.count % rank == 0, up.count % rank == 0 else { return nil }
    self.rank = rank
    inputs = down.count / rank
    outputs = up.count / rank
    self.down = down
    self.up = up
    isZero = up.allSatisfy { $0 == 0 }
  }

  /// Adds B (A x) to the outputs, row by row in a fixed order: any split and any number of threads give the same bits.
  ///
  /// - Parameters:
  ///   - x: inputs, [count, inputs].
  ///   - y: outputs of the frozen matrix, [count, outputs].
  func add(
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int, threads: ThreadPool
  ) {
    threads.parallel(count, minimum: 8) { rows in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: rows.count * rank) { inner in
        guard let inner = inner.baseAddress else { return }
        LinearAlgebra.gemm(
          m: rows.count, n: rank, k: inputs, a: x + rows.lowerBound * inputs, lda: inputs, b: down,
          transposeB: true, ldb: inputs, c: inner, ldc: rank)
        LinearAlgebra.gemm(
          m: rows.count, n: outputs, k: rank, a: inner, lda: rank, b: up, transposeB: true,
          ldb: rank, beta: 1, c: y + rows.lowerBound * outputs, ldc: outputs)
      }
    }
  }
}

/// The updates of one pass by matrix, those that are zero left out. All tokens of a pass see the same.
struct WeightUpdates {
  private var table: [ProjectionPoint: [LowRankUpdate]] = [:]

  /// Whether the pass is the plain model's.
  var isEmpty: Bool { table.isEmpty }

  mutating func add(_ update: LowRankUpdate, to point: ProjectionPoint) {
    if !update.isZero { table[point, default: []].append(update) }
  }

  /// The updates of one matrix, in order of attachment.
  subscript(layer: Int, site: ProjectionPoint.Site) -> [LowRankUpdate] {
    table.isEmpty ? [] : table[ProjectionPoint(layer, site)] ?? []
  }
}
