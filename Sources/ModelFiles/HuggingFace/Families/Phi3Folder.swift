import Foundation

/// Phi-3, Phi-3.5 and Phi-4: one matrix for queries, keys and values, one for both halves of the gated feed-forward.
enum Phi3Folder: HuggingFaceFamily {
  static let modelTypes = ["phi3"]

  static func layout(
    _ configuration: HuggingFaceConfiguration
  ) throws(ModelFileError) -> HuggingFaceLayout {
    let shape = try DecoderShape(configuration, defaults: .init(epsilon: 1e-5))
    let rope = try HuggingFaceRope(configuration)
    try configuration.requireActivation("hidden_act", ["silu", "swish"])
    var layout = HuggingFaceLayout(
      "phi3", prefixes: ["model.", ""], embedding: "embed_tokens.weight", shape: shape)
    layout.requiresHead = try !configuration.bool("tie_word_embeddings", default: false)
    shape.describe(
      in: &layout.metadata, prefix: "phi3",
      withHeadDimension: configuration.value("head_dim") != nil)
    let rotated = Int(rope.partial * Double(shape.headDimension))
    guard rotated > 0, rotated % 2 == 0 else {
      throw configuration.unsupported(
        "partial_rotary_factor", "\(rope.partial)", "an even number of rotated values")
    }
    layout.metadata["phi3.rope.scaling.original_context_length"] = .unsigned(
      UInt64(try rope.originalContext(default: 4096)))
    layout.metadata["phi3.rope.dimension_count"] = .unsigned(UInt64(rotated))
    layout.metadata["phi3.rope.freq_base"] = .single(rope.base)
    // Zero distinguishes Phi-4 from the others.
    layout.metadata["phi3.attention.sliding_window"] = .unsigned(
      UInt64(try configuration.optionalInteger("sliding_window", in: 0...(1 << 24)) ?? 0))
    try addFactors(rope, shape, rotated: rotated, to: &layout)
    addBlocks(shape, to: &layout)
    return layout
  }

  private static func addBlocks(_ shape: DecoderShape, to layout: inout HuggingFaceLayout) {
    let (width, inner) = (shape.width, shape.inner)
    for layer in 0..<shape.layers {
      let (source, target) = ("layers.\(layer).", "blk.\(layer).")
      layout.add(source + "input_layernorm.weight", target + "attn_norm.weight", [width])
      layout.addLinear(
        source + "self_attn.qkv_proj", target + "attn_qkv",
        [shape.queries + 2 * shape.keys, width])
      layout.addLinear(
        source + "self_attn.o_proj", target + "attn_output", [width, shape.queries])
      layout.add(source + "post_attention_layernorm.weight", target + "ffn_norm.weight", [width])
      layout.addLinear(source + "mlp.gate_up_proj", target + "ffn_up", [2 * inner, width])
      layout.addLinear(source + "mlp.down_proj", target + "ffn_down", [width, inner])
    }
    layout.add("norm.weight", "output_norm.weight", [width])
  }

  /// LongRoPE (arXiv 2402.13753): the divisors of the frequencies, within the original context and beyond it.
  private static func addFactors(
    _ rope: HuggingFaceRope, _ shape: DecoderShape, rotated: Int, to layout: inout HuggingFaceLayout
  ) throws(ModelFileError) {
    guard rope.type != "default" else { return }
    guard ["longrope", "su", "yarn"].contains(rope.type) else {
      throw rope.settings.unsupported("rope_type", quoted(rope.type), "default, longrope")
    }
    guard
      let long = try rope.settings.numbers("long_factor", count: rotated / 2, in: 1e-6...1e6),
      let short = try rope.settings.numbers("short_factor", count: rotated / 2, in: 1e-6...1e6)
    else { throw rope.settings.missing("long_factor' and 'short_factor") }
    let original = layout.metadata.integer("phi3.rope.scaling.original_context_length") ?? 4096
    let scale = Double(shape.context) / Double(max(2, original))
    let attention = try rope.settings.optionalNumber("attention_factor", in: 1e-3...1e3)
    layout.metadata["phi3.rope.scaling.attn_factor"] = .single(
      attention ?? (scale > 1 ? (1 + log(scale) / log(Double(max(2, original)))).squareRoot() : 1))
    layout.made.append(("rope_factors_long.weight", long.map { Float($0) }))
    layout.made.append(("rope_factors_short.weight", short.map { Float($0) }))
  }
}
