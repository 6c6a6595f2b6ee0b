extension JinjaEvaluator {
  /// The items to iterate over: of a list, the keys of a dictionary, the characters of a string.
  func items(of value: JinjaValue) throws(JinjaError) -> [JinjaValue] {
    switch value {
    case .sequence(let sequence):
      try charge(sequence.items.count)
      return sequence.taken()
    case .mapping(let mapping):
      try charge(mapping.entries.count)
      return mapping.entries.map(\.key)
    case .string(let text):
      guard text.count <= limits.elements else {
        throw .limit(line: line, what: "a list is", limit: limits.elements)
      }
      try charge(text.count * 8)
      return text.characters.map { .string(JinjaString(CollectionOfOne($0))) }
    case .undefined: return []
    default:
      throw failure(
        "there is nothing to go through in \(value.typeName)",
        expected: "a list, a dictionary or a string")
    }
  }

  /// `value.name`: an attribute or method, else the item of that name.
  func attribute(_ name: String, of value: JinjaValue) throws(JinjaError) -> JinjaValue {
    if case .undefined = value {
      throw failure("\(value.typeName) has no attributes", expected: "a value")
    }
    if let result = try ownAttribute(name, of: value) { return result }
    if case .mapping(let mapping) = value {
      try charge(mapping.entries.count / 8)
      return mapping.value(named: name) ?? .undefined(name)
    }
    return .undefined(name)
  }

  /// `value[key]`: an item, else the attribute of that name.
  func item(_ key: JinjaValue, of value: JinjaValue) throws(JinjaError) -> JinjaValue {
    switch value {
    case .undefined: throw failure("\(value.typeName) has no items", expected: "a value")
    case .mapping(let mapping):
      if let index = try index(of: key, in: mapping.entries) { return mapping.entries[index].value }
    case .sequence(let sequence)
    where sequence.kind == .list || sequence.kind == .tuple
      || sequence.kind == .range:
      if let index = position(key, count: sequence.items.count) { return sequence.items[index] }
    case .string(let text):
      if let index = position(key, count: text.count) {
        return .string(JinjaString(text.characters[index...index]))
      }
    default: break
    }
    guard case .string(let name) = key else { return .undefined("") }
    try charge(name.count / 4)
    return try ownAttribute(name.text, of: value) ?? .undefined(name.templateText)
  }

  /// An index counted from the front, or from the end if negative; nil if there is nothing.
  private func position(_ key: JinjaValue, count: Int) -> Int? {
    guard let index = key.integer, index >= -count, index < count else { return nil }
    return index < 0 ? index + count : index
  }

  func item(
    _ owner: JinjaExpression, _ key: JinjaExpression
  ) throws(JinjaError) -> JinjaValue {
    let value = try evaluate(owner)
    return try item(try evaluate(key), of: value)
  }

  /// The built-in attributes of a value. No value has names that begin with an underscore.
  private func ownAttribute(
    _ name: String, of value: JinjaValue
  ) throws(JinjaError) -> JinjaValue? {
    switch value {
    case .string:
      return Self.stringMethods.contains(name) ? .callable(.method(of: value, name)) : nil
    case .mapping:
      if Self.changingMethods.contains(name) { return .undefined(name) }
      return Self.mappingMethods.contains(name) ? .callable(.method(of: value, name)) : nil
    case .sequence(let sequence):
      if let index = sequence.names.firstIndex(of: name) { return sequence.items[index] }
      let hasMethods =
        sequence.kind == .list || sequence.kind == .tuple || sequence.kind == .range
      return hasMethods && Self.listMethods.contains(name)
        ? .callable(.method(of: value, name)) : nil
    case .namespace(let namespace): return namespace.value(named: name)
    case .loop(let loop): return attribute(name, of: loop)
    case .callable(let callable): return attribute(name, of: callable)
    default: return nil
    }
  }

  private func attribute(_ name: String, of loop: JinjaLoop) -> JinjaValue? {
    let count = loop.items.count
    switch name {
    case "index": return .integer(loop.index + 1)
    case "index0": return .integer(loop.index)
    case "revindex": return .integer(count - loop.index)
    case "revindex0": return .integer(count - loop.index - 1)
    case "first": return .bool(loop.index == 0)
    case "last": return .bool(loop.index == count - 1)
    case "length": return .integer(count)
    case "depth": return .integer(loop.depth0 + 1)
    case "depth0": return .integer(loop.depth0)
    case "previtem":
      return loop.index > 0 ? loop.items[loop.index - 1] : .undefined("previtem")
    case "nextitem":
      return loop.index + 1 < count ? loop.items[loop.index + 1] : .undefined("nextitem")
    case "cycle", "changed": return .callable(.method(of: .loop(loop), name))
    default: return nil
    }
  }

  private func attribute(_ name: String, of callable: JinjaCallable) -> JinjaValue? {
    switch (callable, name) {
    case (.macro(let macro), "name"): return .text(macro.declaration.name)
    case (.cycler(let cycler), "current"):
      return cycler.items.isEmpty ? nil : cycler.items[cycler.index]
    case (.cycler, "next"), (.cycler, "reset"):
      return .callable(.method(of: .callable(callable), name))
    default: return nil
    }
  }

  /// `value[start:stop:step]`.
  func slice(
    _ owner: JinjaExpression, _ bounds: [JinjaExpression?]
  ) throws(JinjaError) -> JinjaValue {
    let value = try evaluate(owner)
    var limits: [Int?] = []
    var isSound = true
    for bound in bounds {
      guard let bound, case let number = try evaluate(bound), !number.isNone else {
        limits.append(nil)
        continue
      }
      if number.integer == nil { isSound = false }
      limits.append(number.integer)
    }
    limits += Array(repeating: nil, count: max(0, 3 - limits.count))
    switch value {
    case .undefined: throw failure("\(value.typeName) has no items", expected: "a value")
    case .string(let text) where isSound:
      let indices = try indices(of: text.count, limits)
      var part = JinjaString(indices.lazy.map { text.characters[$0] })
      part.isSafe = text.isSafe
      return try made(part)
    case .sequence(let list) where isSound && (list.kind == .list || list.kind == .tuple):
      return try made(try indices(of: list.items.count, limits).map { list.items[$0] }, list.kind)
    case .sequence(let list) where isSound && list.kind == .range:
      return try made(try indices(of: list.items.count, limits).map { list.items[$0] }, .range)
    default:
      throw failure(
        "a part of \(value.typeName) is asked for", expected: "a string or a list, and numbers")
    }
  }

  /// The indices a slice takes out of `count`, by Python's rules.
  private func indices(of count: Int, _ bounds: [Int?]) throws(JinjaError) -> [Int] {
    guard bounds[2] != 0 else { throw failure("a slice has a step of zero") }
    let step = max(-count - 1, min(count + 1, bounds[2] ?? 1))
    let lowest = step > 0 ? 0 : -1
    let highest = step > 0 ? count : count - 1
    func clamped(_ bound: Int?, _ standard: Int) -> Int {
      guard let bound else { return standard }
      return bound < 0 ? max(lowest, bound >= -count ? bound + count : lowest) : min(bound, highest)
    }
    let start = clamped(bounds[0], step > 0 ? lowest : highest)
    let stop = clamped(bounds[1], step > 0 ? highest : lowest)
    try charge(count)
    return Array(stride(from: start, to: stop, by: step))
  }
}
