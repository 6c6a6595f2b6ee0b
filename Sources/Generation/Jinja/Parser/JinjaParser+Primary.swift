extension JinjaParser {
  /// A name, a literal or an expression in brackets.
  mutating func primary() throws(JinjaError) -> JinjaExpression {
    switch current {
    case .name(let name):
      advance()
      return Self.constant(name) ?? mention(name)
    case .string(var text):
      advance()
      while case .string(let more) = current {
        advance()
        text += more
      }
      return .literal(.string(JinjaString(template: text)))
    case .integer(let value):
      advance()
      return .literal(.integer(value))
    case .float(let value):
      advance()
      return .literal(.float(value))
    case .symbol("("):
      advance()
      let inner = try tuple(isEnclosed: true)
      try expect(.symbol(")"))
      return inner
    case .symbol("["): return .list(try items(until: "]"))
    case .symbol("{"): return try dictionary()
    default: throw unexpected("an expression")
    }
  }

  private static func constant(_ name: String) -> JinjaExpression? {
    switch name {
    case "true", "True": .literal(.bool(true))
    case "false", "False": .literal(.bool(false))
    case "none", "None": .literal(.none)
    default: nil
    }
  }

  private mutating func mention(_ name: String) -> JinjaExpression {
    if ["varargs", "kwargs", "caller"].contains(name) { mentions.insert(name) }
    return .name(name)
  }

  /// Expressions between commas, from the opening bracket to the closing one.
  private mutating func items(until end: String) throws(JinjaError) -> [JinjaExpression] {
    var items: [JinjaExpression] = []
    advance()
    while !isSymbol(end) {
      if !items.isEmpty {
        try expect(.symbol(","))
        if isSymbol(end) { break }
      }
      items.append(try expression())
    }
    advance()
    return items
  }

  private mutating func dictionary() throws(JinjaError) -> JinjaExpression {
    var pairs: [(key: JinjaExpression, value: JinjaExpression)] = []
    advance()
    while !isSymbol("}") {
      if !pairs.isEmpty {
        try expect(.symbol(","))
        if isSymbol("}") { break }
      }
      let key = try expression()
      try expect(.symbol(":"))
      pairs.append((key, try expression()))
    }
    advance()
    return .dictionary(pairs)
  }

  /// Attributes, items and calls after an expression.
  mutating func postfix(_ expression: JinjaExpression) throws(JinjaError) -> JinjaExpression {
    var result = expression
    while true {
      if isSymbol(".") {
        try link()
        result = try attribute(of: result)
      } else if isSymbol("[") {
        try link()
        result = try subscripted(result)
      } else if isSymbol("(") {
        try link()
        result = .call(result, try arguments())
      } else {
        return result
      }
    }
  }

  private mutating func attribute(of owner: JinjaExpression) throws(JinjaError) -> JinjaExpression {
    advance()
    if case .integer(let index) = current {
      advance()
      return .item(owner, .literal(.integer(index)))
    }
    return .attribute(owner, try expectName())
  }

  private mutating func subscripted(
    _ owner: JinjaExpression
  ) throws(JinjaError) -> JinjaExpression {
    advance()
    var parts: [JinjaExpression?] = []
    var bound: JinjaExpression?
    while !isSymbol("]") {
      if skip(symbol: ":") {
        parts.append(bound)
        bound = nil
        guard parts.count < 3 else { throw unexpected("']'") }
      } else {
        guard bound == nil else { throw unexpected("']'") }
        bound = try tupleOrExpression()
      }
    }
    advance()
    if parts.isEmpty { return .item(owner, bound ?? .tuple([])) }
    return .slice(owner, parts + [bound])
  }

  /// The inside of square brackets; commas there make a tuple.
  private mutating func tupleOrExpression() throws(JinjaError) -> JinjaExpression {
    let first = try expression()
    guard isSymbol(",") else { return first }
    var items = [first]
    while skip(symbol: ",") { items.append(try expression()) }
    return .tuple(items)
  }

  mutating func filtersAndTests(
    on expression: JinjaExpression
  ) throws(JinjaError) -> JinjaExpression {
    var result = expression
    while true {
      if isSymbol("|") {
        result = try filters(on: result) ?? result
      } else if isName("is") {
        try link()
        result = try test(on: result)
      } else if isSymbol("(") {
        try link()
        result = .call(result, try arguments())
      } else {
        return result
      }
    }
  }

  /// A chain of filters; `startsInline` when the first one has no bar in front.
  mutating func filters(
    on expression: JinjaExpression?, startsInline: Bool = false
  ) throws(JinjaError) -> JinjaExpression? {
    var result = expression
    var isFirst = startsInline
    while isFirst || isSymbol("|") {
      if !isFirst { advance() }
      isFirst = false
      try link()
      let name = try expectName()
      let arguments = isSymbol("(") ? try arguments() : JinjaArguments()
      result = .filter(result, name, arguments)
    }
    return result
  }

  private mutating func test(on expression: JinjaExpression) throws(JinjaError) -> JinjaExpression {
    advance()
    let isNegated = skip(name: "not")
    let name = try expectName()
    var arguments = JinjaArguments()
    switch current {
    case .symbol("("): arguments = try self.arguments()
    case .name("else"), .name("or"), .name("and"): break
    case .name("is"): throw unexpected("'and' between two tests")
    case .name, .string, .integer, .float, .symbol("["), .symbol("{"):
      arguments.positional = [
        try nested { (parser) throws(JinjaError) in try parser.postfix(try parser.primary()) }
      ]
    default: break
    }
    let result = JinjaExpression.test(expression, name, arguments)
    return isNegated ? .not(result) : result
  }

  /// The arguments of a call, brackets included.
  mutating func arguments() throws(JinjaError) -> JinjaArguments {
    var arguments = JinjaArguments()
    try expect(.symbol("("))
    var isFirst = true
    while !isSymbol(")") {
      if !isFirst {
        try expect(.symbol(","))
        if isSymbol(")") { break }
      }
      isFirst = false
      try argument(&arguments)
    }
    advance()
    return arguments
  }

  private mutating func argument(_ arguments: inout JinjaArguments) throws(JinjaError) {
    let misplaced = JinjaError.syntax(
      line: line, what: "arguments stand in the wrong order",
      expected: "values, then names with values")
    guard arguments.keywordSplat == nil else { throw misplaced }
    if skip(symbol: "**") {
      arguments.keywordSplat = try expression()
    } else if skip(symbol: "*") {
      guard arguments.splat == nil else { throw misplaced }
      arguments.splat = try expression()
    } else if case .name(let name) = current, following == .symbol("=") {
      advance()
      advance()
      arguments.keyword.append((name, try expression()))
    } else {
      guard arguments.splat == nil, arguments.keyword.isEmpty else { throw misplaced }
      arguments.positional.append(try expression())
    }
  }
}
