public import Memory
public import ModelFiles

/// The configuration of a neural memory. Keys an adapter's JSON lacks keep their defaults, so older adapters still load.
public struct NeuralConfiguration: ModuleConfiguration {
  /// What the memory is trained to do at test time.
  public enum Loss: String, Sendable, Codable, CaseIterable {
    /// The language model's own loss: M(k) is added to the final hidden state before the output matrix, and the surprise
    /// is the gradient of -log p(next token). Pays on a frozen model without training.
    case nextToken = "next-token"
    /// Titans' associative loss |M(k) - v|^2 (arXiv 2501.00663, eq. 12) with v the normalised output embedding of the
    /// next token; the read is decoded by cosine over all output embeddings.
    case associative
    /// The same pairs under Huber's loss of the error's length (MIRAS' Yaad, arXiv 2504.13173), scaled to agree with
    /// `associative` below delta: |e|^2 up to delta, 2 delta |e| - delta^2 beyond. A wild token cannot take over.
    case huber
    /// The same pairs under sum |e_i|^p (MIRAS' Moneta, p = 3).
    case power = "l-p"
  }

  /// The non-linearity between two layers.
  public enum Activation: String, Sendable, Codable, CaseIterable {
    /// x sigmoid(x), as published for Titans.
    case silu
    /// x Phi(x), exact; MIRAS and ATLAS.
    case gelu
    /// max(x, 0).
    case relu
  }

  /// How a chunk's summed surprise is written.
  public enum WriteRule: String, Sendable, Codable, CaseIterable {
    /// As it is (Titans, eqs. 13-14).
    case gradient
    /// Orthogonalised by five Newton-Schulz steps (Muon; ATLAS, arXiv 2505.23735) once per chunk, at the Frobenius length
    /// of the plain write, because an orthogonal write alone ignores how large the surprise is.
    case newtonSchulz = "newton-schulz"
  }

  /// A gate that depends on the token: base * clamp(1 + slope * (surprisal / reference - 1), 0, 4).
  public struct TokenGate: Sendable, Codable, Equatable {
    /// The gate of a token of average surprisal.
    public var base: Float
    /// How strongly it follows surprisal; 0 makes it constant.
    public var slope: Float

    /// Creates a gate.
    public init(base: Float, slope: Float = 0) {
      self.base = base
      self.slope = slope
    }

    /// The gate of a token.
    public func callAsFunction(surprisal: Float, reference: Float) -> Float {
      let relative = surprisal.isFinite ? surprisal / max(reference, 1e-3) : 1
      return base * max(0, min(4, 1 + slope * (relative - 1)))
    }

    var isSound: Bool { base.isFinite && slope.isFinite && base >= 0 }
  }

  /// What bounds the step of losses whose curvature is known.
  public enum StepBound: String, Sendable, Codable, CaseIterable {
    /// The largest eigenvalue of the chunk's kernel, plus one: all tokens alike, however little each is written.
    case chunk
    /// That of the kernel weighted by the tokens' rates, at least one: tokens that are hardly written bound nobody, and
    /// the steps of a chunk together never overshoot.
    case weighted
  }

  /// The Omega rule's window (ATLAS): each step descends on the last `window` pairs, the one i back weighted decay^i.
  public struct Omega: Sendable, Codable, Equatable {
    /// Pairs in the window, c; 1 is Titans.
    public var window = 1
    /// gamma, 0...1.
    public var decay: Float = 1

    /// Creates a window.
    public init(window: Int = 1, decay: Float = 1) {
      self.window = window
      self.decay = decay
    }

    /// The weights of a full window together.
    var total: Float {
      var (sum, weight) = (Float(0), Float(1))
      for _ in 0..<window {
        sum += weight
        weight *= decay
      }
      return sum
    }
  }

  /// Polynomial features of keys and queries (ATLAS): the capacity of one layer grows with the degree.
  public struct KeyFeatures: Sendable, Codable, Equatable {
    /// Which monomials.
    public enum Monomials: String, Sendable, Codable, CaseIterable {
      /// x_i^d of each column alone; as many columns per degree as the key has.
      case powers
      /// All of a degree, weighted so that phi(x) . phi(y) is the sum of a_d^2 (x . y)^d. For narrow heads.
      case products
    }
    /// Which monomials.
    public var monomials = Monomials.powers
    /// Highest degree p; 1 leaves keys as they are.
    public var degree = 1
    /// a_1 ... a_p; nil for 1 / i!.
    public var coefficients: [Float]?

    /// Creates a choice of features.
    public init(
      monomials: Monomials = .powers, degree: Int = 1, coefficients: [Float]? = nil
    ) {
      self.monomials = monomials
      self.degree = degree
      self.coefficients = coefficients
    }
  }

