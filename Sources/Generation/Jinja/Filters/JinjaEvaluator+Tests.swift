import ModelFiles

extension JinjaEvaluator {
  /// Applies a test: `value is name(arguments)`.
  func test(
    _ name: String, _ value: JinjaValue, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> Bool {
    try charge(1)
    if let comparison = Self.comparison(name) {
      guard let other = try bind(arguments, to: ["other"], of: name)[0] else {
        throw failure("the test '\(name)' is given nothing", expected: "a value to compare with")
      }
      return try compare(comparison, value, other)
    }
    if let isOfKind = kindTest(name, value) {
      _ = try bind(arguments, to: [], of: name)
      return isOfKind
    }
    switch name {
    case "odd", "even":
      guard case .integer(let rest) = try apply(.remainder, value, .integer(2)) else {
        throw failure("the test '\(name)' is given \(value.typeName)", expected: "a whole number")
      }
      return rest == (name == "odd" ? 1 : 0)
    case "divisibleby":
      let divisor = try bind(arguments, to: ["num"], of: name)[0] ?? .none
      return try equal(try apply(.remainder, value, divisor), .integer(0))
    case "lower", "upper":
      let text = try string(of: value)
      try charge(text.count / 4)
      return Self.holds(name == "lower" ? "islower" : "isupper", text)
    case "sameas":
      let other = try bind(arguments, to: ["other"], of: name)[0] ?? .none
      return value.typeName == other.typeName ? try equal(value, other) : false
    default: throw .unsupported(line: line, feature: "the test \(quoted(name))")
    }
  }

  private static func comparison(_ name: String) -> JinjaComparison? {
    switch name {
    case "eq", "equalto", "==": .equal
    case "ne", "!=": .notEqual
    case "lt", "lessthan", "<": .less
    case "le", "<=": .lessOrEqual
    case "gt", "greaterthan", ">": .greater
    case "ge", ">=": .greaterOrEqual
    case "in": .isIn
    default: nil
    }
  }

  /// Whether a value is of a kind; nil for an unknown kind.
  private func kindTest(_ name: String, _ value: JinjaValue) -> Bool? {
    switch name {
    case "defined": return !value.isUndefined
    case "undefined": return value.isUndefined
    case "none": return value.isNone
    case "string": if case .string = value { return true }
    case "mapping": if case .mapping = value { return true }
    case "boolean": if case .bool = value { return true }
    case "true": if case .bool(true) = value { return true }
    case "false": if case .bool(false) = value { return true }
    case "integer": if case .integer = value { return true }
    case "float": if case .float = value { return true }
    case "number": return value.number != nil
    case "escaped": if case .string(let text) = value { return text.isSafe }
    case "callable":
      switch value {
      case .callable, .loop: return true
      default: break
      }
    case "iterable":
      switch value {
      case .string, .sequence, .mapping, .undefined, .loop: return true
      default: break
      }
    case "sequence":
      switch value {
      case .string, .mapping, .undefined: return true
      case .sequence(let sequence):
        return sequence.kind == .list || sequence.kind == .tuple || sequence.kind == .range
      default: break
      }
    default: return nil
    }
    return false
  }
}
