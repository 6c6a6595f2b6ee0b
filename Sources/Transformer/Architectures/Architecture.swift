/// One model architecture: its hyper-parameters in a GGUF file and the names of its weights.
///
/// All architectures share one forward pass; an architecture states which optional parts of it a model has.
protocol Architecture: Sendable {
  /// The name in `general.architecture`.
  static var name: String { get }

  /// Reads the differences from Llama, given the shape, which is read alike for all architectures.
  static func traits(
    _ reader: HyperparameterReader, shape: TransformerConfiguration
  ) throws(TransformerError) -> ArchitectureTraits?

  /// Finds the weights of one block.
  static func block(_ weights: BlockLoader) throws(TransformerError) -> TransformerModel.Block
}

/// The supported architectures.
enum Architectures {
  static let all: [any (Architecture & Sendable).Type] = [
    Llama.self, Qwen2.self, Qwen3.self, Gemma.self, Gemma2.self, Gemma3.self, Phi3.self, GPT2.self,
  ]

  /// The architecture of that name.
  static func named(_ name: String) -> (any Architecture.Type)? { all.first { $0.name == name } }
}
