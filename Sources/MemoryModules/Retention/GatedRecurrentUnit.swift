import Memory
import Tensors

/// A gated recurrent unit (Cho et al. 2014, arXiv 1406.1078), in PyTorch's form:
///
///     r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)
///     z = sigmoid(W_iz x + b_iz + W_hz h + b_hz)
///     n = tanh(W_in x + b_in + r (W_hn h + b_hn))
///     h' = (1 - z) n + z h
struct GatedRecurrentUnit: Sendable {
  let inputs: Int
  let width: Int
  private let inputWeights: [Float]  // [3 width, inputs]
  private let stateWeights: [Float]  // [3 width, width]
  private let inputBias: [Float]  // [3 width]
  private let stateBias: [Float]

  /// - Parameters:
  ///   - name: before `.weight_ih`, `.weight_hh`, `.bias_ih`, `.bias_hh`.
  ///   - width: values of the state.
  /// - Returns: nil when a tensor is missing or of another shape.
  init?(_ name: String, inputs: Int, width: Int, tensors: [String: ParameterTensor]) {
    func values(_ part: String, _ shape: [Int]) -> [Float]? {
      tensors["\(name).\(part)"].flatMap { $0.shape == shape ? $0.values : nil }
    }
    guard let inputWeights = values("weight_ih", [3 * width, inputs]),
      let stateWeights = values("weight_hh", [3 * width, width]),
      let inputBias = values("bias_ih", [3 * width]),
      let stateBias = values("bias_hh", [3 * width])
    else { return nil }
    (self.inputs, self.width) = (inputs, width)
    (self.inputWeights, self.stateWeights) = (inputWeights, stateWeights)
    (self.inputBias, self.stateBias) = (inputBias, stateBias)
  }

  /// The state after one more input.
  func next(_ input: [Float], _ state: [Float]) -> [Float] {
    let state = state.isEmpty ? [Float](repeating: 0, count: width) : state
    func line(_ row: Int, _ weights: [Float], _ bias: [Float], _ values: [Float]) -> Float {
      values.indices.reduce(bias[row]) { $0 + weights[row * values.count + $1] * values[$1] }
    }
    return (0..<width).map { unit in
      let reset =
        line(unit, inputWeights, inputBias, input)
        + line(unit, stateWeights, stateBias, state)
      let update =
        line(width + unit, inputWeights, inputBias, input)
        + line(width + unit, stateWeights, stateBias, state)
      let r = 1 / (1 + (-reset).exponential)
      let z = 1 / (1 + (-update).exponential)
      let fresh =
        line(2 * width + unit, inputWeights, inputBias, input)
        + r * line(2 * width + unit, stateWeights, stateBias, state)
      return (1 - z) * fresh.hyperbolicTangent + z * state[unit]
    }
  }
}
