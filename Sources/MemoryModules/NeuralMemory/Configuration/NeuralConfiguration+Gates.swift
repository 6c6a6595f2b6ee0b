public import Memory
public import ModelFiles
import Transformer

extension NeuralConfiguration {
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

  /// Tokens that are not worth a write.
  public struct Threshold: Sendable, Codable, Equatable {
    /// What is compared.
    public enum Measure: String, ConfigurationChoice {
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

    /// Without a measure it is surprisal.
    public init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      self.init(
        try values.decodeIfPresent(Measure.self, forKey: .measure) ?? .surprisal,
        least: try values.decode(Float.self, forKey: .least))
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

    /// One of the two may be left out.
    public init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      self.init(
        roles: try values.decodeIfPresent([String].self, forKey: .roles) ?? [],
        sources: try values.decodeIfPresent([ByteString].self, forKey: .sources) ?? [])
    }
  }

  /// Whether nothing of a source may be written.
  func masks(_ provenance: Provenance?) -> Bool {
    guard let mask = writeMask, let provenance else { return false }
    return mask.roles.contains(provenance.role.rawValue)
      || mask.sources.contains(provenance.source)
  }
}
