import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// The tiny model and the adapter of `Tools/golden/neural_wiring.py`.
struct WiringBench {
  let golden: SafetensorsFile
  let model: TransformerModel
  let tensors: [String: ParameterTensor]
  let tokens: [Int32]
  private let tiny: TinyModel

  init() throws {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/neural-wiring", withExtension: "safetensors"))
    golden = try SafetensorsFile.open(url.path)
    tiny = try TinyModel(
      TinyModel.Shape {
        $0.layers = 3
        $0.isTied = false
        $0.seed = 20
      })
    model = try tiny.load()
    var tensors: [String: ParameterTensor] = [:]
    for tensor in golden.tensors where tensor.name.hasPrefix("adapter.") {
      tensors[String(tensor.name.dropFirst("adapter.".count))] = ParameterTensor(
        shape: tensor.shape, values: try tensor.floats())
    }
    self.tensors = tensors
    tokens = try golden.require("tokens").int64s().map { Int32($0) }
  }

  /// An empty wired memory.
  func memory(
    _ kind: NeuralWiringPlan.Kind, gating: NeuralWiringPlan.Gating = .residual,
    tensors change: (inout [String: ParameterTensor]) -> Void = { _ in },
    _ configure: (inout NeuralConfiguration) -> Void = { _ in }
  ) throws -> NeuralMemory {
    var configuration = NeuralConfiguration(hiddenWidth: 5)
    configuration.heads = 2
    configuration.loss = .associative
    configuration.chunkLength = 8
    var plan = NeuralWiringPlan(kind, layer: 1)
    plan.gating = gating
    plan.segmentLength = 4
    plan.rowsPerSegment = 2
    configuration.wiring = plan
    configure(&configuration)
    var tensors = tensors
    change(&tensors)
    let names = NeuralMemory.gateFeatureNames
    return try NeuralMemory(
      context: ModuleContext(model: model, keyColumns: 64),
      parameters: ModuleParameters(configuration, gate: .closed(names), tensors: tensors))
  }

  /// A wired memory that holds the golden state.
  func filled(
    _ kind: NeuralWiringPlan.Kind, gating: NeuralWiringPlan.Gating = .residual,
    tensors change: (inout [String: ParameterTensor]) -> Void = { _ in }
  ) throws -> NeuralMemory {
    let memory = try memory(kind, gating: gating, tensors: change)
    try fill(memory)
    return memory
  }

  /// Gives a memory the golden state, as M itself.
  func fill(_ memory: NeuralMemory) throws {
    var weights = memory.trainer.learner.weights
    for head in weights.indices {
      for layer in weights[head].layers.indices {
        weights[head].layers[layer] = try golden.require("state.\(head).\(layer)").floats()
      }
    }
    memory.trainer.readable = weights
  }

  /// The residual stream behind the last block and the logits, both for all positions.
  func run(
    _ tokens: [Int32], with memory: NeuralMemory? = nil, pieces: [Int]? = nil, commits: Bool = false
  ) throws -> (stream: [Float], logits: [Float]) {
    let session = TransformerSession(model: model)
    let seen = Seen()
    let seat = memory.map { Seat($0, in: session, isReadOnly: !commits) }
    let handle = session.hooks.read([.block(2, .residPost)]) { _, values in
      for index in 0..<values.count { seen.values.append(values[index]) }
    }
    defer {
      handle.remove()
      seat?.remove()
    }
    var logits: [Float] = []
    var start = 0
    for size in pieces ?? [tokens.count] {
      logits += try session.forward(Array(tokens[start..<start + size]), logits: .all).values
      start += size
      if commits {
        try session.commit(
          through: start, provenance: Workbench.provenance(),
          learnable: [Bool](repeating: true, count: size), endsSegment: true)
      }
    }
    return (seen.values, logits)
  }

  private final class Seen {
    var values: [Float] = []
  }
}
