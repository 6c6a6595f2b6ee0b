extension JinjaEvaluator {
  /// Functions that are available in every template.
  static let globals: Set<String> = [
    "range", "dict", "namespace", "raise_exception", "strftime_now", "cycler", "joiner",
  ]

  func call(
    _ callee: JinjaExpression, _ arguments: JinjaArguments
  ) throws(JinjaError) -> JinjaValue {
    let function = try evaluate(callee)
    return try call(function, try evaluate(arguments))
  }

  func call(_ function: JinjaValue, _ arguments: JinjaCallArguments) throws(JinjaError)
    -> JinjaValue
  {
    if case .loop(let loop) = function { return try call(loop, arguments) }
    guard case .callable(let callable) = function else {
      throw failure("\(function.typeName) cannot be called", expected: "a function")
    }
    switch callable {
    case .macro(let macro): return try call(macro, arguments)
    case .global(let name): return try call(global: name, arguments)
    case .method(let owner, let name): return try call(name, on: owner, arguments)
    case .joiner(let joiner):
      _ = try bind(arguments, to: [], of: "joiner")
      joiner.index += 1
      return joiner.index == 1 ? .text("") : joiner.items[0]
    case .cycler: throw failure("a cycler cannot be called", expected: "its method 'next'")
    }
  }

  private func call(
    _ macro: JinjaMacro, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue {
    let declaration = macro.declaration
    let names = declaration.parameters.map(\.name)
    try charge(names.count * (1 + arguments.keyword.count / 4))
    let surplus = arguments.positional.dropFirst(names.count)
    let other = arguments.keyword.filter { !names.contains($0.name) && $0.name != "caller" }
    guard surplus.isEmpty || declaration.mentions.contains("varargs"),
      other.isEmpty || declaration.mentions.contains("kwargs")
    else {
      throw failure(
        "the macro '\(declaration.name)' is given too many values", expected: "\(names.count)")
    }
    var given = arguments
    given.positional = Array(given.positional.prefix(names.count))
    given.keyword.removeAll { !names.contains($0.name) }
    let values = try bind(given, to: names, of: declaration.name)
    return .string(
      try scoped(in: macro.scope) { () throws(JinjaError) in
        for (parameter, value) in zip(declaration.parameters, values) {
          if let value {
            scope.variables[parameter.name] = value
          } else if let standard = parameter.standard {
            scope.variables[parameter.name] = try evaluate(standard)
          } else {
            scope.variables[parameter.name] = .undefined(parameter.name)
          }
        }
        scope.variables["varargs"] = try made(Array(surplus), .tuple)
        scope.variables["kwargs"] = try mapping(other.map { (.text($0.name), $0.value) })
        scope.variables["caller"] = arguments.value(named: "caller") ?? .undefined("caller")
        return try capture { () throws(JinjaError) in _ = try execute(declaration.body) }
      })
  }

  private func call(
    global name: String, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue {
    switch name {
    case "range": return try range(arguments)
    case "dict": return try dictionary(arguments)
    case "namespace":
      let namespace = JinjaNamespace()
      guard case .mapping(let mapping) = try dictionary(arguments) else { return .none }
      for (key, value) in mapping.entries {
        try set(try text(key, of: name).text, of: namespace, to: value)
      }
      return .namespace(namespace)
    case "raise_exception":
      let message = try bind(arguments, to: ["message"], of: name)[0] ?? .none
      throw .raised(line: line, message: try string(of: message).templateText)
    case "strftime_now":
      let form = try text(try bind(arguments, to: ["format"], of: name)[0] ?? .none, of: name)
      guard form.count < 256, let text = clock.text(form.text) else {
        throw .unsupported(line: line, feature: "this form of a date")
      }
      return .text(text)
    case "cycler":
      guard !arguments.positional.isEmpty else { throw failure("'cycler' is given nothing") }
      return try checked(.callable(.cycler(JinjaCycler(arguments.positional))))
    default:
      let separator = try bind(arguments, to: ["sep"], of: name)[0] ?? .text(", ")
      return try checked(.callable(.joiner(JinjaCycler([separator]))))
    }
  }

  /// Entries of a dictionary or pairs of a list, then names with values.
  private func dictionary(_ arguments: JinjaCallArguments) throws(JinjaError) -> JinjaValue {
    var entries: [(key: JinjaValue, value: JinjaValue)] = []
    guard arguments.positional.count < 2 else {
      throw failure("'dict' is given \(arguments.positional.count) values", expected: "one")
    }
    if case .mapping(let mapping) = arguments.positional.first {
      entries = mapping.entries
    } else if let pairs = arguments.positional.first {
      for pair in try items(of: pairs) {
        let parts = try items(of: pair)
        guard parts.count == 2 else { throw failure("'dict' is given no pair") }
        entries.append((parts[0], parts[1]))
      }
    }
    return try mapping(entries + arguments.keyword.map { (.text($0.name), $0.value) })
  }

  private func range(_ arguments: JinjaCallArguments) throws(JinjaError) -> JinjaValue {
    guard arguments.keyword.isEmpty, (1...3).contains(arguments.positional.count) else {
      throw failure("'range' is given other arguments", expected: "one to three whole numbers")
    }
    var bounds: [Int] = []
    for value in arguments.positional { bounds.append(try integer(value, of: "range")) }
    let start = bounds.count > 1 ? bounds[0] : 0
    let stop = bounds.count > 1 ? bounds[1] : bounds[0]
    let step = bounds.count > 2 ? bounds[2] : 1
    guard step != 0 else { throw failure("'range' has a step of zero") }
    let (distance, overflows) = stop.subtractingReportingOverflow(start)
    guard !overflows, distance != .min, step != .min else {
      throw .limit(line: line, what: "a range is", limit: limits.range)
    }
    guard distance != 0, (distance > 0) == (step > 0) else { return try made([], .range) }
    let count = (abs(distance) - 1) / abs(step) + 1
    guard count <= limits.range else {
      throw .limit(line: line, what: "a range is", limit: limits.range)
    }
    return try made((0..<count).map { .integer(start + $0 * step) }, .range)
  }
}
