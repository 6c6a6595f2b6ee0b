/// What one model is to another.
public enum Kinship: Sendable, Equatable {
  /// The same weights in the same form.
  case same
  /// The same weights in another form: quantised otherwise, or converted.
  case kin(Variants)
  /// Another model; what differs first.
  case stranger(ModelDifference)

  /// Two forms of a model.
  public struct Variants: Sendable, Equatable {
    /// The model a file was made with.
    public var made: String
    /// The model that is loaded.
    public var loaded: String

    /// Two forms by name and type, such as `Mneme Chat Q8_0`.
    public init(made: String, loaded: String) {
      self.made = made
      self.loaded = loaded
    }
  }
}

/// What makes two models different, in the order in which it is looked for.
public enum ModelDifference: String, Sendable, Equatable, Codable {
  case architecture
  case hyperparameters
  case tokenizer
  case weights

  /// A half sentence.
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
  /// What the model of this identity is to another one, the loaded one.
  ///
  /// Two models are kin when configuration and tokenizer agree, norms and biases are equal as Float32, and the sampled
  /// weights of the matrices differ by no more than rounding to both their types does: all together, squared, by little more
  /// than uniform rounding errors, and hardly one by more than one and a half steps. Weights of one type that is not
  /// quantised must be equal.
  ///
  /// A fine-tune that leaves every norm and bias alone hides where it changes weights by far less than the coarser of both
  /// types' steps. Low-rank changes of all matrices of random models, by a thousandth of the weights' size, pass for kin
  /// where one of the two files has eight bits or fewer; by a hundredth where one has four (six is the border); by a tenth
  /// nowhere (`KinshipTests`). Trained weights have longer tails, and hide less. This is why kin is for reading, never for writing.
  public func kinship(to loaded: ModelIdentity) -> Kinship {
    if fingerprint == loaded.fingerprint { return .same }
    if architecture != loaded.architecture { return .stranger(.architecture) }
    if configuration != loaded.configuration { return .stranger(.hyperparameters) }
    if tokenizer != loaded.tokenizer { return .stranger(.tokenizer) }
    guard vectors == loaded.vectors, sketch.distance(to: loaded.sketch)?.isExplained == true else {
      return .stranger(.weights)
    }
    return .kin(.init(made: label, loaded: loaded.label))
  }
}
