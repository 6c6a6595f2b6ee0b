/// A value of a template: one of Python's that Jinja works with.
package enum JinjaValue {
  /// A missing value, with the name by which it was requested.
  case undefined(String)
  case none
  case bool(Bool)
  case integer(Int)
  case float(Double)
  case string(JinjaString)
  case sequence(JinjaSequence)
  case mapping(JinjaMapping)
  case namespace(JinjaNamespace)
  case loop(JinjaLoop)
  case callable(JinjaCallable)

  /// A text of the template's own.
  package static func text(_ text: String) -> JinjaValue { .string(JinjaString(text)) }

  package static func list(_ items: [JinjaValue]) -> JinjaValue {
    .sequence(JinjaSequence(items, kind: .list))
  }

  static func tuple(_ items: [JinjaValue]) -> JinjaValue {
    .sequence(JinjaSequence(items, kind: .tuple))
  }

  /// A dictionary with names for keys, each once.
  ///
  /// - Parameter message: the message of the conversation that it is, if it is one.
  package static func dictionary(
    _ entries: [(name: String, value: JinjaValue)], message: Int? = nil
  ) -> JinjaValue {
    .mapping(JinjaMapping(entries.map { (.text($0.name), $0.value) }, message: message))
  }

  init(_ literal: JinjaLiteral) {
    switch literal {
    case .none: self = .none
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .integer(value)
    case .float(let value): self = .float(value)
    case .string(let value): self = .string(value)
    }
  }

  var isUndefined: Bool { if case .undefined = self { true } else { false } }
  var isNone: Bool { if case .none = self { true } else { false } }

  /// Truth in Python's sense.
  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .bool(let value): value
    case .integer(let value): value != 0
    case .float(let value): value != 0
    case .string(let value): !value.isEmpty
    case .sequence(let value): value.kind == .generator || !value.items.isEmpty
    case .mapping(let value): !value.entries.isEmpty
    case .namespace, .loop, .callable: true
    }
  }

  /// Numbers and truth values as a whole number.
  var integer: Int? {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .integer(let value): value
    default: nil
    }
  }

  /// Numbers and truth values as a floating-point number.
  var number: Double? {
    if case .float(let value) = self { return value }
    return integer.map(Double.init)
  }

  /// The name of its type, for error messages.
  var typeName: String {
    switch self {
    case .undefined(let name): name.isEmpty ? "an undefined value" : "the undefined '\(name)'"
    case .none: "none"
    case .bool: "a truth value"
    case .integer: "a whole number"
    case .float: "a number"
    case .string: "a string"
    case .sequence(let value): value.kind == .tuple ? "a tuple" : "a list"
    case .mapping: "a dictionary"
    case .namespace: "a namespace"
    case .loop: "the loop"
    case .callable: "a function"
    }
  }

  /// How many containers lie within each other.
  var depth: Int {
    switch self {
    case .sequence(let value): value.depth
    case .mapping(let value): value.depth
    case .callable(let value): value.depth
    default: 0
    }
  }

  /// Whether it refers to something that can change, so that a namespace that held it might hold itself.
  var holdsReference: Bool {
    switch self {
    case .sequence(let value): value.holdsReference
    case .mapping(let value): value.holdsReference
    case .namespace, .loop: true
    case .callable(let value): value.holdsReference
    default: false
    }
  }
}
