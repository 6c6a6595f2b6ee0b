/// The values in the brackets of a call.
struct JinjaCallArguments {
  var positional: [JinjaValue] = []
  var keyword: [(name: String, value: JinjaValue)] = []

  var isEmpty: Bool { positional.isEmpty && keyword.isEmpty }

  /// The value given under a name.
  func value(named name: String) -> JinjaValue? { keyword.first { $0.name == name }?.value }
}

extension JinjaEvaluator {
  /// The arguments in the order of their names; nil for those that are not given.
  func bind(
    _ arguments: JinjaCallArguments, to names: [String], of function: String
  ) throws(JinjaError) -> [JinjaValue?] {
    guard arguments.positional.count <= names.count else {
      throw failure(
        "'\(function)' is given \(arguments.positional.count) values",
        expected: "at most \(names.count)")
    }
    var values: [JinjaValue?] = arguments.positional
    values += Array(repeating: nil, count: names.count - values.count)
    for (name, value) in arguments.keyword {
      guard let index = names.firstIndex(of: name), values[index] == nil else {
        throw failure("'\(function)' takes no value for such a name, or two for one name")
      }
      values[index] = value
    }
    return values
  }

  /// An argument that must be a string.
  func text(_ value: JinjaValue, of function: String) throws(JinjaError) -> JinjaString {
    guard case .string(let text) = value else {
      throw failure("'\(function)' is given \(value.typeName)", expected: "a string")
    }
    return text
  }

  /// An argument that must be a whole number.
  func integer(_ value: JinjaValue, of function: String) throws(JinjaError) -> Int {
    guard let number = value.integer else {
      throw failure("'\(function)' is given \(value.typeName)", expected: "a whole number")
    }
    return number
  }
}
