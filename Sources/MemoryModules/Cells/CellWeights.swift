import Memory
import Tensors

/// A matrix and a bias, y = W x + b.
struct LinearLayer: Sendable {
  let weights: [Float]  // [outputs, inputs]
  let bias: [Float]  // [outputs]

  func callAsFunction(_ input: [Float]) -> [Float] {
    var output = [Float](repeating: 0, count: bias.count)
    LinearAlgebra.gemv(weights, input, &output, rows: bias.count, columns: input.count)
    for index in output.indices { output[index] += bias[index] }
    return output
  }
}

/// A long short-term memory cell, in PyTorch's form: gates i, f, g, o in this order,
///
///     c' = sigmoid(f) c + sigmoid(i) tanh(g);  h' = sigmoid(o) tanh(c').
struct LongShortTermMemory: Sendable {
  let input: LinearLayer  // [4 width, inputs]
  let state: LinearLayer  // [4 width, width]

  /// Moves the state on by one input.
  func step(_ values: [Float], hidden: inout [Float], cell: inout [Float]) {
    let width = hidden.count
    let (fromInput, fromState) = (input(values), state(hidden))
    let gates = zip(fromInput, fromState).map { $0 + $1 }
    for unit in 0..<width {
      let fresh = gates[2 * width + unit].hyperbolicTangent
      cell[unit] = gates[width + unit].sigmoid * cell[unit] + gates[unit].sigmoid * fresh
      hidden[unit] = gates[3 * width + unit].sigmoid * cell[unit].hyperbolicTangent
    }
  }
}

/// The slow weights of a cell by the names that PyTorch gives them, checked against its shape.
struct CellWeights: Sendable {
  let tensors: [String: ParameterTensor]

  /// The values of a tensor.
  ///
  /// - Throws: `MemoryError.malformed` where it is missing or of another shape.
  func values(_ name: String, _ shape: [Int]) throws(MemoryError) -> [Float] {
    guard let tensor = tensors[name], tensor.shape == shape else {
      throw .malformed(
        path: "the weights of a cell", what: "\(name) is missing or of another shape",
        expected: "the shape \(shape)")
    }
    return tensor.values
  }

  /// A matrix with its bias; zero where a layer has none.
  func layer(
    _ name: String, outputs: Int, inputs: Int, suffix: String = "", hasBias: Bool = true
  ) throws(MemoryError) -> LinearLayer {
    LinearLayer(
      weights: try values("\(name).weight\(suffix)", [outputs, inputs]),
      bias: hasBias
        ? try values("\(name).bias\(suffix)", [outputs]) : [Float](repeating: 0, count: outputs))
  }
}

/// The controller of a cell and what goes in and out of it: the part that both machines share.
struct CellController: Sendable {
  private let encoder: LinearLayer?
  private let recurrent: LongShortTermMemory?
  private let plain: LinearLayer?
  private let interface: LinearLayer
  private let output: LinearLayer
  /// What the controller says to the heads is held within this: an overflow of a softplus or a power would end all.
  private static let limit: Float = 20

  init(_ shape: CellShape, _ weights: CellWeights) throws(MemoryError) {
    let (width, seen) = (shape.hidden, shape.seen)
    encoder =
      shape.encoded > 0
      ? try weights.layer("encoder", outputs: shape.encoded, inputs: shape.inputs, hasBias: false)
      : nil
    switch shape.controller {
    case .lstm:
      recurrent = LongShortTermMemory(
        input: try weights.layer("controller", outputs: 4 * width, inputs: seen, suffix: "_ih"),
        state: try weights.layer("controller", outputs: 4 * width, inputs: width, suffix: "_hh"))
      plain = nil
    case .feedForward:
      recurrent = nil
      plain = try weights.layer("controller", outputs: width, inputs: seen)
    }
    interface = try weights.layer("interface", outputs: shape.interface, inputs: width)
    output = try weights.layer(
      "output", outputs: shape.outputs, inputs: width + shape.reads * shape.columns)
  }

  /// One step of the controller: what it says to the heads, [interface].
  func step(_ input: [Float], read: [Float], hidden: inout [Float], cell: inout [Float]) -> [Float]
  {
    let seen = (encoder?(input) ?? input) + read
    if let recurrent {
      recurrent.step(seen, hidden: &hidden, cell: &cell)
    } else if let plain {
      hidden = plain(seen).map(\.hyperbolicTangent)
    }
    return interface(hidden).map { min(max($0, -Self.limit), Self.limit) }
  }

  /// The output for the controller's state and what the heads have read.
  func output(hidden: [Float], read: [Float]) -> [Float] { output(hidden + read) }
}

extension Float {
  var sigmoid: Float { 1 / (1 + (-self).exponential) }
}

/// Reads an interface vector part by part.
struct InterfaceParts {
  private let values: [Float]
  private var place = 0

  init(_ values: [Float]) { self.values = values }

  mutating func next(_ count: Int) -> [Float] {
    defer { place += count }
    return Array(values[place..<place + count])
  }
}
