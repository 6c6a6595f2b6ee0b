/// A list, a tuple or another iterable.
package final class JinjaSequence {
  enum Kind: Equatable {
    case list
    case tuple
    case range
    /// The keys, values or items of a dictionary.
    case view(String)
    /// Made by a filter: has no length and can be iterated once.
    case generator
  }

  let kind: Kind
  /// The names of a tuple's items, where they have some.
  let names: [String]
  private(set) var items: [JinjaValue]
  /// How many items of a generator were taken.
  private var position = 0
  let depth: Int
  let holdsReference: Bool

  init(_ items: [JinjaValue], kind: Kind, names: [String] = []) {
    self.items = items
    self.kind = kind
    self.names = names
    depth = 1 + (items.lazy.map(\.depth).max() ?? 0)
    holdsReference = items.contains(where: \.holdsReference)
  }

  /// The items to iterate over; a generator has none afterwards.
  func taken() -> [JinjaValue] {
    guard kind == .generator else { return items }
    defer { items = [] }
    return Array(items[min(position, items.count)...])
  }

  /// The next item of a generator.
  func takeFirst() -> JinjaValue? {
    guard position < items.count else { return nil }
    defer { if kind == .generator { position += 1 } }
    return items[position]
  }
}

/// A dictionary, in the order it was written.
package final class JinjaMapping {
  let entries: [(key: JinjaValue, value: JinjaValue)]
  /// The message of the conversation that it is, if it is one.
  let message: Int?
  let depth: Int
  let holdsReference: Bool

  /// The keys must differ.
  init(_ entries: [(key: JinjaValue, value: JinjaValue)], message: Int? = nil) {
    self.entries = entries
    self.message = message
    depth = 1 + (entries.lazy.map { max($0.key.depth, $0.value.depth) }.max() ?? 0)
    holdsReference = entries.contains { $0.key.holdsReference || $0.value.holdsReference }
  }

  /// The value under a name.
  func value(named name: String) -> JinjaValue? {
    for (key, value) in entries {
      if case .string(let text) = key, text.says(name) { return value }
    }
    return nil
  }
}

/// The result of `namespace()`: attributes that can be set from within loops.
package final class JinjaNamespace {
  var attributes: [(name: String, value: JinjaValue)] = []

  func value(named name: String) -> JinjaValue? {
    attributes.first { $0.name == name }?.value
  }

  func set(_ name: String, to value: JinjaValue) {
    if let index = attributes.firstIndex(where: { $0.name == name }) {
      attributes[index].value = value
    } else {
      attributes.append((name, value))
    }
  }
}

/// The variable `loop`.
package final class JinjaLoop {
  let items: [JinjaValue]
  var index = 0
  /// The last arguments of `changed`.
  var last: [JinjaValue]?
  /// How many runs of a recursive loop this one is within.
  let depth0: Int
  /// The loop that a call runs over other items, and the scope around it; nil for a loop that is not recursive.
  let recursion: (loop: JinjaFor, scope: JinjaScope)?

  init(
    _ items: [JinjaValue], depth0: Int = 0, recursion: (loop: JinjaFor, scope: JinjaScope)? = nil
  ) {
    self.items = items
    self.depth0 = depth0
    self.recursion = recursion
  }
}

/// A callable value.
package enum JinjaCallable {
  case macro(JinjaMacro)
  case global(String)
  indirect case method(of: JinjaValue, String)
  case cycler(JinjaCycler)
  case joiner(JinjaCycler)

  var holdsReference: Bool {
    switch self {
    case .global: false
    case .method(let owner, _): owner.holdsReference
    case .macro, .cycler, .joiner: true
    }
  }

  var depth: Int {
    switch self {
    case .global, .macro: 0
    case .method(let owner, _): owner.depth + 1
    case .cycler(let value), .joiner(let value): value.depth
    }
  }
}

/// A macro with the scope it was defined in.
package final class JinjaMacro {
  let declaration: JinjaMacroDeclaration
  let scope: JinjaScope

  init(_ declaration: JinjaMacroDeclaration, scope: JinjaScope) {
    self.declaration = declaration
    self.scope = scope
  }
}

/// The result of `cycler()`: values that are returned in turn.
package final class JinjaCycler {
  let items: [JinjaValue]
  var index = 0
  let depth: Int

  init(_ items: [JinjaValue]) {
    self.items = items
    depth = 1 + (items.lazy.map(\.depth).max() ?? 0)
  }
}

/// Variables and the scope around them.
package final class JinjaScope {
  var variables: [String: JinjaValue] = [:]
  let parent: JinjaScope?

  init(parent: JinjaScope?) { self.parent = parent }

  func value(named name: String) -> JinjaValue? {
    var scope: JinjaScope? = self
    while let current = scope {
      if let value = current.variables[name] { return value }
      scope = current.parent
    }
    return nil
  }
}
