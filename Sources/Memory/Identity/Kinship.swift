/// How one model relates to another.
public enum Kinship: Sendable, Equatable {
  /// The same weights in the same form.
  case same
  /// The same weights in another form: another quantisation or file format.
  case kin(Variants)
  /// Another model; what differs first.
  case stranger(ModelDifference)

  /// Two variants of a model.
  public struct Variants: Sendable, Equatable {
    /// The model a file was made with.
    public var made: String
    /// The model that is loaded.
    public var loaded: String

    /// Two variants by name and type, such as `Mneme Chat Q8_0`.
    public init(made: String, loaded: String) {
      self.made = made
      self.loaded = loaded
    }
  }
}

/// The kinds of differences between two models, in the order in which they are checked.
public enum ModelDifference: String, Sendable, Equatable, Codable {
  case architecture
  case hyperparameters
  case tokenizer
  case weights

  /// The difference as a clause, for messages.
  var sentence: String {
    switch self {
    case .architecture: "of another architecture"
    case .hyperparameters: "of another shape or with other hyper-parameters"
    case .tokenizer: "with another tokenizer"
    case .weights: "of the same shape with other weights"
    }
  }
}

extension ModelIdentity {
  /// How the model of this identity relates to the loaded one.
  ///
  /// Two models are kin when configuration and tokenizer agree, norms and biases are equal as Float32, and the sampled
  /// weights of the matrices differ by no more than rounding to both their types does: all together, squared, by little
  /// more than uniform rounding errors, and hardly any by more than one and a half steps. Weights of one type that is
  /// not quantised must be equal.
  ///
  /// A fine-tune that changes no norm or bias is not detected when it changes weights by far less than the coarser
  /// type's step. Low-rank changes of all matrices of random models pass for kin as follows (`KinshipTests`): changes
  /// of a thousandth of the weights' size where one of the two files has eight bits or fewer; of a hundredth where one
  /// has four (six is the border); of a tenth never. Trained weights have longer tails, which makes changes easier to
  /// detect. This is why memories of kin can be read but never written.
  public func kinship(to loaded: ModelIdentity) -> Kinship {
    // Equal samples of weights that are not equal: a model somebody changed.
    if fingerprint == loaded.fingerprint {
      return hasOtherContents(than: loaded) ? .stranger(.weights) : .same
    }
    if architecture != loaded.architecture { return .stranger(.architecture) }
    if configuration != loaded.configuration { return .stranger(.hyperparameters) }
    if tokenizer != loaded.tokenizer { return .stranger(.tokenizer) }
    guard vectors == loaded.vectors, sketch.distance(to: loaded.sketch)?.isExplained == true else {
      return .stranger(.weights)
    }
    return .kin(.init(made: label, loaded: loaded.label))
  }
}
