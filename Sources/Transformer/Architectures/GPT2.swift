/// GPT-2 (Radford et al. 2019): learned positions, LayerNorm, biases everywhere, a feed-forward without a gate.
enum GPT2: Architecture {
  static let name = "gpt2"

  static func traits(
    _ reader: HyperparameterReader, shape: TransformerConfiguration
  ) throws(TransformerError) -> ArchitectureTraits? {
    ArchitectureTraits {
      $0.rope = .none
      $0.normalization = .layer
      $0.activation = .gelu
      $0.hasPositionEmbeddings = true
    }
  }

  static func block(_ weights: BlockLoader) throws(TransformerError) -> TransformerModel.Block {
    let heads = weights.heads
    let attention = try weights.split(
      "attn_qkv", rows: [heads.queries, heads.keys, heads.keys], bias: .required)
    return TransformerModel.Block(
      attentionNorm: try weights.norm("attn_norm"),
      query: attention[0], key: attention[1], value: attention[2],
      attentionOutput: try weights.projection(
        "attn_output", columns: heads.queries, bias: .required),
      feedForwardNorm: try weights.norm("ffn_norm"),
      gate: nil,
      up: try weights.projection("ffn_up", rows: weights.inner, bias: .required),
      down: try weights.projection("ffn_down", columns: weights.inner, bias: .required))
  }
}
