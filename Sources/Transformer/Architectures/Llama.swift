/// Llama 1 to 3.x (arXiv 2302.13971), and with the same weights under the same names Mistral and SmolLM2.
enum Llama: Architecture {
  static let name = "llama"

  static func traits(
    _ reader: HyperparameterReader, shape: TransformerConfiguration
  ) throws(TransformerError) -> ArchitectureTraits? {
    // Mistral 7B v0.1 has a window in all blocks.
    guard let window = try reader.window() else { return nil }
    return ArchitectureTraits { $0.window = .init(length: window) }
  }

  static func block(_ weights: BlockLoader) throws(TransformerError) -> TransformerModel.Block {
    let heads = weights.heads
    return TransformerModel.Block(
      attentionNorm: try weights.norm("attn_norm"),
      query: try weights.projection("attn_q", rows: heads.queries, bias: .optional),
      key: try weights.projection("attn_k", rows: heads.keys, bias: .optional),
      value: try weights.projection("attn_v", rows: heads.keys, bias: .optional),
      attentionOutput: try weights.projection(
        "attn_output", columns: heads.queries, bias: .optional),
      feedForwardNorm: try weights.norm("ffn_norm"),
      gate: try weights.projection("ffn_gate", rows: weights.inner, bias: .optional),
      up: try weights.projection("ffn_up", rows: weights.inner, bias: .optional),
      down: try weights.projection("ffn_down", columns: weights.inner, bias: .optional))
  }
}
