/// Qwen3, dense (arXiv 2505.09388): every head's query and key is normalised before RoPE.
enum Qwen3: Architecture {
  static let name = "qwen3"

  static func traits(
    _ reader: HyperparameterReader, shape: TransformerConfiguration
  ) throws(TransformerError) -> ArchitectureTraits? {
    ArchitectureTraits { $0.rope = .halves }
  }

  static func block(_ weights: BlockLoader) throws(TransformerError) -> TransformerModel.Block {
    let heads = weights.heads
    return TransformerModel.Block(
      attentionNorm: try weights.norm("attn_norm"),
      query: try weights.projection("attn_q", rows: heads.queries, bias: .optional),
      key: try weights.projection("attn_k", rows: heads.keys, bias: .optional),
      value: try weights.projection("attn_v", rows: heads.keys, bias: .optional),
      queryNorm: try weights.headNorm("attn_q_norm"),
      keyNorm: try weights.headNorm("attn_k_norm"),
      attentionOutput: try weights.projection(
        "attn_output", columns: heads.queries, bias: .optional),
      feedForwardNorm: try weights.norm("ffn_norm"),
      gate: try weights.projection("ffn_gate", rows: weights.inner),
      up: try weights.projection("ffn_up", rows: weights.inner),
      down: try weights.projection("ffn_down", columns: weights.inner))
  }
}
