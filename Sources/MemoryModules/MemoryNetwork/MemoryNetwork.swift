import Tensors

/// The reads of memory networks: end-to-end (Sukhbaatar et al. 2015, arXiv 1503.08895) and key-value (Miller et al. 2016, arXiv
/// 1606.03126), as the papers write them.
///
/// A hop attends to slots and changes the question by what it found: p = softmax(uᵀ m), o = sum of p c, and u <- u + o with
/// tied layers (A of a hop is C of the one before), or u <- H u + o; with key-value slots q <- R (q + o).
package enum MemoryNetwork {
  /// What one hop gives.
  package struct Hop: Sendable, Equatable {
    /// Attention to each slot, [slots].
    package var attention: [Float]
    /// The output o, [columns].
    package var output: [Float]
    /// The question of the next hop, [columns].
    package var question: [Float]
  }

  /// How a hop changes the question.
  package enum Update: Sendable {
    /// u + o.
    case tied
    /// H u + o, with H [columns, columns].
    case linear([Float])
    /// R (u + o), with R [columns, columns].
    case keyValue([Float])
  }

  /// One hop.
  ///
  /// - Parameters:
  ///   - question: u, [columns].
  ///   - keys: m, [slots, columns].
  ///   - values: c, [slots, columns].
  ///   - sharpness: beta, by which scores are multiplied; 1 in the papers.
  ///   - isLinear: without the softmax, as the end-to-end paper begins its training.
  package static func hop(
    _ question: [Float], keys: [Float], values: [Float], sharpness: Float = 1,
    isLinear: Bool = false, update: Update = .tied
  ) -> Hop {
    let columns = question.count
    let slots = keys.count / max(1, columns)
    var attention = scores(question, keys: keys)
    for slot in attention.indices { attention[slot] *= sharpness }
    if !isLinear, slots > 0 { LinearAlgebra.softmax(&attention, count: slots) }
    var output = [Float](repeating: 0, count: columns)
    if slots > 0 {
      LinearAlgebra.weightedSum(
        attention, ldp: slots, count: 1, values: values, n: slots, columns: columns,
        into: &output, ldy: columns, accumulate: false)
    }
    let sum = zip(question, output).map { $0 + $1 }
    let next: [Float] =
      switch update {
      case .tied: sum
      case .linear(let matrix): zip(product(matrix, question), output).map { $0 + $1 }
      case .keyValue(let matrix): product(matrix, sum)
      }
    return Hop(attention: attention, output: output, question: next)
  }

  /// The position encoding of a sentence's words (end-to-end, section 4.1): word j of J counts in column k of d by
  /// l = (1 - j/J) - (k/d)(1 - 2j/J), both from 1; [words, columns].
  package static func positionEncoding(words: Int, columns: Int) -> [Float] {
    (1...max(1, words)).prefix(words).flatMap { word in
      let place = Float(word) / Float(words)
      return (1...max(1, columns)).prefix(columns).map { column in
        (1 - place) - Float(column) / Float(columns) * (1 - 2 * place)
      }
    }
  }

  /// uᵀ m of every slot, [slots].
  static func scores(_ question: [Float], keys: [Float]) -> [Float] {
    let columns = question.count
    let slots = keys.count / max(1, columns)
    return [Float](unsafeUninitializedCapacity: slots) { buffer, filled in
      if let start = buffer.baseAddress {
        LinearAlgebra.gemv(keys, question, start, rows: slots, columns: columns)
      }
      filled = slots
    }
  }

  private static func product(_ matrix: [Float], _ vector: [Float]) -> [Float] {
    let columns = vector.count
    return (0..<matrix.count / max(1, columns)).map { row in
      (0..<columns).reduce(Float(0)) { $0 + matrix[row * columns + $1] * vector[$1] }
    }
  }
}
