import Foundation
import Memory
import MemoryModules
import TestSupport
import Testing
import Transformer

/// A memory the rules are tested on: each registered kind as calibration makes it, and the neural memory as it is shipped,
/// with a second part wired into the last block, and as fast weights in the model's own blocks; and a Neural Turing Machine with
/// wires, as an adapter brings them.
struct MemoryShape: Sendable, CustomTestStringConvertible {
  let kind: ModuleKind
  var isShipped = false
  var isWeights = false
  var isWired = false

  var testDescription: String {
    kind.rawValue
      + (isShipped ? " as shipped" : isWeights ? " as fast weights" : isWired ? " wired" : "")
  }

  static let all =
    ModuleRegistry.standard.kinds.map { MemoryShape(kind: $0) }
    + [
      MemoryShape(kind: .neural, isShipped: true), MemoryShape(kind: .neural, isWeights: true),
      MemoryShape(kind: "ntm", isWired: true),
    ]

  /// A workbench whose memories of the kind have the shape.
  func bench() throws -> Workbench {
    try shaped(Workbench.shared.get())
  }

  /// The same on a recorded model (`PeerModel`).
  func bench(on architecture: String) throws -> Workbench {
    guard let made = Workbench.onArchitectures[architecture] else {
      throw UnknownArchitecture(name: architecture)
    }
    return try shaped(made.get())
  }

  /// There is no recorded model of this name.
  struct UnknownArchitecture: Error { let name: String }

  private func shaped(_ bench: Workbench) throws -> Workbench {
    if isShipped { return try bench.withShippedNeural() }
    if isWired { return try bench.withWires() }
    return isWeights ? try bench.withFastWeights() : bench
  }

  /// The names of modules whose readings are mixed into logits.
  var isAssociative: Bool {
    (try? ModuleRegistry.standard.type(of: kind)) is any AssociativeModule.Type
  }
}

extension Workbench {
  /// The neural memory as fast weights that take a step every 16 tokens.
  func withFastWeights(
    _ change: (inout FastWeightPlan) -> Void = { _ in }
  ) throws -> Workbench {
    var configuration = NeuralConfiguration(hiddenWidth: 8)
    configuration.form = .weights
    configuration.weights.rank = 3
    configuration.weights.skipped = 0
    configuration.weights.chunkLength = 16
    configuration.weights.learningRate = 0.02
    change(&configuration.weights)
    let gate = try #require(parameters[.neural]).gate
    return replacing(.neural, by: try ModuleParameters(configuration, gate: gate))
  }

  /// A Neural Turing Machine with random wires at the first block, which is heard in every answer.
  func withWires() throws -> Workbench {
    let (width, columns) = (model.configuration.width, 6)
    var generator = TinyLlama.Generator(seed: 43)
    var parameters = try #require(parameters["ntm"])
    var configuration = try parameters.configuration(
      FactSlotConfiguration.self,
      context: ModuleContext(model: model, keyColumns: keys.columns))
    configuration.facts.readout = .votes
    configuration.wiring = MachineWiring(layer: 0, columns: columns)
    let shapes = [
      "content.weight": [columns, 2 * width], "content.bias": [columns],
      "address.weight": [columns + 6, 2 * width], "address.bias": [columns + 6],
      "opening.weight": [1, width + 3],
    ]
    for name in shapes.keys.sorted() {
      let shape = shapes[name] ?? []
      parameters.tensors[name] = ParameterTensor(
        shape: shape, values: generator.normal(shape.reduce(1, *), deviation: 0.3))
    }
    parameters.tensors["opening.bias"] = ParameterTensor(shape: [1], values: [9])
    return replacing(
      "ntm",
      by: try ModuleParameters(
        configuration, gate: parameters.gate, tensors: parameters.tensors))
  }

  /// The neural memory of the bundled adapter, scaled to this model and with random projections: the text part as calibrated
  /// here, beside it a linear map of expanded keys, wired into the last block as MAG, with convolutions and token gates.
  func withShippedNeural() throws -> Workbench {
    let columns = (key: 8, value: 12)
    var wired = NeuralConfiguration(hiddenWidth: 1)
    wired.depth = 1
    wired.loss = .associative
    wired.learningRate = .init(base: 1)
    wired.stepBound = .weighted
    wired.keyFeatures = .init(
      monomials: .products, degree: 3, coefficients: [0.05, 0.3, 0.95])
    var plan = NeuralWiringPlan(.gate, layer: model.configuration.layerCount - 1)
    plan.activatesProjections = false
    plan.normalizesRecall = false
    plan.rowsPerSegment = 1
    plan.segmentLength = 4
    wired.wiring = plan
    let width = model.configuration.width
    var generator = TinyLlama.Generator(seed: 41)
    var tensors: [String: ParameterTensor] = [:]
    func add(_ name: String, _ shape: [Int], _ deviation: Float) {
      tensors[name] = ParameterTensor(
        shape: shape,
        values: generator.normal(shape.reduce(1, *), deviation: deviation))
    }
    add("wiring.query", [width, columns.key], 0.3)
    add("wiring.key", [width, columns.key], 0.3)
    add("wiring.value", [width, columns.value], 0.3)
    add("wiring.output", [columns.value, width], 0.5)
    add("wiring.gate", [width, width], 0.2)
    add("wiring.gate.bias", [width], 0.5)
    add("wiring.query.convolution", [columns.key, 4], 0.5)
    add("wiring.key.convolution", [columns.key, 5], 0.5)
    add("wiring.rates", [width, 3], 0.2)
    // No momentum, little forgetting, large steps: as trained.
    tensors["wiring.rates.bias"] = ParameterTensor(shape: [3], values: [-6, -40, 1])
    var rates = tensors["wiring.rates"]?.values ?? []
    for row in 0..<width { rates[row * 3 + 1] = 0 }
    tensors["wiring.rates"] = ParameterTensor(shape: [width, 3], values: rates)
    let text = try #require(parameters[.neural])
    var configuration = try text.configuration(
      NeuralConfiguration.self,
      context: ModuleContext(model: model, keyColumns: keys.columns))
    configuration.companion = [wired]
    return replacing(
      .neural, by: try ModuleParameters(configuration, gate: text.gate, tensors: tensors))
  }
}
