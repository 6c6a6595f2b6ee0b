/// Gemma (arXiv 2403.08295): scaled embeddings and a gated GELU. GGUF files store norm weights as 1 + w.
enum Gemma: Architecture {
  static let name = "gemma"

  static func traits(
    _ reader: HyperparameterReader, shape: TransformerConfiguration
  ) throws(TransformerError) -> ArchitectureTraits? {
    common(shape)
  }

  /// The traits that all Gemmas share.
  static func common(_ shape: TransformerConfiguration) -> ArchitectureTraits {
    ArchitectureTraits {
      $0.rope = .halves
      $0.activation = .gelu
      $0.embeddingScale = Float(shape.width).squareRoot()
    }
  }

  static func block(_ weights: BlockLoader) throws(TransformerError) -> TransformerModel.Block {
    let heads = weights.heads
    return TransformerModel.Block(
      attentionNorm: try weights.norm("attn_norm"),
      query: try weights.projection("attn_q", rows: heads.queries),
      key: try weights.projection("attn_k", rows: heads.keys),
      value: try weights.projection("attn_v", rows: heads.keys),
      attentionOutput: try weights.projection("attn_output", columns: heads.queries),
      feedForwardNorm: try weights.norm("ffn_norm"),
      gate: try weights.projection("ffn_gate", rows: weights.inner),
      up: try weights.projection("ffn_up", rows: weights.inner),
      down: try weights.projection("ffn_down", columns: weights.inner))
  }
}
