extension JinjaEvaluator {
  /// The value of an expression.
  func evaluate(_ expression: JinjaExpression) throws(JinjaError) -> JinjaValue {
    try enter()
    defer { leave() }
    switch expression {
    case .literal(let literal): return JinjaValue(literal)
    case .name(let name): return look(up: name)
    case .list(let items): return try made(try evaluate(items))
    case .tuple(let items): return try made(try evaluate(items), .tuple)
    case .dictionary(let pairs): return try dictionary(pairs)
    case .negation(let operand): return try signed(operand, isNegative: true)
    case .plus(let operand): return try signed(operand, isNegative: false)
    case .not(let operand): return .bool(!(try evaluate(operand).isTrue))
    case .and(let left, let right): return try either(left, right, stopsAt: false)
    case .or(let left, let right): return try either(left, right, stopsAt: true)
    case .arithmetic(let operation, let left, let right):
      return try arithmetic(operation, left, right)
    case .concatenation(let parts): return try concatenation(parts)
    case .comparison(let left, let operands): return try comparison(left, operands)
    case .conditional(let test, let then, let otherwise):
      return try conditional(test, then, otherwise)
    case .attribute(let owner, let name): return try attribute(name, of: try evaluate(owner))
    case .item(let owner, let key): return try item(owner, key)
    case .slice(let owner, let bounds): return try slice(owner, bounds)
    case .call(let callee, let arguments): return try call(callee, arguments)
    case .filter(let operand, let name, let arguments):
      return try filtered(operand, name, arguments)
    case .test(let operand, let name, let arguments): return try tested(operand, name, arguments)
    }
  }

  func evaluate(_ expressions: [JinjaExpression]) throws(JinjaError) -> [JinjaValue] {
    var values: [JinjaValue] = []
    for expression in expressions { values.append(try evaluate(expression)) }
    return values
  }

  private func look(up name: String) -> JinjaValue {
    if let value = scope.value(named: name) { return value }
    return Self.globals.contains(name) ? .callable(.global(name)) : .undefined(name)
  }

  private func dictionary(
    _ pairs: [(key: JinjaExpression, value: JinjaExpression)]
  ) throws(JinjaError) -> JinjaValue {
    var entries: [(key: JinjaValue, value: JinjaValue)] = []
    for pair in pairs {
      entries.append((try evaluate(pair.key), try evaluate(pair.value)))
    }
    return try mapping(entries)
  }

  /// A dictionary; of equal keys the last value counts.
  func mapping(
    _ entries: [(key: JinjaValue, value: JinjaValue)]
  ) throws(JinjaError) -> JinjaValue {
    var unique: [(key: JinjaValue, value: JinjaValue)] = []
    for entry in entries {
      try checkKey(entry.key)
      if let index = try index(of: entry.key, in: unique) {
        unique[index].value = entry.value
      } else {
        unique.append(entry)
      }
    }
    try charge(unique.count)
    return try checked(.mapping(JinjaMapping(unique)))
  }

  private func checkKey(_ key: JinjaValue) throws(JinjaError) {
    switch key {
    case .sequence(let sequence) where sequence.kind == .tuple:
      for item in sequence.items { try checkKey(item) }
    case .sequence, .mapping:
      throw failure("\(key.typeName) cannot be a key", expected: "a string or a number")
    default: break
    }
  }

  private func either(
    _ left: JinjaExpression, _ right: JinjaExpression, stopsAt truth: Bool
  ) throws(JinjaError) -> JinjaValue {
    let value = try evaluate(left)
    return value.isTrue == truth ? value : try evaluate(right)
  }

  private func concatenation(_ parts: [JinjaExpression]) throws(JinjaError) -> JinjaValue {
    var result = JinjaString()
    for part in parts {
      let text = try string(of: try evaluate(part))
      try check(characters: result.count + text.count)
      try charge(text.count / 2)
      result.append(text)
    }
    return .string(result)
  }

  private func conditional(
    _ test: JinjaExpression, _ then: JinjaExpression, _ otherwise: JinjaExpression?
  ) throws(JinjaError) -> JinjaValue {
    if try evaluate(test).isTrue { return try evaluate(then) }
    guard let otherwise else { return .undefined("") }
    return try evaluate(otherwise)
  }

  private func filtered(
    _ operand: JinjaExpression?, _ name: String, _ arguments: JinjaArguments
  ) throws(JinjaError) -> JinjaValue {
    let value = if let operand { try evaluate(operand) } else { captured }
    return try filter(name, value, try evaluate(arguments))
  }

  private func tested(
    _ operand: JinjaExpression, _ name: String, _ arguments: JinjaArguments
  ) throws(JinjaError) -> JinjaValue {
    let value = try evaluate(operand)
    return .bool(try test(name, value, try evaluate(arguments)))
  }

  /// The values of a call's arguments.
  func evaluate(_ arguments: JinjaArguments) throws(JinjaError) -> JinjaCallArguments {
    var values = JinjaCallArguments(positional: try evaluate(arguments.positional))
    for argument in arguments.keyword {
      values.keyword.append((argument.name, try evaluate(argument.value)))
    }
    if let splat = arguments.splat {
      values.positional += try items(of: try evaluate(splat))
    }
    if let splat = arguments.keywordSplat {
      guard case .mapping(let mapping) = try evaluate(splat) else {
        throw failure("'**' stands in front of something else", expected: "a dictionary")
      }
      for (key, value) in mapping.entries {
        guard case .string(let name) = key else {
          throw failure("the name of an argument is no string", expected: "a string")
        }
        try charge(name.count / 4 + 1)
        values.keyword.append((name.text, value))
      }
    }
    return values
  }
}
