public import Memory

extension NeuralConfiguration {
  /// What learns.
  public enum Form: String, ConfigurationChoice {
    /// An MLP of keys, read through logit mixing or, with a wiring, inside the forward pass.
    case mixing
    /// Low-rank updates of the frozen blocks' own matrices.
    case weights
  }

  /// What the memory is trained to do at test time.
  public enum Loss: String, ConfigurationChoice {
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
  public enum Activation: String, ConfigurationChoice {
    /// x sigmoid(x), as published for Titans.
    case silu
    /// x Phi(x), exact; MIRAS and ATLAS.
    case gelu
    /// max(x, 0).
    case relu
  }

  /// How a chunk's summed surprise is written.
  public enum WriteRule: String, ConfigurationChoice {
    /// As it is (Titans, eqs. 13-14).
    case gradient
    /// Orthogonalised by five Newton-Schulz steps (Muon; ATLAS, arXiv 2505.23735) once per chunk, at the Frobenius length
    /// of the plain write, because an orthogonal write alone ignores how large the surprise is.
    case newtonSchulz = "newton-schulz"
  }

  /// What bounds the step of losses whose curvature is known.
  public enum StepBound: String, ConfigurationChoice {
    /// The largest eigenvalue of the chunk's kernel, plus one: all tokens alike, however little each is written.
    case chunk
    /// That of the kernel weighted by the tokens' rates, at least one: tokens that are hardly written bound nobody, and
    /// the steps of a chunk together never overshoot.
    case weighted
  }

  /// Polynomial features of keys and queries (ATLAS): the capacity of one layer grows with the degree.
  public struct KeyFeatures: Sendable, Codable, Equatable {
    /// Which monomials.
    public enum Monomials: String, ConfigurationChoice {
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
}
