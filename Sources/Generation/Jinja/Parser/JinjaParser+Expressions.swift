extension JinjaParser {
  /// An expression, or several between commas.
  mutating func tuple(
    withConditional: Bool = true, endingWith end: String? = nil, isEnclosed: Bool = false
  ) throws(JinjaError) -> JinjaExpression {
    var items: [JinjaExpression] = []
    var isTuple = false
    while true {
      if !items.isEmpty { try expect(.symbol(",")) }
      if endsTuple(with: end) { break }
      items.append(try expression(withConditional: withConditional))
      guard isSymbol(",") else { break }
      isTuple = true
    }
    if !isTuple {
      if let only = items.first { return only }
      guard isEnclosed else { throw unexpected("an expression") }
    }
    return .tuple(items)
  }

  private func endsTuple(with end: String?) -> Bool {
    switch current {
    case .variableEnd, .blockEnd, .symbol(")"): true
    case .name(let name): name == end
    default: false
    }
  }

  mutating func expression(withConditional: Bool = true) throws(JinjaError) -> JinjaExpression {
    try nested { (parser) throws(JinjaError) in
      withConditional ? try parser.conditional() : try parser.or()
    }
  }

  private mutating func conditional() throws(JinjaError) -> JinjaExpression {
    var result = try or()
    while skip(name: "if") {
      try link()
      let test = try or()
      let otherwise =
        skip(name: "else")
        ? try nested { (parser) throws(JinjaError) in try parser.conditional() } : nil
      result = .conditional(test: test, then: result, otherwise: otherwise)
    }
    return result
  }

  private mutating func or() throws(JinjaError) -> JinjaExpression {
    var left = try and()
    while skip(name: "or") {
      try link()
      left = .or(left, try and())
    }
    return left
  }

  private mutating func and() throws(JinjaError) -> JinjaExpression {
    var left = try not()
    while skip(name: "and") {
      try link()
      left = .and(left, try not())
    }
    return left
  }

  private mutating func not() throws(JinjaError) -> JinjaExpression {
    var count = 0
    while skip(name: "not") {
      try link()
      count += 1
    }
    var result = try comparison()
    for _ in 0..<count { result = .not(result) }
    return result
  }

  private mutating func comparison() throws(JinjaError) -> JinjaExpression {
    let left = try sum()
    var operands: [(operation: JinjaComparison, operand: JinjaExpression)] = []
    while let operation = comparisonOperator() {
      try link()
      operands.append((operation, try sum()))
    }
    return operands.isEmpty ? left : .comparison(left, operands)
  }

  private mutating func comparisonOperator() -> JinjaComparison? {
    switch current {
    case .symbol(let text):
      guard let operation = JinjaComparison(rawValue: text) else { return nil }
      advance()
      return operation
    case .name("in"):
      advance()
      return .isIn
    case .name("not") where following == .name("in"):
      advance()
      advance()
      return .notIn
    default: return nil
    }
  }

  private mutating func sum() throws(JinjaError) -> JinjaExpression {
    var left = try concatenation()
    while let operation = arithmetic(["+", "-"]) {
      try link()
      left = .arithmetic(operation, left, try concatenation())
    }
    return left
  }

  private mutating func concatenation() throws(JinjaError) -> JinjaExpression {
    let first = try product()
    var parts = [first]
    while skip(symbol: "~") { parts.append(try product()) }
    return parts.count == 1 ? first : .concatenation(parts)
  }

  private mutating func product() throws(JinjaError) -> JinjaExpression {
    var left = try power()
    while let operation = arithmetic(["*", "/", "//", "%"]) {
      try link()
      left = .arithmetic(operation, left, try power())
    }
    return left
  }

  private mutating func power() throws(JinjaError) -> JinjaExpression {
    var left = try unary()
    while let operation = arithmetic(["**"]) {
      try link()
      left = .arithmetic(operation, left, try unary())
    }
    return left
  }

  private mutating func arithmetic(_ symbols: [String]) -> JinjaArithmetic? {
    guard case .symbol(let text) = current, symbols.contains(text) else { return nil }
    advance()
    return JinjaArithmetic(rawValue: text)
  }

  /// Signs bind closer than filters, filters closer than everything else.
  private mutating func unary() throws(JinjaError) -> JinjaExpression {
    var signs: [Bool] = []
    while isSymbol("-") || isSymbol("+") {
      try link()
      signs.append(isSymbol("-"))
      advance()
    }
    var result = try postfix(try primary())
    for isMinus in signs.reversed() { result = isMinus ? .negation(result) : .plus(result) }
    return try filtersAndTests(on: result)
  }
}
