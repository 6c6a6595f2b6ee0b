/// Gemma 2 (arXiv 2408.00118): norms both before and after the sub-layers, soft caps, and a window in every other
/// block.
enum Gemma2: Architecture {
  static let name = "gemma2"

  static func traits(
    _ reader: HyperparameterReader, shape: TransformerConfiguration
  ) throws(TransformerError) -> ArchitectureTraits? {
    var traits = Gemma.common(shape)
    traits.attentionSoftCap = try reader.softCap("attn_logit_softcapping", default: 50)
    traits.logitSoftCap = try reader.softCap("final_logit_softcapping", default: 30)
    if let length = try reader.window() { traits.window = .init(length: length, period: 2) }
    // The 27B model divides by the width of a head as if all heads shared the residual stream.
    if shape.layerCount == 46 {
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
      attentionOutput: try weights.projection("attn_output", columns: heads.queries),
      attentionPostNorm: try weights.norm("post_attention_norm"),
      feedForwardNorm: try weights.norm("ffn_norm"),
      gate: try weights.projection("ffn_gate", rows: weights.inner),
      up: try weights.projection("ffn_up", rows: weights.inner),
      down: try weights.projection("ffn_down", columns: weights.inner),
      feedForwardPostNorm: try weights.norm("post_ffw_norm"))
  }
}
