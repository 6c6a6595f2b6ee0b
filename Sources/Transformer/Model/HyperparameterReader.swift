import ModelFiles

/// Looks hyper-parameters up under an architecture's prefix and checks their range.
struct HyperparameterReader {
  let file: ModelFile
  let prefix: String

  func invalid(_ key: String, _ found: String, _ expected: String) -> TransformerError {
    .invalidHyperparameter(
      path: file.path, key: "\(prefix).\(key)", found: found, expected: expected)
  }

  func integer(
    _ key: String, in range: ClosedRange<Int>, default fallback: Int? = nil
  ) throws(TransformerError) -> Int {
    let name = "\(prefix).\(key)"
    if file.metadata[name] == nil, let fallback { return fallback }
    guard let value = file.metadata.integer(name) else {
      throw invalid(key, "missing or no whole number", "\(range.lowerBound) to \(range.upperBound)")
    }
    guard range.contains(value) else {
      throw invalid(key, "\(value)", "\(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  func float(
    _ key: String, in range: ClosedRange<Float>, default fallback: Float? = nil
  ) throws(TransformerError) -> Float {
    let name = "\(prefix).\(key)"
    if file.metadata[name] == nil, let fallback { return fallback }
    guard let value = file.metadata.float(name), range.contains(value) else {
      throw invalid(
        key, file.metadata.float(name).map { "\($0)" } ?? "missing or no number",
        "\(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// The length of a sliding window, nil where the model has none.
  func window() throws(TransformerError) -> Int? {
    let length = try integer("attention.sliding_window", in: 0...(1 << 24), default: 0)
    return length == 0 ? nil : length
  }

  /// The limit of a soft cap, nil when there is none; 0 in a file also means none.
  func softCap(_ key: String, default fallback: Float?) throws(TransformerError) -> Float? {
    let limit = try float(key, in: 0...1e6, default: fallback ?? 0)
    return limit == 0 ? nil : limit
  }
}
