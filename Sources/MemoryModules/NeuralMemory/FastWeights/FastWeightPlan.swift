public import Memory
package import Transformer

/// Which matrices of a frozen model have fast weights, and how those learn.
///
/// A next-token step after each chunk, on low-rank updates of the feed-forward networks: dynamic evaluation (Krause et al.
/// 2018, arXiv 1709.07432) and TTT-E2E (arXiv 2512.23675) as something that can be taken off again. In Titans' words
/// (arXiv 2501.00663, eqs. 13-14): the gradient is the momentary surprise, the optimiser's first moment the past surprise,
/// and `forget` decays towards M_0, which is the plain model.
public struct FastWeightPlan: Sendable, Codable, Equatable {
  /// How a gradient becomes a step.
  public enum Optimiser: String, ConfigurationChoice {
    /// Steps of like size in every weight (AdamW, arXiv 1711.05101).
    case adam
    /// The first moment, orthogonalised matrix by matrix (Muon).
    case muon
    /// The first moment as it is, over the gradient's length.
    case momentum
  }

  /// How numbers are kept.
  public enum Storage: String, ConfigurationChoice {
    /// As Float32.
    case f32
    /// A and B are rounded to Float16 after each step, moments to BF16: half the bytes in the file.
    case f16
  }

  /// Columns of A and rows of B.
  public var rank = 16
  /// Blocks at the bottom that have none, as a share of all.
  public var skipped: Float = 0.06
  /// Which matrices: names of `ProjectionPoint.Site`, such as `mlp.W_out`.
  public var sites = ["mlp.W_gate", "mlp.W_in", "mlp.W_out"]
  /// Tokens of a step; each step follows the reading of its tokens.
  public var chunkLength = 512
  /// The optimiser.
  public var optimiser = Optimiser.adam
  /// Step size; smaller for wider models (`init(width:)`).
  public var learningRate: Float = 4e-3
  /// Share of past surprise that stays: the decay of the first moment.
  public var momentum: Float = 0.9
  /// Decay of the second moment.
  public var spread: Float = 0.95
  /// Share of B that each step forgets.
  public var forget: Float = 0
  /// A gradient longer than this many times the longest of the steps before is shortened to it: the trust region.
  public var trust: Float = 4
  /// Whether what people say in a chat is learned by steps, too, beside documents; facts are learned by `consolidate`.
  public var learnsTalk = false
  /// How numbers are kept between steps and in the file.
  public var storage = Storage.f32
  /// Seed of A_0.
  public var seed: UInt64 = 0x4d6e_656d_65

  /// The defaults, with the step size of a model of width 576.
  public init() {}

  /// The defaults for a model of some width.
  ///
  /// The step size goes with 1 over the width, as the best one of Adam does in matrices whose inputs grow (maximal update
  /// parametrisation, Yang et al. 2022, arXiv 2203.03466). Measured on novels: at width 576 it is best from 0.004 to 0.005, at
  /// width 256 from 0.012 to 0.018, where this gives 0.009.
  public init(width: Int) {
    learningRate = min(0.02, max(0.0005, 0.004 * 576 / Float(max(1, width))))
  }

  /// What is left out has its default.
  public init(from decoder: any Decoder) throws {
    self.init()
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func take<T: Decodable>(_ key: CodingKeys, _ value: inout T) throws {
      if let found = try values.decodeIfPresent(T.self, forKey: key) { value = found }
    }
    try take(.rank, &rank)
    try take(.skipped, &skipped)
    try take(.sites, &sites)
    try take(.chunkLength, &chunkLength)
    try take(.optimiser, &optimiser)
    try take(.learningRate, &learningRate)
    try take(.momentum, &momentum)
    try take(.spread, &spread)
    try take(.forget, &forget)
    try take(.trust, &trust)
    try take(.learnsTalk, &learnsTalk)
    try take(.storage, &storage)
    try take(.seed, &seed)
  }

  var isSound: Bool {
    (1...256).contains(rank) && (0..<1).contains(skipped) && !sites.isEmpty
      && sites.allSatisfy { ProjectionPoint.Site(rawValue: $0) != nil }
      && Set(sites).count == sites.count && (2...16_384).contains(chunkLength)
      && learningRate.isFinite && learningRate >= 0 && (0..<1).contains(momentum)
      && (0..<1).contains(spread) && (0...1).contains(forget) && trust.isFinite && trust > 0
  }

  /// The matrices of a model that have fast weights, in the order of the forward pass.
  package func points(in model: TransformerModel) -> [ProjectionPoint] {
    let lowest = Int((skipped * Float(model.configuration.layerCount)).rounded())
    return model.projections.filter { $0.layer >= lowest && sites.contains($0.site.rawValue) }
  }
}
