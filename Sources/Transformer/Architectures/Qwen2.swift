/// Qwen2 and Qwen2.5 (arXiv 2407.10671): queries, keys and values have biases.
enum Qwen2: Architecture {
  static let name = "qwen2"

  static func traits(
    _ reader: HyperparameterReader, shape: TransformerConfiguration
  ) throws(TransformerError) -> ArchitectureTraits? {
    ArchitectureTraits { $0.rope = .halves }
  }

  static func block(_ weights: BlockLoader) throws(TransformerError) -> TransformerModel.Block {
    let heads = weights.heads
    return TransformerModel.Block(
      attentionNorm: try weights.norm("attn_norm"),
      query: try weights.projection("attn_q", rows: heads.queries, bias: .required),
      key: try weights.projection("attn_k", rows: heads.keys, bias: .required),
      value: try weights.projection("attn_v", rows: heads.keys, bias: .required),
      attentionOutput: try weights.projection("attn_output", columns: heads.queries),
      feedForwardNorm: try weights.norm("ffn_norm"),
      gate: try weights.projection("ffn_gate", rows: weights.inner),
      up: try weights.projection("ffn_up", rows: weights.inner),
      down: try weights.projection("ffn_down", columns: weights.inner))
  }
}
