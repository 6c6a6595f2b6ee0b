public import Tensors

/// One neural memory layer on its own, over rows of activations: projections, per-token gates, writes in the chunk form,
/// reads, the projection back. What a wired memory does to a text, without the model around it; also what the speed
/// comparison measures.
///
/// Each chunk is read with M as of the chunk before, then written (Titans, eqs. 11-15). Heads take turns on the threads
/// the same way whatever their number, so results do not depend on it.
public struct NeuralLayer {
  /// The extents of a layer.
  public struct Shape: Sendable, Equatable {
    /// Values per row.
    public var width: Int
    /// MLPs side by side.
    public var heads: Int
    /// Key and value columns of each.
    public var columns: Int
    /// Inner units per key column.
    public var expansion: Float
    /// Layers of each MLP.
    public var depth: Int
    /// Rows after which the anchor moves.
    public var chunk: Int

    /// Creates a shape.
    public init(width: Int, heads: Int, columns: Int, expansion: Float, depth: Int, chunk: Int) {
      self.width = width
      self.heads = heads
      self.columns = columns
      self.expansion = expansion
      self.depth = depth
      self.chunk = chunk
    }
  }

  private let shape: Shape
  private let threads: ThreadPool
  /// [width, 3 * heads * columns + 3 * heads]: q, k, v, then the gates' logits.
  private let projection: [Float]
  private let output: [Float]  // [heads * columns, width]
  package private(set) var learner: NeuralLearner
  private var weights: [NeuralWeights]  // M at the anchor
  private var open: [[Float]]  // per head the rows of the open chunk: k, v, gates
  private var projections: [Float] = []  // scratch, [rows, projected]
  private var recalled: [Float] = []  // scratch, [rows, heads * columns]

  /// A layer of random projections that has learned nothing; nil when the shape makes none.
  public init?(_ shape: Shape, seed: UInt64 = 1, threads: ThreadPool = .shared) {
    var configuration = NeuralConfiguration(hiddenWidth: 1)
    configuration.heads = shape.heads
    configuration.expansion = shape.expansion
    configuration.depth = shape.depth
    configuration.chunkLength = shape.chunk
    configuration.loss = .associative
    let inner = shape.heads * shape.columns
    guard shape.width > 0, shape.width <= 1 << 16, inner > 0, inner <= 1 << 16,
      configuration.isSound,
      let learner = NeuralLearner(configuration, keyColumns: inner, outputs: inner)
    else { return nil }
    self.shape = shape
    self.threads = threads
    self.learner = learner
    weights = learner.weights
    let random = { (rows: Int, columns: Int, seed: UInt64) -> [Float] in
      // The generator of M_0, whose first layer has unit variance.
      let shapes = [
        NeuralWeights.Shape(rows: rows, columns: columns), .init(rows: 1, columns: 1),
      ]
      let scale = 1 / Float(rows).squareRoot()
      return NeuralWeights.initial(shapes: shapes, seed: seed).layers[0].map { $0 * scale }
    }
    projection = random(shape.width, 3 * inner + 3 * shape.heads, seed)
    output = random(inner, shape.width, seed &+ 1)
    open = [[Float]](repeating: [], count: shape.heads)
  }

  private var inner: Int { shape.heads * shape.columns }
  private var projected: Int { 3 * inner + 3 * shape.heads }

  /// Reads for rows and writes them.
  ///
  /// - Parameter x: [rows, width].
  /// - Returns: what was recalled, [rows, width].
  public mutating func process(_ x: [Float]) -> [Float] {
    let rows = x.count / shape.width
    // In blocks whose projections stay in the cache, in buffers that are kept: fresh pages cost more than the products.
    let block = max(shape.chunk, 512)
    return [Float](unsafeUninitializedCapacity: rows * shape.width) { result, filled in
      x.withUnsafeBufferPointer { x in
        guard let source = x.baseAddress, let target = result.baseAddress else { return }
        for start in stride(from: 0, to: rows, by: block) {
          process(
            source + start * shape.width, into: target + start * shape.width,
            rows: min(block, rows - start))
        }
      }
      filled = rows * shape.width
    }
  }

  private mutating func process(
    _ x: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>, rows: Int
  ) {
    if projections.count < rows * projected {
      projections = [Float](repeating: 0, count: rows * projected)
      recalled = [Float](repeating: 0, count: rows * inner)
    }
    var parts = zip(learner.heads, zip(weights, open)).map { core, rest in
      Head(core: core, weights: rest.0, open: rest.1)
    }
    learner.heads = []  // the parts hold the only references, so that nothing is copied
    weights = []
    open = []
    let (shape, inner, projected, threads) = (shape, inner, projected, threads)
    projections.withUnsafeMutableBufferPointer { projections in
      recalled.withUnsafeMutableBufferPointer { recalled in
        parts.withUnsafeMutableBufferPointer { parts in
          guard let p = projections.baseAddress, let r = recalled.baseAddress else { return }
          Self.multiply(
            x, projection, into: p, rows: rows, n: projected, k: shape.width, threads: threads)
          let box = Shared(
            read: UnsafePointer(p), written: r, parts: parts, count: rows * projected)
          threads.parallel(shape.heads) { range in
            for head in range {
              box.parts[head].process(
                UnsafeBufferPointer(start: box.read, count: box.count), into: box.written,
                rows: rows, head: head, shape: shape, inner: inner, projected: projected)
            }
          }
          Self.multiply(
            r, output, into: result, rows: rows, n: shape.width, k: inner, threads: threads)
        }
      }
    }
    learner.heads = parts.map(\.core)
    weights = parts.map(\.weights)
    open = parts.map(\.open)
  }

