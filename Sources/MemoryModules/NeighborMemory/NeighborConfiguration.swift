public import Memory

/// How a neighbor memory keeps its keys; the search is exact in all of them, over the keys as they are kept.
public enum NeighborKeyType: String, Sendable, Codable, CaseIterable {
  /// 4 bytes per value (and one for the scan): the same bits however a text was split.
  case f32
  /// 2 bytes per value.
  case f16
  /// 1 byte per value and a scale per key.
  case int8
}

/// How the neighbors' tokens reach the logits.
public enum NeighborReadout: String, Sendable, Codable, CaseIterable {
  /// p = (1 - g) p_LM + g p_neighbors (kNN-LM).
  case mixing
  /// z = (1 - g) m + g h before the output matrix (SPALM); needs its gate among the slow weights.
  case spalm
}

/// The configuration of a neighbor memory.
public struct NeighborConfiguration: ModuleConfiguration {
  /// Entries that vote.
  public var neighbors = 64
  /// Sharpness of the votes: weight = softmax(sharpness * cosine), the inverse of kNN-LM's temperature.
  public var sharpness: Float = 20
  /// Sharpness of the votes on an answer, if another: blunt votes win by a hair on texts, and blend names.
  public var answerSharpness: Float?
  /// Pointers on an answer, if more: what comes after an entry that was right goes on after it, for a name's second
  /// syllable looks like any other's.
  public var answerPointers = 0
  /// Cosine of two keys from which on a newer neighbor takes an older one's place when it says another token after the
  /// same words; above 1 never.
  public var supersededFrom: Float = 2
  /// How keys are kept.
  public var keyType = NeighborKeyType.f32
  /// Rows whose gate has lower log-odds before the search are not searched for; -1000 lets all pass.
  public var skipBelow: Float = -1000
  /// Keys from which on a search looks at some of them only.
  public var approximateFrom = 1_000_000
  /// Lists such a search looks into.
  public var probes = 192
  /// Pointers to the entries after those that were right, from which on they vote instead of a search (RetoMaton, Alon
  /// et al. 2022); 0 searches every time.
  public var pointers = 0
  /// How the neighbors are heard.
  public var readout = NeighborReadout.mixing
  /// Entries kept at most; beyond it the oldest go first.
  public var budget = 4_000_000

  /// The defaults.
  public init() {}

  public init(for context: ModuleContext) { self.init() }

  /// Whether every value is in range.
  public var isSound: Bool {
    (1...4096).contains(neighbors) && sharpness.isFinite && sharpness > 0 && sharpness <= 1000
      && answerSharpness.map { $0.isFinite && $0 > 0 && $0 <= 1000 } ?? true
      && (0...4096).contains(answerPointers) && supersededFrom.isFinite && supersededFrom > 0
      && skipBelow.isFinite && approximateFrom > 0
      && (1...8192).contains(probes)
      && (0...4096).contains(pointers) && (1...1_000_000_000).contains(budget)
  }
}
