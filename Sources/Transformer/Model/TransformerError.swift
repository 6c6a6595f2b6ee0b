public import ModelFiles

/// Errors in a model file or in the use of a model.
public enum TransformerError: MnemeError, Equatable {
  case file(ModelFileError)
  /// A file without tensors: at most a vocabulary.
  case vocabularyOnly(path: String)
  case unsupportedArchitecture(path: String, found: String)
  case unsupportedRopeScaling(path: String, found: String)
  /// A hyper-parameter that is missing or out of range.
  case invalidHyperparameter(path: String, key: String, found: String, expected: String)
  /// A head dimension that is not a multiple of the cache type's block size.
  case unsupportedCache(path: String, type: String, headDimension: Int)
  case contextFull(limit: Int, needed: Int)
  case tokenOutOfRange(token: Int32, vocabularySize: Int)
  case emptyInput

  public var explanation: ErrorExplanation {
    switch self {
    case .file(let error): error.explanation
    case .vocabularyOnly(let path):
      .init(
        what: "the file holds no weights", location: path, expected: "a whole model",
        hint: "with a vocabulary alone only 'mneme tokenize' and 'mneme model info' work")
    case .unsupportedArchitecture(let path, let found):
      .init(
        what: "the architecture \(quoted(found)) is not supported", location: path,
        expected: Architectures.all.map { $0.name }.joined(separator: ", "))
    case .unsupportedRopeScaling(let path, let found):
      .init(
        what: "the RoPE scaling \(quoted(found)) is not supported", location: path,
        expected: "none, linear, yarn, or factors in 'rope_freqs.weight'")
    case .invalidHyperparameter(let path, let key, let found, let expected):
      .init(what: "\(key) is \(found)", location: path, expected: expected)
    case .unsupportedCache(let path, let type, let dimension):
      .init(
        what: "the model's heads have \(dimension) values, which are no whole blocks of \(type)",
        location: path, expected: "a multiple of 32", hint: "use --cache-type f16")
    case .contextFull(let limit, let needed):
      .init(
        what: "the context is full", expected: "at most \(limit) tokens, not \(needed)",
        hint: "use a shorter text or a larger --context")
    case .tokenOutOfRange(let token, let size):
      .init(what: "token \(token) does not exist", expected: "0 to \(size - 1)")
    case .emptyInput:
      .init(what: "there are no tokens to process", expected: "at least one")
    }
  }
}