  /// y = x w, blocks of rows on the threads.
  private static func multiply(
    _ x: UnsafePointer<Float>, _ w: [Float], into y: UnsafeMutablePointer<Float>, rows: Int,
    n: Int, k: Int, threads: ThreadPool
  ) {
    w.withUnsafeBufferPointer { w in
      guard let w = w.baseAddress else { return }
      let box = Shared(read: x, written: y, parts: .init(start: nil, count: 0), count: 0)
      let weights = Shared(read: w, written: y, parts: .init(start: nil, count: 0), count: 0)
      threads.parallel(rows, minimum: 16) { range in
        LinearAlgebra.gemm(
          m: range.count, n: n, k: k, a: box.read + range.lowerBound * k, lda: k,
          b: weights.read, ldb: n, c: box.written + range.lowerBound * n, ldc: n)
      }
    }
  }

  /// Buffers that threads share; each touches its own rows or its own head.
  private struct Shared: @unchecked Sendable {
    let read: UnsafePointer<Float>
    let written: UnsafeMutablePointer<Float>
    let parts: UnsafeMutableBufferPointer<Head>
    let count: Int
  }

  /// One head: its learner, M at the anchor, and the rows of its open chunk.
  private struct Head {
    var core: NeuralCore
    var weights: NeuralWeights
    var open: [Float]  // [rows, 2 * columns + 3]: k, v, the gates' logits

    mutating func process(
      _ projections: UnsafeBufferPointer<Float>, into recalled: UnsafeMutablePointer<Float>,
      rows: Int, head: Int, shape: Shape, inner: Int, projected: Int
    ) {
      let columns = shape.columns
      let width = 2 * columns + 3
      var start = 0
      while start < rows {
        let count = min(rows - start, shape.chunk - open.count / width)
        for row in start..<start + count {
          let line = row * projected
          for part in 1...2 {
            open += projections[(line + part * inner + head * columns)...].prefix(columns)
          }
          open += projections[(line + 3 * inner + head * 3)...].prefix(3)
        }
        let isFull = open.count == shape.chunk * width
        // Queries of length 1, read at the anchor; the keys of a chunk that is full now go through M with them.
        var both = [Float](unsafeUninitializedCapacity: (count + shape.chunk) * columns) {
          buffer, filled in
          for row in 0..<count {
            let source = (start + row) * projected + head * columns
            for column in 0..<columns {
              buffer[row * columns + column] = projections[source + column]
            }
          }
          if isFull {
            for row in 0..<shape.chunk {
              for column in 0..<columns {
                buffer[(count + row) * columns + column] = open[row * width + column]
              }
            }
          }
          filled = (count + (isFull ? shape.chunk : 0)) * columns
        }
        NeuralLayer.normalize(&both, columns: columns)
        let pass = NeuralCore.forward(both, count: both.count / columns, weights)
        for row in 0..<count {
          for column in 0..<columns {
            recalled[(start + row) * inner + head * columns + column] =
              pass.output[row * columns + column]
          }
        }
        if isFull {
          write(
            pass.dropping(rows: count, of: count + shape.chunk), columns: columns, width: width)
          open.removeAll(keepingCapacity: true)
        }
        start += count
      }
    }

    private mutating func write(_ pass: NeuralCore.Pass, columns: Int, width: Int) {
      let count = open.count / width
      // 2 (M(k) - v), as a mean over columns: step sizes then do not depend on their number.
      let scale = 2 / Float(columns)
      let errors = [Float](unsafeUninitializedCapacity: count * columns) { buffer, filled in
        for index in 0..<count * columns {
          let value = open[index / columns * width + columns + index % columns]
          buffer[index] = scale * (pass.output[index] - value)
        }
        filled = count * columns
      }
      let deltas = NeuralCore.backward(errors, pass, count: count, weights)
      func gate(_ index: Int, _ map: (Float) -> Float) -> [Float] {
        (0..<count).map { map(open[$0 * width + 2 * columns + index]) }
      }
      let gates = ChunkGates(
        alpha: gate(0) { NeuralLayer.sigmoid($0 - 6) }, eta: gate(1) { NeuralLayer.sigmoid($0) },
        theta: gate(2) { 0.1 * NeuralLayer.sigmoid($0) })
      var next = core
      next.advance(gates, pass: pass, deltas: deltas)
      guard next.difference.isFinite, next.momentum.isFinite else { return }
      core = next
      weights = core.weights
    }
  }

  private static func normalize(_ rows: inout [Float], columns: Int) {
    rows.withUnsafeMutableBufferPointer { rows in
      guard let start = rows.baseAddress else { return }
      for row in 0..<rows.count / columns {
        LinearAlgebra.normalize(start + row * columns, count: columns)
      }
    }
  }

  private static func sigmoid(_ x: Float) -> Float { 1 / (1 + (-x).exponential) }
}

extension NeuralCore.Pass {
  /// The pass without its first rows.
  fileprivate func dropping(rows: Int, of count: Int) -> NeuralCore.Pass {
    func rest(_ values: [Float]) -> [Float] {
      Array(values.dropFirst(values.count / count * rows))
    }
    return NeuralCore.Pass(inputs: inputs.map(rest), slopes: slopes.map(rest), output: rest(output))
  }
}
