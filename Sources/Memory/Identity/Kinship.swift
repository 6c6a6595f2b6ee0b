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
  /// weights of the matrices differ by no more than rounding to both their types does: each by at most one and a half steps
  /// (half a step is what rounding does; ends of ranges and steps that superblocks store coarsely cost more), and all
  /// together, squared, by little more than a uniform rounding error.
  ///
  /// A fine-tune that leaves every norm and bias alone and changes weights by far less than the coarser of both types' steps
  /// hides below them: between two files of four bits a change of a few hundredths of the weights' size passes for kin, with
  /// eight bits some thousandths. What kinship allows is made for this: a memory is read, never written, with kin.
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
