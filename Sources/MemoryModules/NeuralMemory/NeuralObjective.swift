import Foundation
import Memory
import Tensors
package import Transformer

/// The two losses a neural memory can learn by: their gradients, their curvature, and how a read is decoded.
package struct NeuralObjective: Sendable {
  package let loss: NeuralConfiguration.Loss
  package let decodingScale: Float
  package let model: TransformerModel
  /// Mean squared length of the output embeddings; the curvature of the next-token loss grows with it.
  package let meanSquare: Float

  package init(_ configuration: NeuralConfiguration, model: TransformerModel) {
    loss = configuration.loss
    decodingScale = configuration.decodingScale
    self.model = model
    let matrix = model.outputMatrix
    meanSquare = matrix.withUnsafePointer { values in
      let total = LinearAlgebra.dot(values, values, count: matrix.rows * matrix.columns)
      return max(1e-12, total / Float(matrix.rows))
    }
  }

  private var width: Int { model.configuration.width }
  private var vocabulary: Int { model.configuration.vocabularySize }

  /// Upper bound of the loss's curvature in the output y.
  package var curvature: Float { loss == .nextToken ? meanSquare : 2 }

  /// dL/dy for each token and its loss.
  ///
  /// - Parameters:
  ///   - output: y = M(k), [count, width].
  ///   - hidden: final hidden states, [count, width].
  package func gradient(
    output: [Float], hidden: [Float], targets: [Int32]
  ) -> (gradient: [Float], losses: [Float]) {
    let count = targets.count
    switch loss {
    case .associative:
      var gradient = [Float](repeating: 0, count: count * width)
      var losses = [Float](repeating: 0, count: count)
      for row in 0..<count {
        let value = code(of: targets[row])
        for column in 0..<width {
          let error = output[row * width + column] - value[column]
          gradient[row * width + column] = 2 * error
          losses[row] += error * error
        }
      }
      return (gradient, losses)
    case .nextToken:
      // dL/dy = Eᵀ (p - onehot) with p = softmax(E (h + y))
      var p = logits(of: output, hidden: hidden, rows: count)
      var losses = [Float](repeating: 0, count: count)
      p.withUnsafeMutableBufferPointer { buffer in
        guard let start = buffer.baseAddress else { return }
        for row in 0..<count {
          let line = start + row * vocabulary
          let target = Int(targets[row])
          let score = line[target]
          losses[row] = LinearAlgebra.softmax(line, count: vocabulary) - score
          line[target] -= 1
        }
      }
      var gradient = [Float](repeating: 0, count: count * width)
      model.outputMatrix.withUnsafePointer { matrix in
        LinearAlgebra.gemm(
          m: count, n: width, k: vocabulary, a: p, lda: vocabulary, b: matrix, ldb: width,
          c: &gradient, ldc: width)
      }
      return (gradient, losses)
    }
  }

  /// Log-probabilities a read stands for, one row of the vocabulary each.
  package func decode(output: [Float], hidden: [Float], rows: Int) -> [[Float]] {
    var scores: [Float]
    switch loss {
    case .nextToken:
      scores = logits(of: output, hidden: hidden, rows: rows)
    case .associative:
      scores = [Float](repeating: 0, count: rows * vocabulary)
      model.unembed(output, rows: rows, into: &scores)
      let lengths = codeLengths
      for row in 0..<rows {
        for token in 0..<vocabulary {
          scores[row * vocabulary + token] *= decodingScale / lengths[token]
        }
      }
    }
    return (0..<rows).map { row in
      var line = Array(scores[row * vocabulary..<(row + 1) * vocabulary])
      let total = LinearAlgebra.logSumExp(line, count: vocabulary)
      for index in line.indices { line[index] -= total }
      return line
    }
  }

  private func logits(of output: [Float], hidden: [Float], rows: Int) -> [Float] {
    var sum = hidden
    for index in sum.indices { sum[index] += output[index] }
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

  private var codeLengths: [Float] {
    model.outputMatrix.withUnsafePointer { values in
      (0..<vocabulary).map { token in
        let row = values + token * width
        return max(1e-6, LinearAlgebra.dot(row, row, count: width).squareRoot())
      }
    }
  }
}
