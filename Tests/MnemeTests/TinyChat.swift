import Foundation
import Memory
import MemoryModules
import Mneme
import ModelFiles
import TestSupport

/// A model of random weights with an adapter beside it, and memory files that listen well.
///
/// What it says is noise, but always the same noise: enough for everything about state.
struct TinyChat: Sendable {
  let tiny: TinyLlama
  let model: LanguageModel
  let folder: TemporaryFolder

  static let shared = Result { try TinyChat() }

  init(seed: UInt64 = 1) throws {
    tiny = try TinyLlama(seed: seed)
    folder = try TemporaryFolder()
    try Self.adapter(tiny.model).save(to: Adapter.path(beside: tiny.path))
    model = try LanguageModel(path: tiny.path, threads: 1)
  }

  /// Keys as they are, gates half open.
  static func adapter(_ model: TransformerModel) throws -> Adapter {
    let width = model.configuration.width
    let identity = (0..<width * width).map { Float($0 % (width + 1) == 0 ? 1 : 0) }
    let mean = [Float](repeating: 0, count: width)
    let parts = [HookPoint.block(1, .ln2)].compactMap {
      KeyTransform.Part(point: $0, mean: mean, whitening: identity)
    }
    func open(_ names: [String]) -> ReadoutGate {
      var gate = ReadoutGate.closed(ReadoutGate.commonFeatureNames + names)
      gate.bias = 0
      return gate
    }
    return Adapter(
      fingerprint: ModelFingerprint(of: model), keys: KeyTransform(parts: parts),
      modules: [
        .episodic: try ModuleParameters(
          EpisodicConfiguration(), gate: open(EpisodicMemory.featureNames)),
        .neighbor: try ModuleParameters(
          NeighborConfiguration(), gate: open(NeighborMemory.featureNames)),
        .neural: try ModuleParameters(
          NeuralConfiguration(hiddenWidth: 32), gate: open(NeuralMemory.featureNames)),
      ])
  }

  func session(context: Int? = nil, tokens: Int = 12, instructions: String? = nil) -> ChatSession {
    var options = GenerationOptions.greedy
    options.maximumResponseTokens = tokens
    return ChatSession(
      model, instructions: instructions, options: options, contextLength: context)
  }

  /// A path for a memory file nobody else uses.
  func freshPath() -> String { folder.path("\(UUID().uuidString).mneme") }
}

/// What a memory file holds, without its dates.
func savedState(_ path: String) throws -> Data {
  try SafetensorsFile.open(path).data
}
