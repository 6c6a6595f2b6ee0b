import Foundation
package import Memory
import Tensors
import Transformer

/// An adapter's slow weights for a wired memory, as `adapter.neural.<name>` tensors; row vectors, x W:
///
/// | name | shape | |
/// |---|---|---|
/// | `wiring.query`, `wiring.key` | [width, key columns] | W_Q, W_K (eq. 11) |
/// | `wiring.value` | [width, value columns] | W_V |
/// | `wiring.output` | [value columns, width] | W_O, back into the model |
/// | `wiring.gate.bias` | [width] | g = sigmoid(x W_G + b), per channel |
/// | `wiring.gate` | [width, width] | W_G; optional |
/// | `wiring.query.convolution`, `.key.`, `.value.` | [columns, kernel] | depthwise causal, the last tap is the token itself; optional |
/// | `wiring.memory.norm`, `wiring.attention.norm` | [width] | weights of the norms before the gate; optional, ones |
/// | `wiring.rates`, `wiring.rates.bias` | [width, 3], [3] | alpha, eta, theta of a token; optional |
/// | `wiring.context.key`, `wiring.context.value` | [width, key/value columns] | rows of eq. 22; optional |
/// | `wiring.query.attention` | [width, key columns] | `context`: W_A of the second read; optional |
/// | `wiring.context.bias` | [1] | added to those rows' attention scores; optional, 0 |
/// | `persistent.keys`, `persistent.values` | [N_p, key/value columns] | rows of eq. 19, before RoPE; optional |
/// | `initial.<head>.<layer>` | as the MLP | M_0; optional |
///
/// x is `blocks.<layer>.ln1.hook_normalized`, the input of the block's attention, which nothing at that layer has changed:
/// queries, keys, values and gates are made of what the plain model computes there.
package struct NeuralWiring: Sendable {
  package let plan: NeuralWiringPlan
  package let width: Int
  package let keyColumns: Int
  package let valueColumns: Int
  /// Columns of attention's keys and values.
  let attentionColumns: Int
  private let heads: Int
  private let learningRate: Float
  private let epsilon: Float
  let query: Projection
  let key: Projection
  let value: Projection
  private let output: [Float]  // [valueColumns, width]
  private let gate: [Float]?  // [width, width]
  private let gateBias: [Float]  // [width]
  private let memoryNorm: [Float]  // [width]
  private let attentionNorm: [Float]  // [width]
  private let rates: [Float]?  // [width, 3]
  private let ratesBias: [Float]  // [3]
  let contextKey: [Float]?  // [width, attentionColumns]
  let contextValue: [Float]?  // [width, attentionColumns]
  let contextBias: Float
  private let attentionQuery: [Float]?  // [width, keyColumns]
  let persistentKeys: [Float]  // [persistentCount, attentionColumns]
  let persistentValues: [Float]
  let persistentCount: Int

  /// One of W_Q, W_K, W_V with its convolution.
  struct Projection: Sendable {
    let weights: [Float]  // [width, columns]
    let columns: Int
    let taps: [Float]  // [columns, kernel]; empty without a convolution
    let kernel: Int
  }

  /// Whether the adapter computes each token's alpha, eta and theta.
  package var hasTokenGates: Bool { rates != nil }

  /// Whether a token can have an eta above 0; a bias of -30 or less without weights is a plain 0.
  package var hasMomentum: Bool {
    guard let rates else { return false }
    return ratesBias[1] > -30 || stride(from: 1, to: rates.count, by: 3).contains { rates[$0] != 0 }
  }

  /// Positions a convolution looks back.
  package var reach: Int { max(query.kernel, key.kernel, value.kernel) - 1 }

  /// Values of the activations kept for it.
  var tailCount: Int { reach * width }

  /// The wiring a configuration asks for; nil when it asks for none, or when the adapter holds no `wiring.query`: then
  /// the memory is heard through logit mixing.
  ///
  /// - Throws: `MemoryError.malformed` for a tensor that is missing or of another shape, or a layer the model lacks.
  package init?(
    _ configuration: NeuralConfiguration, tensors: [String: ParameterTensor],
    context: ModuleContext
  ) throws(MemoryError) {
    guard let plan = configuration.wiring, let first = tensors["wiring.query"] else { return nil }
    let model = context.model.configuration
    let source = AdapterTensors(tensors: tensors)
    guard plan.layer < model.layerCount else {
      throw source.malformed("the wiring's layer", "less than \(model.layerCount)")
    }
    guard first.shape.count == 2, let columns = first.shape.last, columns > 0 else {
      throw source.malformed("wiring.query", "[\(context.width), key columns]")
    }
    let width = context.width
    let values = tensors["wiring.value"]?.shape.last ?? 0
    guard values > 0 else { throw source.malformed("wiring.value", "[\(width), value columns]") }
    let attention = model.keyValueHeadCount * model.headDimension
    self.plan = plan
    self.width = width
    keyColumns = columns
    valueColumns = values
    attentionColumns = attention
    heads = configuration.heads
    learningRate = configuration.learningRate.base
    epsilon = model.normEpsilon
    query = try source.projection("wiring.query", width, columns)
    key = try source.projection("wiring.key", width, columns)
    value = try source.projection("wiring.value", width, values)
    output = try source.require("wiring.output", [values, width])
    gate = try source.take("wiring.gate", [width, width])
    gateBias = try source.require("wiring.gate.bias", [width])
    let ones = [Float](repeating: 1, count: width)
    memoryNorm = try source.take("wiring.memory.norm", [width]) ?? ones
    attentionNorm = try source.take("wiring.attention.norm", [width]) ?? ones
    rates = try source.take("wiring.rates", [width, 3])
    ratesBias = try source.take("wiring.rates.bias", [3]) ?? [0, 0, 0]
    contextKey = try source.take("wiring.context.key", [width, attention])
    contextValue = try source.take("wiring.context.value", [width, attention])
    attentionQuery = try source.take("wiring.query.attention", [width, columns])
    contextBias = try source.take("wiring.context.bias", [1])?[0] ?? 0
    persistentCount = tensors["persistent.keys"]?.shape.first ?? 0
    persistentKeys = try source.take("persistent.keys", [persistentCount, attention]) ?? []
    persistentValues = try source.take("persistent.values", [persistentCount, attention]) ?? []
    guard persistentKeys.count == persistentValues.count else {
      throw source.malformed("persistent.values", "as many rows as persistent.keys")
    }
  }

  // MARK: - Projections

  /// Queries or keys of rows: projected, convolved, activated, every head's share scaled to length 1.
  ///
  /// - Parameters:
  ///   - x: [history + rows, width], the rows that come before first; fewer than the reach count as zeros before.
  /// - Returns: [rows, keyColumns].
  func directions(_ x: [Float], history: Int, _ projection: Projection) -> [Float] {
    var result = project(x, history: history, projection)
    normalizeHeads(&result)
    return result
  }

  /// The queries of the second read of `context` (eq. 25), by attention's output y.
  ///
  /// As published they are y W_Q. That y is what one attention adds, without the residual stream behind it, and does not say
  /// what was said last; with W_A they are conv(x W_Q) + y W_A.
  ///
  /// - Parameters:
  ///   - y: [rows, width].
  ///   - asked: conv(x W_Q) of the same rows, [rows, keyColumns].
  func secondQueries(_ y: [Float], asked: [Float]) -> [Float] {
    var result = LinearAlgebra.product(
      y, attentionQuery ?? query.weights, m: y.count / width, n: keyColumns, k: width)
    if attentionQuery != nil {
      for index in result.indices { result[index] += asked[index] }
    } else if plan.activatesProjections {
      result = NeuralConfiguration.Activation.silu.value(result)
    }
    normalizeHeads(&result)
    return result
  }

  /// Scales every head's share of rows of keys to length 1.
  func normalizeHeads(_ rows: inout [Float]) {
    let part = keyColumns / max(1, heads)
    guard part > 0 else { return }
    rows.withUnsafeMutableBufferPointer { rows in
      guard let start = rows.baseAddress else { return }
      for index in 0..<rows.count / part {
        LinearAlgebra.normalize(start + index * part, count: part)
      }
    }
  }

  /// x W, convolved and activated; the history's rows are left out.
  func project(_ x: [Float], history: Int, _ projection: Projection) -> [Float] {
    let total = x.count / width
    let columns = projection.columns
    let plain = LinearAlgebra.product(
      x, projection.weights, m: total, n: columns, k: width)
    var result = Array(plain.dropFirst(history * columns))
    if !projection.taps.isEmpty {
      for row in history..<total {
        for column in 0..<columns {
          var sum: Float = 0
          for tap in 0..<projection.kernel {
            let source = row - (projection.kernel - 1) + tap
            guard source >= 0 else { continue }
            sum +=
              projection.taps[column * projection.kernel + tap] * plain[source * columns + column]
          }
          result[(row - history) * columns + column] = sum
        }
      }
    }
    return plan.activatesProjections
      ? NeuralConfiguration.Activation.silu.value(result) : result
  }

  /// alpha, eta and relative theta of rows [rows, width]; empty without token gates.
  func tokenGates(_ x: [Float]) -> [Float] {
    guard let rates else { return [] }
    let hasMomentum = hasMomentum
    var result = LinearAlgebra.product(x, rates, m: x.count / width, n: 3, k: width)
    for index in result.indices {
      let share = 1 / (1 + exp(-(result[index] + ratesBias[index % 3])))
      switch index % 3 {
      case 1: result[index] = hasMomentum ? share : 0
      case 2: result[index] = share * learningRate
      default: result[index] = share
      }
    }
    return result
  }

  // MARK: - Back into the model

  /// norm(M(q) W_O) of reads [rows, valueColumns]; without the norm if the plan says so.
  func recalled(_ read: [Float]) -> [Float] {
    let rows = read.count / valueColumns
    let projected = LinearAlgebra.product(read, output, m: rows, n: width, k: valueColumns)
    return plan.normalizesRecall ? normed(projected, by: memoryNorm) : projected
  }

  /// g of rows [rows, width].
  func gates(_ x: [Float]) -> [Float] {
    let rows = x.count / width
    var result =
      gate.map { LinearAlgebra.product(x, $0, m: rows, n: width, k: width) }
      ?? [Float](repeating: 0, count: rows * width)
    for index in result.indices {
      result[index] = 1 / (1 + exp(-(result[index] + gateBias[index % width])))
    }
    return result
  }

  /// Whether any gate is open at all.
  func isOpen(_ gates: [Float]) -> Bool { gates.contains { $0 >= plan.gateFloor } }

  /// Joins recalled rows into an activation's rows, the first of them into row `first`. A row whose gates are all below the floor, or whose recall is not
  /// finite, is left alone, bit for bit.
  func join(
    _ recalled: [Float], gates: [Float], into rows: inout MutableSpan<Float>, from first: Int = 0
  ) {
    let silu = NeuralConfiguration.Activation.silu
    let offset = first * width
    for row in 0..<recalled.count / width {
      let range = row * width..<(row + 1) * width
      let gate = gates[range]
      guard gate.contains(where: { $0 >= plan.gateFloor }),
        recalled[range].allSatisfy(\.isFinite), gate.allSatisfy(\.isFinite)
      else { continue }
      switch plan.gating {
      case .residual:
        for index in range { rows[offset + index] += gates[index] * recalled[index] }
      case .product:
        let own = silu.value(normed(range.map { rows[offset + $0] }, by: attentionNorm))
        let other = silu.value(Array(recalled[range]))
        for index in range {
          let both = own[index - range.lowerBound] * other[index - range.lowerBound]
          let place = offset + index
          rows[place] = (1 - gates[index]) * rows[place] + gates[index] * both
        }
      }
    }
  }

  private func normed(_ values: [Float], by weight: [Float]) -> [Float] {
    var result = values
    values.withUnsafeBufferPointer { values in
      result.withUnsafeMutableBufferPointer { result in
        guard let source = values.baseAddress, let target = result.baseAddress else { return }
        for row in 0..<values.count / width {
          LinearAlgebra.rmsNorm(
            source + row * width, weight: weight, into: target + row * width, count: width,
            epsilon: epsilon)
        }
      }
    }
    return result
  }
}

