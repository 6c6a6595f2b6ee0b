import Tensors

/// Progressive networks (Rusu et al. 2016, arXiv 1606.04671) as a memory: a column of two layers for each session, of which only
/// the newest learns; what earlier columns compute reaches it through lateral connections.
///
/// h = f(W₁ x), y⁽ᵏ⁾ = W₂⁽ᵏ⁾ h⁽ᵏ⁾ + sum over j < k of u⁽ᵏʲ⁾ y⁽ʲ⁾, with f = x / (1 + |x|), which
/// gives unrelated keys unrelated features. The lateral connections join the columns'
/// second layers, where what a column learned shows; each is a single number, as the paper's adapters' scale. A step goes against the
/// gradient of half the squared error, with the step length of normalised least mean squares. W₁ is random and stays: random
/// features, which need no training and are not stored.
package struct ProgressiveColumns: Sendable, Equatable {
  /// What one session learned.
  package struct Column: Sendable, Equatable {
    /// W₂, [outputs, hidden].
    package internal(set) var output: [Float]
    /// u, one per earlier column.
    package internal(set) var laterals: [Float]
  }

  package let inputs: Int
  package let hidden: Int
  package let outputs: Int
  /// Oldest first.
  package internal(set) var columns: [Column] = []
  /// W₁, [hidden, inputs], the same for all columns.
  package let first: [Float]

  /// Added to what step lengths are divided by.
  private static let epsilon: Float = 1e-6

  /// No columns.
  ///
  /// - Parameter first: W₁, [hidden, inputs].
  package init(inputs: Int, hidden: Int, outputs: Int, first: [Float]) {
    self.inputs = inputs
    self.hidden = hidden
    self.outputs = outputs
    self.first = first
  }

  /// Freezes all columns, and begins a new one.
  package mutating func beginColumn() {
    columns.append(
      Column(
        output: [Float](repeating: 0, count: outputs * hidden),
        laterals: [Float](repeating: 0, count: columns.count)))
  }

  /// h, [hidden].
  package func features(_ input: [Float]) -> [Float] {
    var features = [Float](repeating: 0, count: hidden)
    LinearAlgebra.gemv(first, input, &features, rows: hidden, columns: inputs)
    return features.map { $0 / (1 + abs($0)) }
  }

  /// The second layer of every column, [columns][outputs].
  package func read(_ input: [Float]) -> [[Float]] { read(features: features(input)) }

  private func read(features: [Float]) -> [[Float]] {
    var found: [[Float]] = []
    for column in columns {
      var output = [Float](repeating: 0, count: outputs)
      LinearAlgebra.gemv(column.output, features, &output, rows: outputs, columns: hidden)
      for (lateral, earlier) in zip(column.laterals, found) where lateral != 0 {
        LinearAlgebra.axpy(lateral, earlier, &output, count: outputs)
      }
      found.append(output)
    }
    return found
  }

  /// One step of the newest column towards a target, [outputs]; all others stay as they are.
  ///
  /// - Parameters:
  ///   - rate: the share of the error that the second layer's step makes up for, 0...1.
  ///   - lateralRate: the same of the lateral connections.
  package mutating func learn(
    _ input: [Float], target: [Float], rate: Float = 1, lateralRate: Float = 0.1
  ) {
    guard !columns.isEmpty else { return }
    let features = features(input)
    let all = read(features: features)
    let newest = columns.count - 1
    let error = zip(target, all[newest]).map { $0 - $1 }
    let power = LinearAlgebra.dot(features, features, count: hidden) + Self.epsilon
    let earlier = all[..<newest]
    let lateralPower =
      earlier.reduce(Self.epsilon) { $0 + LinearAlgebra.dot($1, $1, count: outputs) }
    columns[newest].output.withUnsafeMutableBufferPointer { output in
      guard let start = output.baseAddress else { return }
      for row in 0..<outputs {
        LinearAlgebra.axpy(
          rate * error[row] / power, features, start + row * hidden, count: hidden)
      }
    }
    for (index, output) in earlier.enumerated() {
      columns[newest].laterals[index] +=
        lateralRate * LinearAlgebra.dot(error, output, count: outputs) / max(1, lateralPower)
    }
  }
}
