public import Memory

/// Where and how a neural memory acts inside the forward pass (Titans, section 4): needs an adapter's projections.
public struct NeuralWiringPlan: Sendable, Codable, Equatable {
  /// Titans' three architectures around attention; without any of them the memory is read through logit mixing (LMM).
  public enum Kind: String, ConfigurationChoice {
    /// Memory as a branch beside attention, gated into its output (eqs. 26-28).
    case gate = "mag"
    /// Memory as a layer before attention, gated into its input (eqs. 29-31).
    case layer = "mal"
    /// What memory recalls of earlier segments as rows of attention's context, and a read by attention's output (eqs. 21-25).
    case context = "mac"
  }

  /// How a read m joins an activation a under the gate g.
  public enum Gating: String, ConfigurationChoice {
    /// a + g * norm(m): a closed gate leaves a alone.
    case residual
    /// (1 - g) a + g silu(norm(a)) * silu(norm(m)): the paper's product of two normalised branches.
    case product
  }

  /// Which architecture.
  public var kind: Kind
  /// The block it is wired to.
  public var layer: Int
  /// How a read joins.
  public var gating = Gating.residual
  /// Whether SiLU is applied to projected queries, keys and values, as published.
  public var activatesProjections = true
  /// Whether a read is brought to length before it joins, as published. Without, its length shows how sure the memory is:
  /// a read of what it did not learn is short.
  public var normalizesRecall = true
  /// Positions per segment of `context`.
  public var segmentLength = 64
  /// Rows a segment leaves in attention's context: queries averaged over equal parts of it.
  public var rowsPerSegment = 4
  /// Gates below it in every channel leave a row alone, bit for bit.
  public var gateFloor: Float = 1e-3

  /// A wiring with the defaults.
  public init(_ kind: Kind, layer: Int) {
    self.kind = kind
    self.layer = layer
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      try values.decode(Kind.self, forKey: .kind),
      layer: try values.decode(Int.self, forKey: .layer))
    func take<T: Decodable>(_ key: CodingKeys, _ value: inout T) throws {
      if let found = try values.decodeIfPresent(T.self, forKey: key) { value = found }
    }
    try take(.gating, &gating)
    try take(.activatesProjections, &activatesProjections)
    try take(.normalizesRecall, &normalizesRecall)
    try take(.segmentLength, &segmentLength)
    try take(.rowsPerSegment, &rowsPerSegment)
    try take(.gateFloor, &gateFloor)
  }

  var isSound: Bool {
    layer >= 0 && (1...65_536).contains(segmentLength)
      && (1...segmentLength).contains(rowsPerSegment)
      && segmentLength.isMultiple(of: rowsPerSegment) && gateFloor.isFinite && gateFloor >= 0
  }
}
