import ModelFiles

extension HyperparameterReader {
  /// How the file scales RoPE.
  ///
  /// - Parameters:
  ///   - pairs: rotated pairs per head.
  ///   - context: tokens of context the model was made for.
  func ropeScaling(pairs: Int, context: Int) throws(TransformerError) -> RopeScaling? {
    let metadata = file.metadata
    if let factors = try factors("rope_freqs.weight", pairs: pairs) { return .factors(factors) }
    if let short = try self.factors("rope_factors_short.weight", pairs: pairs),
      let long = try self.factors("rope_factors_long.weight", pairs: pairs)
    {
      return .long(
        short: short, long: long,
        original: try integer(
          "rope.scaling.original_context_length", in: 1...(1 << 24), default: context),
        attention: try float("rope.scaling.attn_factor", in: 1e-3...1e3, default: 1))
    }
    // No key of llama.cpp's, which does not know the scaling.
    if metadata["\(prefix).rope.scaling.dynamic_factor"] != nil {
      return .dynamic(
        factor: try float("rope.scaling.dynamic_factor", in: 1...1e6), original: context)
    }
    let type = metadata.string("\(prefix).rope.scaling.type")
    // Older files have only the factor, and mean linear scaling.
    let key = ["rope.scaling.factor", "rope.scale_linear"].first {
      metadata["\(prefix).\($0)"] != nil
    }
    let factor =
      try key.map { key throws(TransformerError) in
        try float(key, in: 0...1e6)
      } ?? 1
    switch type {
    case "none": return nil
    case nil, "linear": return factor == 0 || factor == 1 ? nil : .linear(factor: factor)
    case "yarn":
      guard factor >= 1 else {
        throw invalid("rope.scaling.factor", "\(factor)", "at least 1")
      }
      let attention =
        metadata["\(prefix).rope.scaling.attn_factor"] == nil
        ? nil : try float("rope.scaling.attn_factor", in: 1e-3...1e3)
      return .yarn(
        factor: factor,
        original: try integer(
          "rope.scaling.original_context_length", in: 1...(1 << 24),
          default: max(1, Int(Float(context) / factor))),
        // llama.cpp multiplies the paper's factor with the file's.
        attention: attention.map { $0 * RopeScaling.sharpening(factor) },
        fast: try float("rope.scaling.yarn_beta_fast", in: 0.01...1e4, default: 32),
        slow: try float("rope.scaling.yarn_beta_slow", in: 0.01...1e4, default: 1))
    case let type?: throw .unsupportedRopeScaling(path: file.path, found: type)
    }
  }

  /// The divisor of each frequency, [pairs], from a tensor; nil when the file has no tensor of that name.
  private func factors(_ name: String, pairs: Int) throws(TransformerError) -> [Float]? {
    guard file.tensor(name) != nil else { return nil }
    let factors = try WeightLoader(file: file).vector(name, count: pairs)
    guard factors.allSatisfy({ $0 > 0 }) else {
      throw .file(
        .malformed(
          path: file.path, what: "tensor \(quoted(name)) holds factors that are not positive",
          offset: nil, expected: "positive numbers"))
    }
    return factors
  }
}
