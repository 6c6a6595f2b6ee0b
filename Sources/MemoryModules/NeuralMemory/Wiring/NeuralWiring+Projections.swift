import Foundation
import Tensors

extension NeuralWiring {
  /// Queries or keys of rows: projected, convolved, activated, every head's share scaled to length 1.
  ///
  /// - Parameters:
  ///   - x: [history + rows, width], the rows that come before first; fewer than the reach count as zeros before.
  /// - Returns: [rows, keyColumns].
  package func directions(_ x: [Float], history: Int, _ projection: Projection) -> [Float] {
    var result = project(x, history: history, projection)
    normalizeHeads(&result)
    return result
  }

  /// The queries of the second read of `context` (eq. 25), by attention's output y.
  ///
  /// As published they are y W_Q. That y is what attention adds, without the residual stream it is added to, and does not
  /// hold the last tokens; with W_A they are conv(x W_Q) + y W_A.
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
  package func gates(_ x: [Float]) -> [Float] {
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

  /// Joins recalled rows into an activation's rows, the first of them into row `first`. A row whose gates are all below the
  /// floor, or whose recall is not finite, is left alone, bit for bit.
  package func join(
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
