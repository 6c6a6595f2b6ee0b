/// An option of a module's configuration that takes one of a few words.
///
/// A word that is none of them, as from a newer version's adapter or a typing error, is reported with those there are.
public protocol ConfigurationChoice: RawRepresentable, CaseIterable, Codable, Sendable
where RawValue == String {}

extension ConfigurationChoice {
  /// Reads one of the words.
  ///
  /// - Throws: `DecodingError.dataCorrupted` with an `UnknownChoice`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let word = try container.decode(String.self)
    guard let choice = Self(rawValue: word) else {
      let unknown = UnknownChoice(word: word, known: Self.allCases.map(\.rawValue))
      throw unknown.error(under: decoder.codingPath)
    }
    self = choice
  }
}

/// A word that an option does not take.
struct UnknownChoice: Error, Equatable {
  /// The keys that lead to the option in the configuration.
  var setting: [String] = []
  var word: String
  /// The words that it takes.
  var known: [String]

  init(word: String, known: [String]) {
    self.word = word
    self.known = known
  }

  /// What a decoding failed with; nil for another reason.
  init?(_ error: any Error) {
    guard case DecodingError.dataCorrupted(let context) = error,
      let found = context.underlyingError as? UnknownChoice
    else { return nil }
    self = found
  }

  /// The error of a decoding, for an option under these keys.
  func error(under path: [any CodingKey]) -> DecodingError {
    var found = self
    found.setting = path.map { key in key.intValue.map(String.init) ?? key.stringValue } + setting
    return .dataCorrupted(
      .init(codingPath: path, debugDescription: "not one of the words", underlyingError: found))
  }

  /// The words as a sentence has them: "a", "a or b", "a, b or c".
  static func list(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " or " + last
  }
}