  /// Tokens that are not worth a write.
  public struct Threshold: Sendable, Codable, Equatable {
    /// What is compared.
    public enum Measure: String, Sendable, Codable, CaseIterable {
      /// -log p of the token under the plain model, nats.
      case surprisal
      /// Length of the loss's gradient in all weights, at the anchor: Titans' momentary surprise.
      case gradient
    }
    /// What is compared.
    public var measure: Measure
    /// Tokens below it are not written.
    public var least: Float

    /// Creates a threshold.
    public init(_ measure: Measure, least: Float) {
      self.measure = measure
      self.least = least
    }
  }

  /// Texts that are read but never written.
  public struct WriteMask: Sendable, Codable, Equatable {
    /// Names of roles: user, assistant, system, document.
    public var roles: [String]
    /// Names of sources, as given when they were read.
    public var sources: [ByteString]

    /// Creates a mask.
    public init(roles: [String] = [], sources: [ByteString] = []) {
      self.roles = roles
      self.sources = sources
    }
  }

  /// Layers of the MLP, 1 to 4 (L_M of the paper).
  public var depth = 2
  /// Units of each inner layer of a head; `expansion` takes its place when given.
  public var hiddenWidth: Int
  /// Units of each inner layer as a multiple of a head's key columns.
  public var expansion: Float?
  /// MLPs side by side: head i maps its share of the key, scaled to length 1, to its share of the output.
  public var heads = 1
  /// Between the layers.
  public var activation = Activation.silu
  /// What it is trained to do.
  public var loss = Loss.nextToken
  /// delta of `huber`, on the length of the error; codes have length 1.
  public var huberDelta = TokenGate(base: 0.5)
  /// p of `l-p`, 1...8.
  public var errorPower: Float = 3
  /// How far back one step looks.
  public var omega = Omega()
  /// What the MLP sees of a key.
  public var keyFeatures = KeyFeatures()
  /// How a chunk is written.
  public var writeRule = WriteRule.gradient
  /// Tokens after which the anchor, where gradients are taken, moves (b of the paper).
  public var chunkLength = 16
  /// theta: step size in units of the local curvature bound, so that it means the same on any model.
  public var learningRate = TokenGate(base: 2)
  /// eta: share of past surprise that stays, 0...1.
  public var momentum = TokenGate(base: 0)
  /// alpha: share of what was learned that is forgotten at each token, 0...1; decay is towards M_0.
  public var forget = TokenGate(base: 0)
  /// Surprisal of an average token, nats; the gates' unit.
  public var referenceSurprisal: Float = 4
  /// Bound on the steps of one chunk together, in units of the curvature bound.
  public var trust: Float = 48
  /// What bounds a step.
  public var stepBound = StepBound.chunk
  /// Tokens below it are not written; nil writes all.
  public var threshold: Threshold?
  /// Roles and sources that are not written; nil writes all.
  public var writeMask: WriteMask?
  /// Sharpness of the decoding of an associative read.
  public var decodingScale: Float = 20
  /// Where the memory acts inside the model; nil for logit mixing alone (LMM).
  public var wiring: NeuralWiringPlan?
  /// A second memory beside this one, at most one, inside the forward pass: this one is heard through logit mixing and
  /// learns texts, that one is wired by an adapter trained for facts.
  public var companion: [NeuralConfiguration] = []
  /// Seed of M_0.
  public var seed: UInt64 = 0x4d6e_656d_65

  /// A configuration with the defaults and a given inner width.
  public init(hiddenWidth: Int) { self.hiddenWidth = hiddenWidth }

  /// Twice the model's width of inner units, within bounds.
  public init(for context: ModuleContext) {
    self.init(hiddenWidth: max(32, min(1024, 2 * context.width)))
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(hiddenWidth: try values.decode(Int.self, forKey: .hiddenWidth))
    func take<T: Decodable>(_ key: CodingKeys, _ value: inout T) throws {
      if let found = try values.decodeIfPresent(T.self, forKey: key) { value = found }
    }
    try take(.depth, &depth)
    expansion = try values.decodeIfPresent(Float.self, forKey: .expansion)
    try take(.heads, &heads)
    try take(.activation, &activation)
    try take(.loss, &loss)
    try take(.huberDelta, &huberDelta)
    try take(.errorPower, &errorPower)
    try take(.omega, &omega)
    try take(.keyFeatures, &keyFeatures)
    try take(.writeRule, &writeRule)
    try take(.chunkLength, &chunkLength)
    try take(.learningRate, &learningRate)
    try take(.momentum, &momentum)
    try take(.forget, &forget)
    try take(.referenceSurprisal, &referenceSurprisal)
    try take(.trust, &trust)
    try take(.stepBound, &stepBound)
    threshold = try values.decodeIfPresent(Threshold.self, forKey: .threshold)
    writeMask = try values.decodeIfPresent(WriteMask.self, forKey: .writeMask)
    try take(.decodingScale, &decodingScale)
    wiring = try values.decodeIfPresent(NeuralWiringPlan.self, forKey: .wiring)
    try take(.companion, &companion)
    try take(.seed, &seed)
  }
}
