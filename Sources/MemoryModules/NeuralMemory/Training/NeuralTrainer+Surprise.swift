import Memory
import Tensors

extension NeuralTrainer {
  /// |u_j| over all weights: a gradient of one token is an outer product per layer.
  static func gradientLengths(
    _ pass: NeuralLearner.Pass, _ deltas: [[[Float]]], count: Int
  ) -> [Float] {
    var squares = [Float](repeating: 0, count: count)
    for (head, deltas) in zip(pass.heads, deltas) {
      for (input, delta) in zip(head.inputs, deltas) {
        let (a, b) = (rowSquares(input, count: count), rowSquares(delta, count: count))
        for row in 0..<count { squares[row] += a[row] * b[row] }
      }
    }
    return squares.map { $0.squareRoot() }
  }

  private static func rowSquares(_ values: [Float], count: Int) -> [Float] {
    guard count > 0 else { return [] }
    let columns = values.count / count
    return values.withUnsafeBufferPointer { values in
      guard let start = values.baseAddress else { return [Float](repeating: 0, count: count) }
      return (0..<count).map {
        LinearAlgebra.dot(start + $0 * columns, start + $0 * columns, count: columns)
      }
    }
  }

  /// The surprise of each token of the open chunk. |S_i| follows from inner products of outer products, so S_i itself is
  /// never made: |S_i|^2 = m_i^2 |S|^2 - 2 m_i n_i . a + n_i K n_i with a_j = S . u_j and K_jk = u_j . u_k.
  func surprises(_ prepared: Prepared) -> [TokenSurprise] {
    let gates = prepared.gates
    let pairs = gates.pairs
    let momentary = Self.gradientLengths(prepared.pass, prepared.deltas, count: pairs)
    var kernel = [Float](repeating: 0, count: pairs * pairs)
    var along = [Float](repeating: 0, count: pairs)
    var length: Float = 0
    for (head, core) in learner.heads.enumerated() {
      for layer in core.shapes.indices {
        let past = core.momentum.layers[layer]
        let square = LinearAlgebra.dot(past, past, count: past.count)
        length += square
        let x = prepared.pass.heads[head].inputs[layer]
        let d = prepared.deltas[head][layer]
        let (rows, columns) = (core.shapes[layer].rows, core.shapes[layer].columns)
        let xx = LinearAlgebra.product(x, x, m: pairs, n: pairs, k: rows, transposeB: true)
        let dd = LinearAlgebra.product(d, d, m: pairs, n: pairs, k: columns, transposeB: true)
        for index in kernel.indices { kernel[index] += xx[index] * dd[index] }
        guard square > 0, gates.eta.contains(where: { $0 > 0 }) else { continue }
        let projected = LinearAlgebra.product(x, past, m: pairs, n: columns, k: rows)
        for row in 0..<pairs {
          for column in 0..<columns {
            along[row] += projected[row * columns + column] * d[row * columns + column]
          }
        }
      }
    }
    var result: [TokenSurprise] = []
    gates.scan { token, totals in
      var square = totals.m * totals.m * length
      for j in 0..<pairs where totals.n[j] != 0 {
        square -= 2 * totals.m * totals.n[j] * along[j]
        for k in 0..<pairs { square += totals.n[j] * totals.n[k] * kernel[j * pairs + k] }
      }
      let row = gates.leading + token
      result.append(
        TokenSurprise(
          journal: open.journal[token], token: open.tokens[token],
          surprisal: open.surprisals[token], loss: prepared.losses[row],
          momentary: momentary[row], past: max(0, square).squareRoot(), theta: gates.theta[token],
          eta: gates.eta[token], alpha: gates.alpha[token], isWritten: gates.isWritten[token]))
    }
    return result
  }
}
