/// The settings in a model's `config.json`, with checked look-ups.
///
/// The settings of a model's language part (`text_config`) take precedence over those of the whole.
struct HuggingFaceConfiguration {
  /// The file, for messages.
  let path: String
  private let members: [String: JSONValue]

  /// The longest file that is read.
  static let limit = 4 << 20

  /// Reads the file at `path`.
  static func read(_ path: String) throws(ModelFileError) -> HuggingFaceConfiguration {
    guard let members = try JSONValue.read(path, limit: limit).object else {
      throw .huggingFace(path: path, .notJSON(what: "no object"))
    }
    return HuggingFaceConfiguration(path: path, members: members)
  }

  init(path: String, members: [JSONValue.Member]) {
    self.path = path
    self.members = Dictionary(
      members.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// The same, with the members of an inner object taking precedence.
  func merging(_ key: String) -> HuggingFaceConfiguration {
    guard let inner = members[key]?.object else { return self }
    let outer = members.filter { name, _ in !inner.contains { $0.name == name } }
    return HuggingFaceConfiguration(
      path: path, members: inner + outer.map { .init(name: $0.key, value: $0.value) })
  }

  /// The value of a key; nil when absent or null.
  func value(_ key: String) -> JSONValue? {
    members[key].flatMap { $0 == .null ? nil : $0 }
  }

  /// The object of a key as separate settings; nil when absent.
  func nested(_ key: String) throws(ModelFileError) -> HuggingFaceConfiguration? {
    guard let value = value(key) else { return nil }
    guard let members = value.object else { throw wrong(key, value, "an object") }
    return HuggingFaceConfiguration(path: path, members: members)
  }

  func string(_ key: String) throws(ModelFileError) -> String? {
    guard let value = value(key) else { return nil }
    guard let text = value.string else { throw wrong(key, value, "a string") }
    return text
  }

  func bool(_ key: String, default fallback: Bool) throws(ModelFileError) -> Bool {
    guard let value = value(key) else { return fallback }
    guard let flag = value.bool else { throw wrong(key, value, "true or false") }
    return flag
  }

  /// A whole number within a range; nil when absent.
  func optionalInteger(
    _ key: String, in range: ClosedRange<Int>
  ) throws(ModelFileError) -> Int? {
    guard let value = value(key) else { return nil }
    guard let number = value.integer, range.contains(number) else {
      throw wrong(key, value, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A whole number within a range; `fallback` when absent.
  func integer(
    _ key: String, in range: ClosedRange<Int>, default fallback: Int? = nil
  ) throws(ModelFileError) -> Int {
    guard let number = try optionalInteger(key, in: range) ?? fallback else { throw missing(key) }
    return number
  }

  /// A number within a range; nil when absent.
  func optionalNumber(
    _ key: String, in range: ClosedRange<Double>
  ) throws(ModelFileError) -> Double? {
    guard let value = value(key) else { return nil }
    guard let number = value.double, range.contains(number) else {
      throw wrong(key, value, "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A number within a range; `fallback` when absent.
  func number(
    _ key: String, in range: ClosedRange<Double>, default fallback: Double? = nil
  ) throws(ModelFileError) -> Double {
    guard let number = try optionalNumber(key, in: range) ?? fallback else { throw missing(key) }
    return number
  }

  /// An array of numbers within a range; nil when absent.
  func numbers(
    _ key: String, count: Int, in range: ClosedRange<Double>
  ) throws(ModelFileError) -> [Double]? {
    guard let value = value(key) else { return nil }
    let numbers = value.array?.compactMap(\.double).filter { range.contains($0) }
    guard let numbers, numbers.count == count, value.array?.count == count else {
      throw wrong(
        key, value, "\(count) numbers from \(range.lowerBound) to \(range.upperBound)")
    }
    return numbers
  }

  func missing(_ key: String) -> ModelFileError { .huggingFace(path: path, .missingKey(key)) }

  func wrong(_ key: String, _ value: JSONValue, _ expected: String) -> ModelFileError {
    .huggingFace(path: path, .wrongValue(key: key, found: value.shown, expected: expected))
  }

  func unsupported(_ key: String, _ found: String, _ expected: String) -> ModelFileError {
    .huggingFace(path: path, .unsupportedSetting(key: key, found: found, expected: expected))
  }

  /// Refuses a model whose activation function is not in `names`, of which the first is the default.
  func requireActivation(_ key: String, _ names: [String]) throws(ModelFileError) {
    guard let name = try string(key), !names.contains(name) else { return }
    throw unsupported(key, quoted(name), quoted(names[0]))
  }

  /// Refuses a model that sets a flag.
  func requireOff(_ key: String) throws(ModelFileError) {
    guard try bool(key, default: false) else { return }
    throw unsupported(key, "true", "false")
  }
}
