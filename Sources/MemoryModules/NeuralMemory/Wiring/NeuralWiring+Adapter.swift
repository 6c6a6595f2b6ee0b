package import Memory

extension NeuralWiring {
  /// The wiring a configuration asks for; nil when it asks for none, or when the adapter holds no `wiring.query`: then
  /// the memory can only be read through logit mixing.
  ///
  /// - Throws: `MemoryError.malformed` for a tensor that is missing or of another shape, or a layer the model lacks.
  package init?(
    _ configuration: NeuralConfiguration, tensors: [String: ParameterTensor],
    model: Model
  ) throws(MemoryError) {
    guard let plan = configuration.wiring, let first = tensors["wiring.query"] else { return nil }
    let source = AdapterTensors(tensors: tensors)
    guard plan.layer < model.layers else {
      throw source.malformed("the wiring's layer", "less than \(model.layers)")
    }
    guard first.shape.count == 2, let columns = first.shape.last, columns > 0 else {
      throw source.malformed("wiring.query", "[\(model.width), key columns]")
    }
    let width = model.width
    let values = tensors["wiring.value"]?.shape.last ?? 0
    guard values > 0 else { throw source.malformed("wiring.value", "[\(width), value columns]") }
    let attention = model.attentionColumns
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
