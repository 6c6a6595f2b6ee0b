extension JinjaEvaluator {
  static let listMethods: Set<String> = ["index", "count"]
  static let mappingMethods: Set<String> = ["items", "keys", "values", "get", "copy"]
  /// Methods that would change a dictionary: not available, as in Jinja's immutable sandbox.
  static let changingMethods: Set<String> = ["pop", "popitem", "update", "setdefault", "clear"]

  /// Calls a method.
  func call(
    _ name: String, on owner: JinjaValue, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue {
    switch owner {
    case .string(let text):
      try charge(text.count / 4)
      return try call(name, on: text, arguments)
    case .mapping(let mapping): return try call(name, on: mapping, arguments)
    case .sequence(let sequence): return try call(name, on: sequence, arguments)
    case .loop(let loop): return try call(name, on: loop, arguments)
    case .callable(.cycler(let cycler)):
      _ = try bind(arguments, to: [], of: name)
      if name == "reset" {
        cycler.index = 0
        return .none
      }
      defer { cycler.index = (cycler.index + 1) % cycler.items.count }
      return cycler.items[cycler.index]
    default: throw failure("\(owner.typeName) has no such method")
    }
  }

  private func call(
    _ name: String, on mapping: JinjaMapping, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue {
    guard name == "get" else {
      _ = try bind(arguments, to: [], of: name)
      switch name {
      case "keys": return try made(mapping.entries.map(\.key), .view(name))
      case "values": return try made(mapping.entries.map(\.value), .view(name))
      case "items": return try made(try pairs(of: mapping), .view(name))
      default: return .mapping(mapping)
      }
    }
    let values = try bind(arguments, to: ["key", "default"], of: name)
    guard let key = values[0] else { throw failure("'get' is given nothing", expected: "a key") }
    if let index = try index(of: key, in: mapping.entries) { return mapping.entries[index].value }
    return values[1] ?? .none
  }

  /// The entries as tuples.
  func pairs(of mapping: JinjaMapping) throws(JinjaError) -> [JinjaValue] {
    try charge(mapping.entries.count * 4)
    return mapping.entries.map { .tuple([$0.key, $0.value]) }
  }

  private func call(
    _ name: String, on sequence: JinjaSequence, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue {
    guard let value = try bind(arguments, to: ["value"], of: name)[0] else {
      throw failure("'\(name)' is given nothing", expected: "a value")
    }
    var count = 0
    for (index, item) in sequence.items.enumerated() where try equal(item, value) {
      if name == "index" { return .integer(index) }
      count += 1
    }
    guard name == "count" else { throw failure("'index' finds nothing") }
    return .integer(count)
  }

  private func call(
    _ name: String, on loop: JinjaLoop, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue {
    guard name == "cycle" else {
      let last = loop.last
      loop.last = arguments.positional
      guard let last, last.count == arguments.positional.count else { return .bool(true) }
      for (a, b) in zip(last, arguments.positional) where !(try equal(a, b)) { return .bool(true) }
      return .bool(false)
    }
    guard !arguments.positional.isEmpty else {
      throw failure("'cycle' is given nothing", expected: "values that take turns")
    }
    return arguments.positional[loop.index % arguments.positional.count]
  }
}
