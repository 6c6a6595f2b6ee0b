/// What is particular about one architecture: what its files say and what its weights are called.
///
/// The forward pass is one for all of them; an architecture says which of its parts there are.
protocol Architecture: Sendable {
  /// The name in `general.architecture`.
  static var name: String { get }

  /// Reads in what a model differs from Llama, given the shape that is read for all of them.
  static func traits(
    _ reader: HyperparameterReader, shape: TransformerConfiguration
  ) throws(TransformerError) -> ArchitectureTraits?

  /// Finds the weights of one block.
  static func block(_ weights: BlockLoader) throws(TransformerError) -> TransformerModel.Block
}

/// The architectures that run.
enum Architectures {
  static let all: [any (Architecture & Sendable).Type] = [
    Llama.self, Qwen2.self, Qwen3.self, Gemma.self, Gemma2.self, Gemma3.self, Phi3.self, GPT2.self,
  ]

  /// The architecture of that name.
  static func named(_ name: String) -> (any Architecture.Type)? { all.first { $0.name == name } }
}
