import ModelFiles

extension JinjaParser {
  /// The statement whose name is the current token.
  mutating func statement(_ name: String) throws(JinjaError) -> JinjaStatement.Kind? {
    advance()
    switch name {
    case "for": return try forStatement()
    case "if": return try ifStatement()
    case "set": return try setStatement()
    case "macro": return try macroStatement()
    case "call": return try callStatement()
    case "filter": return try filterStatement()
    case "with": return try withStatement()
    case "print": return .output(try tuple())
    case "generation": return .generation(try separateBody(until: "endgeneration"))
    case "break", "continue":
      guard loops > 0 else {
        throw .syntax(line: line, what: "'\(name)' stands outside of loops", expected: nil)
      }
      return name == "break" ? .breakLoop : .continueLoop
    case "include", "import", "from", "extends", "block", "autoescape", "do":
      throw .unsupported(line: line, feature: "'{% \(name) %}'")
    default:
      throw .syntax(
        line: line, what: "there is no statement \(quoted(name))",
        expected: "for, if, set, macro, call, filter, with or generation")
    }
  }

  private mutating func forStatement() throws(JinjaError) -> JinjaStatement.Kind {
    let target = try target(endingWith: "in")
    try expect(.name("in"))
    let sequence = try tuple(withConditional: false, endingWith: "recursive")
    let condition = skip(name: "if") ? try expression() : nil
    let isRecursive = skip(name: "recursive")
    loops += 1
    let (body, end) = try body(until: ["endfor", "else"])
    loops -= 1
    let otherwise = end == "else" ? try self.body(until: ["endfor"]).statements : []
    return .loop(
      JinjaFor(
        target: target, sequence: sequence, condition: condition, body: body,
        otherwise: otherwise, isRecursive: isRecursive))
  }

  private mutating func ifStatement() throws(JinjaError) -> JinjaStatement.Kind {
    var branches: [(test: JinjaExpression, body: [JinjaStatement])] = []
    while true {
      let test = try tuple(withConditional: false)
      let (statements, end) = try body(until: ["elif", "else", "endif"])
      branches.append((test, statements))
      switch end {
      case "elif": continue
      case "else":
        return .branch(branches, otherwise: try body(until: ["endif"]).statements)
      default: return .branch(branches, otherwise: [])
      }
    }
  }

  private mutating func setStatement() throws(JinjaError) -> JinjaStatement.Kind {
    let target = try target(allowingAttributes: true)
    if skip(symbol: "=") { return .assign(target, try tuple()) }
    let filter = isSymbol("|") ? try filters(on: nil) : nil
    return .capture(target, filter: filter, body: try body(until: ["endset"]).statements)
  }

  private mutating func macroStatement() throws(JinjaError) -> JinjaStatement.Kind {
    let name = try expectName()
    return .macro(try declaration(name, parameters: try parameters(), until: "endmacro"))
  }

  private mutating func callStatement() throws(JinjaError) -> JinjaStatement.Kind {
    let parameters = isSymbol("(") ? try parameters() : []
    guard case .call(let callee, let arguments) = try expression() else {
      throw .syntax(line: line, what: "'{% call %}' calls nothing", expected: "a call")
    }
    return .call(
      try declaration("caller", parameters: parameters, until: "endcall"), callee, arguments)
  }

  private mutating func filterStatement() throws(JinjaError) -> JinjaStatement.Kind {
    guard let filter = try filters(on: nil, startsInline: true) else {
      throw unexpected("a filter")
    }
    return .filter(filter, body: try body(until: ["endfilter"]).statements)
  }

  private mutating func withStatement() throws(JinjaError) -> JinjaStatement.Kind {
    var values: [(target: JinjaTarget, value: JinjaExpression)] = []
    while current != .blockEnd {
      if !values.isEmpty { try expect(.symbol(",")) }
      let target = try target()
      try expect(.symbol("="))
      values.append((target, try expression()))
    }
    return .with(values, body: try body(until: ["endwith"]).statements)
  }

  private mutating func parameters() throws(JinjaError) -> [JinjaMacroDeclaration.Parameter] {
    var parameters: [JinjaMacroDeclaration.Parameter] = []
    try expect(.symbol("("))
    while !isSymbol(")") {
      if !parameters.isEmpty { try expect(.symbol(",")) }
      let name = try expectName()
      let standard = skip(symbol: "=") ? try expression() : nil
      guard standard != nil || parameters.last?.standard == nil else {
        throw .syntax(
          line: line, what: "a parameter without a default follows one with it", expected: nil)
      }
      parameters.append(.init(name: name, standard: standard))
    }
    advance()
    return parameters
  }

  /// A macro's body, with the names it mentions.
  private mutating func declaration(
    _ name: String, parameters: [JinjaMacroDeclaration.Parameter], until end: String
  ) throws(JinjaError) -> JinjaMacroDeclaration {
    let outer = mentions
    mentions = []
    let statements = try separateBody(until: end)
    let inner = mentions
    mentions = outer.union(inner)
    return JinjaMacroDeclaration(
      name: name, parameters: parameters, body: statements, mentions: inner)
  }

  /// A body from which no `break` leads out.
  private mutating func separateBody(until end: String) throws(JinjaError) -> [JinjaStatement] {
    let outer = loops
    loops = 0
    defer { loops = outer }
    return try body(until: [end]).statements
  }

  /// The target of an assignment: a name, names between commas, or an attribute of a namespace.
  private mutating func target(
    allowingAttributes: Bool = false, endingWith end: String? = nil
  ) throws(JinjaError) -> JinjaTarget {
    var targets: [JinjaTarget] = []
    var isTuple = false
    repeat {
      if case .name(let name) = current, name == end, !targets.isEmpty { break }
      if !targets.isEmpty, isSymbol("=") || current == .blockEnd { break }
      targets.append(try singleTarget(allowingAttributes: allowingAttributes))
      if isSymbol(",") { isTuple = true }
    } while skip(symbol: ",")
    if !isTuple, let only = targets.first { return only }
    return .tuple(targets)
  }

  private mutating func singleTarget(
    allowingAttributes: Bool
  ) throws(JinjaError) -> JinjaTarget {
    if skip(symbol: "(") {
      let inner = try nested { (parser) throws(JinjaError) in try parser.target() }
      try expect(.symbol(")"))
      return inner
    }
    let name = try expectName()
    guard !["true", "True", "false", "False", "none", "None"].contains(name) else {
      throw .syntax(line: line, what: "'\(name)' cannot be set", expected: "a name")
    }
    if allowingAttributes, skip(symbol: ".") { return .attribute(of: name, try expectName()) }
    return .name(name)
  }
}
