public import Memory

/// How a neighbor memory stores its keys; with each type the search is exact over the stored keys.
public enum NeighborKeyType: String, ConfigurationChoice {
  /// 4 bytes per value, and one for the scan.
  case f32
  /// 2 bytes per value.
  case f16
  /// 1 byte per value and a scale per key.
  case int8
}

/// How the neighbors' tokens reach the logits.
public enum NeighborReadout: String, ConfigurationChoice {
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
  /// Sharpness of the votes in an answer, if different: less sharp votes are slightly better on texts, but blend names.
  public var answerSharpness: Float?
  /// Pointers in an answer, if more than `pointers`: the entry after a correct one is followed, since keys do not
  /// distinguish the second syllables of names.
  public var answerPointers = 0
  /// Cosine of two keys from which on a newer neighbor replaces an older one that has another token after the same
  /// words; above 1 never.
  public var supersededFrom: Float = 2
  /// How keys are stored.
  public var keyType = NeighborKeyType.f32
  /// Rows whose gate has lower log-odds before the search are skipped; -1000 skips none.
  public var skipBelow: Float = -1000
  /// The number of keys from which on searches are approximate.
  public var approximateFrom = 1_000_000
  /// The number of lists that an approximate search scans.
  public var probes = 192
  /// The number of pointers, entries directly after those that predicted the last token, from which on they vote
  /// without a search (RetoMaton, Alon et al. 2022); 0 searches every time.
  public var pointers = 0
  /// The read-out.
  public var readout = NeighborReadout.mixing
  /// The largest number of entries.
  public var budget = 4_000_000
  /// Which go beyond it: simply the oldest, or pieces of up to 64 entries that a policy chooses. What attention looks at is not
  /// known of entries.
  public var retention = RetentionPolicy.fifo

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
      && retention != .attention
  }
}
