/// Phi-3 and its relatives (arXiv 2404.14219): one matrix for queries, keys and values, one for gate and up.
enum Phi3: Architecture {
  static let name = "phi3"

  static func traits(
    _ reader: HyperparameterReader, shape: TransformerConfiguration
  ) throws(TransformerError) -> ArchitectureTraits? {
    let window = try reader.window()
    return ArchitectureTraits {
      $0.rope = .halves
      $0.window = window.map { .init(length: $0) }
    }
  }

  static func block(_ weights: BlockLoader) throws(TransformerError) -> TransformerModel.Block {
    let heads = weights.heads
    let attention = try weights.split(
      "attn_qkv", rows: [heads.queries, heads.keys, heads.keys], bias: .optional)
    let feedForward = try weights.split("ffn_up", rows: [weights.inner, weights.inner])
    return TransformerModel.Block(
      attentionNorm: try weights.norm("attn_norm"),
      query: attention[0], key: attention[1], value: attention[2],
      attentionOutput: try weights.projection(
        "attn_output", columns: heads.queries, bias: .optional),
      feedForwardNorm: try weights.norm("ffn_norm"),
      gate: feedForward[0], up: feedForward[1],
      down: try weights.projection("ffn_down", columns: weights.inner))
  }
}