/// Looks slow weights up and checks their shapes.
private struct AdapterTensors {
  let tensors: [String: ParameterTensor]

  func malformed(_ name: String, _ expected: String) -> MemoryError {
    .malformed(
      path: "the adapter", what: "the neural memory's \(name) does not fit", expected: expected)
  }

  func take(_ name: String, _ shape: [Int]) throws(MemoryError) -> [Float]? {
    guard let tensor = tensors[name] else { return nil }
    guard tensor.shape == shape else { throw malformed(name, "\(shape)") }
    return tensor.values
  }

  func require(_ name: String, _ shape: [Int]) throws(MemoryError) -> [Float] {
    guard let values = try take(name, shape) else { throw malformed(name, "\(shape)") }
    return values
  }

  func projection(
    _ name: String, _ width: Int, _ columns: Int
  ) throws(MemoryError) -> NeuralWiring.Projection {
    let kernel = tensors["\(name).convolution"]?.shape.last ?? 1
    guard (1...64).contains(kernel) else {
      throw malformed("\(name).convolution", "a kernel of 1 to 64")
    }
    return NeuralWiring.Projection(
      weights: try require(name, [width, columns]), columns: columns,
      taps: try take("\(name).convolution", [columns, kernel]) ?? [], kernel: kernel)
  }
}
