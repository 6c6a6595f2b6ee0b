/// Gemma 3, its text model (arXiv 2503.19786): normalised queries and keys, and in five of six blocks a sliding window
/// with a separate RoPE.
enum Gemma3: Architecture {
  static let name = "gemma3"

  static func traits(
    _ reader: HyperparameterReader, shape: TransformerConfiguration
  ) throws(TransformerError) -> ArchitectureTraits? {
    var traits = Gemma.common(shape)
    traits.logitSoftCap = try reader.softCap("final_logit_softcapping", default: nil)
    if let length = try reader.window() {
      traits.window = .init(
        length: length,
        period: try reader.integer("attention.sliding_window_pattern", in: 1...1024, default: 6),
        ropeBase: try reader.float("rope.freq_base_swa", in: 1...1e9, default: 10_000))
    }
    if shape.layerCount == 62 {
      traits.attentionScale = (Float(shape.headCount) / Float(shape.width)).squareRoot()
    }
    return traits
  }

  static func block(_ weights: BlockLoader) throws(TransformerError) -> TransformerModel.Block {
    let heads = weights.heads
    return TransformerModel.Block(
      attentionNorm: try weights.norm("attn_norm"),
      query: try weights.projection("attn_q", rows: heads.queries),
      key: try weights.projection("attn_k", rows: heads.keys),
      value: try weights.projection("attn_v", rows: heads.keys),
      queryNorm: try weights.headNorm("attn_q_norm"),
      keyNorm: try weights.headNorm("attn_k_norm"),
      attentionOutput: try weights.projection("attn_output", columns: heads.queries),
      attentionPostNorm: try weights.norm("post_attention_norm"),
      feedForwardNorm: try weights.norm("ffn_norm"),
      gate: try weights.projection("ffn_gate", rows: weights.inner),
      up: try weights.projection("ffn_up", rows: weights.inner),
      down: try weights.projection("ffn_down", columns: weights.inner),
      feedForwardPostNorm: try weights.norm("post_ffw_norm"))
  }
}
