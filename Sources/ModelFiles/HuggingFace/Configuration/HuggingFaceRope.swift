import Foundation

/// The RoPE settings in `config.json`: `rope_parameters`, for each type of layer or for all, or, in older folders,
/// `rope_theta` and `rope_scaling`.
struct HuggingFaceRope {
  /// `default`, `linear`, `yarn`, `llama3`, `longrope` ...
  let type: String
  /// The base of the frequencies.
  let base: Double
  /// The base in layers with a sliding window, where it differs.
  let slidingBase: Double?
  /// The share of each head that is rotated.
  let partial: Double
  /// The settings of the scaling.
  let settings: HuggingFaceConfiguration
  private let all: HuggingFaceConfiguration

  private static let bases = 1.0...1e9

  /// Reads the settings.
  ///
  /// - Parameter base: the base where the file names none.
  init(
    _ configuration: HuggingFaceConfiguration, base fallback: Double = 10_000
  ) throws(ModelFileError) {
    let parameters = try configuration.nested("rope_parameters")
    let scaling = try configuration.nested("rope_scaling")
    let given = parameters ?? scaling
    let full = try given?.nested("full_attention")
    let sliding = try given?.nested("sliding_attention")
    let settings = full ?? (sliding == nil ? given : nil) ?? configuration.emptied
    self.settings = settings
    all = configuration
    let (name, oldName) = try (settings.string("rope_type"), settings.string("type"))
    type = name ?? oldName ?? "default"
    func number(
      _ key: String, _ range: ClosedRange<Double>
    ) throws(ModelFileError) -> Double? {
      let inner = try settings.optionalNumber(key, in: range)
      let outer = try configuration.optionalNumber(key, in: range)
      return inner ?? outer
    }
    base = try number("rope_theta", Self.bases) ?? fallback
    partial = try number("partial_rotary_factor", 0...1) ?? 1
    let local = try configuration.optionalNumber("rope_local_base_freq", in: Self.bases)
    slidingBase = try sliding?.optionalNumber("rope_theta", in: Self.bases) ?? local
  }

  /// The context before the scaling, tokens.
  ///
  /// - Parameter fallback: the value when the file has none; nil for the model's context.
  func originalContext(default fallback: Int? = nil) throws(ModelFileError) -> Int {
    let range = 1...(1 << 24)
    let outer = try all.optionalInteger("original_max_position_embeddings", in: range)
    let inner = try settings.optionalInteger("original_max_position_embeddings", in: range)
    let whole = try all.optionalInteger("max_position_embeddings", in: range)
    guard let context = outer ?? inner ?? fallback ?? whole else {
      throw all.missing("max_position_embeddings")
    }
    return context
  }

  private func factor() throws(ModelFileError) -> Double {
    try settings.number("factor", in: 1e-6...1e6)
  }

  /// Writes the base and the scaling of frequencies under GGUF's keys.
  ///
  /// - Parameter types: the scalings that the architecture can have in a GGUF file.
  func describe(
    in metadata: inout GGUFMetadata, prefix: String, allowing types: Set<String>
  ) throws(ModelFileError) {
    guard partial == 1 else {
      throw all.unsupported("partial_rotary_factor", "\(partial)", "1 for this architecture")
    }
    metadata["\(prefix).rope.freq_base"] = .single(base)
    if type == "dynamic" {
      // This program's own key, which llama.cpp ignores: within the original context nothing changes.
      metadata["\(prefix).rope.scaling.dynamic_factor"] = .single(try factor())
    }
    guard type != "default", type != "dynamic" else { return }
    guard types.contains(type) else {
      throw settings.unsupported(
        "rope_type", quoted(type), (["default"] + types.sorted()).joined(separator: ", "))
    }
    switch type {
    case "linear":
      metadata["\(prefix).rope.scaling.type"] = .string("linear")
      metadata["\(prefix).rope.scaling.factor"] = .single(try factor())
    case "yarn":
      try describeYarn(in: &metadata, prefix: "\(prefix).rope.scaling.")
    default: break
    }
  }

  /// YaRN (arXiv 2309.00071).
  private func describeYarn(
    in metadata: inout GGUFMetadata, prefix: String
  ) throws(ModelFileError) {
    for key in ["mscale", "mscale_all_dim"] where settings.value(key) != nil {
      throw settings.unsupported(key, "set", "'attention_factor'")
    }
    guard try settings.bool("truncate", default: true) else {
      throw settings.unsupported("truncate", "false", "true")
    }
    let factor = try factor()
    metadata[prefix + "type"] = .string("yarn")
    metadata[prefix + "factor"] = .single(factor)
    metadata[prefix + "original_context_length"] = .unsigned(UInt64(try originalContext()))
    if let attention = try settings.optionalNumber("attention_factor", in: 1e-3...1e3) {
      metadata[prefix + "yarn_attn_factor"] = .single(attention)
      // llama.cpp multiplies this value by the paper's factor, and no longer reads the other key.
      metadata[prefix + "attn_factor"] = .single(
        attention / (factor > 1 ? 0.1 * log(factor) + 1 : 1))
    }
    if let fast = try settings.optionalNumber("beta_fast", in: 0.01...1e4) {
      metadata[prefix + "yarn_beta_fast"] = .single(fast)
    }
    if let slow = try settings.optionalNumber("beta_slow", in: 0.01...1e4) {
      metadata[prefix + "yarn_beta_slow"] = .single(slow)
    }
  }

  /// The divisor of each frequency under Llama 3's scaling (`rope_freqs.weight`), [dimension / 2]; nil for another
  /// scaling.
  func llama3Factors(dimension: Int) throws(ModelFileError) -> [Float]? {
    guard type == "llama3" else { return nil }
    let factor = try factor()
    let low = try settings.number("low_freq_factor", in: 1e-3...1e6, default: 1)
    let high = try settings.number("high_freq_factor", in: 1e-3...1e6, default: 4)
    guard low < high else {
      throw settings.unsupported("low_freq_factor", "\(low)", "less than 'high_freq_factor'")
    }
    let original = Double(try originalContext())
    return (0..<dimension / 2).map { pair in
      let wavelength = 2 * .pi * pow(base, 2 * Double(pair) / Double(dimension))
      if wavelength < original / high { return 1 }
      if wavelength > original / low { return Float(factor) }
      let smooth = (original / wavelength - low) / (high - low)
      return Float(1 / ((1 - smooth) / factor + smooth))
    }
  }
}

extension HuggingFaceConfiguration {
  /// Empty settings.
  fileprivate var emptied: HuggingFaceConfiguration {
    HuggingFaceConfiguration(path: path, members: [])
  }
}

extension GGUFValue {
  /// A number as Float32: readers refuse Float64 where they expect Float32.
  static func single(_ number: Double) -> GGUFValue { .float(Double(Float(number))) }
}
