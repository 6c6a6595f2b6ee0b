import Foundation
import Memory
import Tensors
package import Transformer

/// The losses a neural memory can learn texts by: their gradients, their curvature, and how a read is decoded.
package struct NeuralObjective: Sendable {
  package let loss: NeuralConfiguration.Loss
  package let decodingScale: Float
  package let errorPower: Float
  package let model: TransformerModel
  /// Mean squared length of the output embeddings; the curvature of the next-token loss grows with it.
  package let meanSquare: Float
  /// Length of each output embedding, [vocabulary]; empty for the next-token loss.
  private let codeLengths: [Float]

  package init(_ configuration: NeuralConfiguration, model: TransformerModel) {
    loss = configuration.loss
    decodingScale = configuration.decodingScale
    errorPower = configuration.errorPower
    self.model = model
    let matrix = model.outputMatrix
    meanSquare = matrix.withUnsafePointer { values in
      let total = LinearAlgebra.dot(values, values, count: matrix.rows * matrix.columns)
      return max(1e-12, total / Float(matrix.rows))
    }
    codeLengths =
      configuration.loss == .nextToken
      ? []
      : matrix.withUnsafePointer { values in
        (0..<matrix.rows).map { token in
          let row = values + token * matrix.columns
          return max(1e-6, LinearAlgebra.dot(row, row, count: matrix.columns).squareRoot())
        }
      }
  }

  private var width: Int { model.configuration.width }
  private var vocabulary: Int { model.configuration.vocabularySize }

  /// dL/dy for each token and its loss.
  ///
  /// - Parameters:
  ///   - output: y = M(k), [count, width].
  ///   - hidden: final hidden states, [count, width].
  ///   - deltas: Huber's delta of each token.
  package func gradient(
    output: [Float], hidden: [Float], targets: [Int32], deltas: [Float]
  ) -> LossGradient {
    let count = targets.count
    guard loss == .nextToken else {
      var errors = output
      for row in 0..<count {
        let value = code(of: targets[row])
        for column in 0..<width { errors[row * width + column] -= value[column] }
      }
      let rule = ErrorLoss(loss, power: errorPower)
      let curvature = rule.curvature(errors)
      let losses = rule.gradient(&errors, columns: width, deltas: deltas)
      return LossGradient(values: errors, losses: losses, curvature: curvature)
    }
    // dL/dy = Eᵀ (s (p - onehot)) with p = softmax(z), z = cap(E (h + y)), s = cap'; without a soft cap s is 1
    var p = logits(of: output, hidden: hidden, rows: count)
    var losses = [Float](repeating: 0, count: count)
    p.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      for row in 0..<count {
        let line = start + row * vocabulary
        let target = Int(targets[row])
        let score = line[target]
        let slopes = model.logitSlopes(line)
        losses[row] = LinearAlgebra.softmax(line, count: vocabulary) - score
        line[target] -= 1
        if let slopes { for token in 0..<vocabulary { line[token] *= slopes[token] } }
      }
    }
    var gradient = [Float](repeating: 0, count: count * width)
    model.outputMatrix.withUnsafePointer { matrix in
      LinearAlgebra.gemm(
        m: count, n: width, k: vocabulary, a: p, lda: vocabulary, b: matrix, ldb: width,
        c: &gradient, ldc: width)
    }
    return LossGradient(values: gradient, losses: losses, curvature: meanSquare)
  }

  /// Log-probabilities a read stands for, one row of the vocabulary each.
  package func decode(output: [Float], hidden: [Float], rows: Int) -> [[Float]] {
    var scores: [Float]
    switch loss {
    case .nextToken:
      scores = logits(of: output, hidden: hidden, rows: rows)
    case .associative, .huber, .power:
      scores = [Float](repeating: 0, count: rows * vocabulary)
      model.project(output, rows: rows, into: &scores)
      for row in 0..<rows {
        for token in 0..<vocabulary {
          scores[row * vocabulary + token] *= decodingScale / codeLengths[token]
        }
      }
    }
    return (0..<rows).map { row in
      scores.withUnsafeBufferPointer { scores in
        let line = UnsafeBufferPointer(rebasing: scores[row * vocabulary..<(row + 1) * vocabulary])
        guard let start = line.baseAddress else { return [] }
        let total = LinearAlgebra.logSumExp(start, count: vocabulary)
        return [Float](unsafeUninitializedCapacity: vocabulary) { buffer, filled in
          for index in 0..<vocabulary { buffer[index] = start[index] - total }
          filled = vocabulary
        }
      }
    }
  }

  private func logits(of output: [Float], hidden: [Float], rows: Int) -> [Float] {
    var sum = hidden
    sum.accumulate(output, keeping: 1)
    var logits = [Float](repeating: 0, count: rows * vocabulary)
    model.unembed(sum, rows: rows, into: &logits)
    return logits
  }

  /// The value of a token for the associative loss: its output embedding, normalised.
  private func code(of token: Int32) -> [Float] {
    var row = model.outputMatrix.row(token)
    row.withUnsafeMutableBufferPointer { buffer in
      if let start = buffer.baseAddress { LinearAlgebra.normalize(start, count: buffer.count) }
    }
    return row
  }
}

extension NeuralObjective: NeuralLoss {
  /// The loss of a text's pairs, with the final hidden states in their `lossInputs`.
  package func gradient(
    _ output: [Float], _ pairs: NeuralChunk, deltas: [Float]
  ) -> LossGradient {
    gradient(
      output: output, hidden: pairs.lossInputs, targets: pairs.tokens, deltas: deltas)
  }
}
