/// Reads tokens into statements, by the grammar of Jinja 3.1.
///
/// Recursion is bounded by `JinjaLimits.nesting`, the length of chains within a tag by `JinjaLimits.links`.
struct JinjaParser {
  private let tokens: [JinjaToken]
  private var index = 0
  let limits: JinjaLimits
  private var nesting = 0
  private var links = 0
  /// The names that the current macro body mentions.
  var mentions: Set<String> = []
  /// Loops around the current statement, within its macro.
  var loops = 0

  static func parse(
    _ text: String, limits: JinjaLimits
  ) throws(JinjaError) -> [JinjaStatement] {
    let tokens = try JinjaLexer.tokens(of: text, limits: limits)
    var parser = JinjaParser(tokens: tokens, limits: limits)
    return try parser.statements(until: [])
  }

  private init(tokens: [JinjaToken], limits: JinjaLimits) {
    self.tokens = tokens
    self.limits = limits
  }

  var current: JinjaToken.Kind { tokens[min(index, tokens.count - 1)].kind }
  var line: Int { tokens[min(index, tokens.count - 1)].line }
  /// The token after the current one.
  var following: JinjaToken.Kind { tokens[min(index + 1, tokens.count - 1)].kind }

  mutating func advance() { index = min(index + 1, tokens.count - 1) }

  func isSymbol(_ text: String) -> Bool { current == .symbol(text) }
  func isName(_ text: String) -> Bool { current == .name(text) }

  mutating func skip(symbol text: String) -> Bool {
    guard isSymbol(text) else { return false }
    advance()
    return true
  }

  mutating func skip(name text: String) -> Bool {
    guard isName(text) else { return false }
    advance()
    return true
  }

  mutating func expect(_ kind: JinjaToken.Kind) throws(JinjaError) {
    guard current == kind else {
      throw unexpected(JinjaToken(kind: kind, line: line).shown)
    }
    advance()
  }

  mutating func expectName() throws(JinjaError) -> String {
    guard case .name(let name) = current else { throw unexpected("a name") }
    advance()
    return name
  }

  func unexpected(_ expected: String) -> JinjaError {
    let token = tokens[min(index, tokens.count - 1)]
    return .syntax(line: token.line, what: "\(token.shown) stands here", expected: expected)
  }

  /// Runs one level of the grammar within another.
  mutating func nested<Result>(
    _ body: (inout Self) throws(JinjaError) -> Result
  ) throws(JinjaError) -> Result {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= limits.nesting else {
      throw .limit(line: line, what: "the nesting is", limit: limits.nesting)
    }
    return try body(&self)
  }

  /// Counts a link of a chain, which makes the tree deeper without recursion here.
  mutating func link() throws(JinjaError) {
    links += 1
    guard links <= limits.links else {
      throw .limit(line: line, what: "the expression is", limit: limits.links)
    }
  }

  /// Begins a tag.
  mutating func beginTag() { links = 0 }

  /// Statements up to a tag whose name is one of `ends`; that name is then the current token.
  mutating func statements(until ends: [String]) throws(JinjaError) -> [JinjaStatement] {
    var body: [JinjaStatement] = []
    while true {
      let line = line
      switch current {
      case .data(let text):
        advance()
        body.append(JinjaStatement(kind: .text(JinjaString(template: text)), line: line))
      case .variableBegin:
        advance()
        beginTag()
        let expression = try tuple()
        try expect(.variableEnd)
        body.append(JinjaStatement(kind: .output(expression), line: line))
      case .blockBegin:
        advance()
        beginTag()
        guard case .name(let name) = current else { throw unexpected("the name of a statement") }
        if ends.contains(name) { return body }
        let kind = try nested { (parser) throws(JinjaError) in try parser.statement(name) }
        try expect(.blockEnd)
        if let kind { body.append(JinjaStatement(kind: kind, line: line)) }
      default:
        guard ends.isEmpty else {
          throw unexpected(ends.map { "'{% \($0) %}'" }.joined(separator: " or "))
        }
        return body
      }
    }
  }

  /// The body of a statement: from the end of its tag to one of `ends`, whose name is returned and passed over.
  mutating func body(
    until ends: [String]
  ) throws(JinjaError) -> (statements: [JinjaStatement], end: String) {
    _ = skip(symbol: ":")
    try expect(.blockEnd)
    let statements = try statements(until: ends)
    return (statements, try expectName())
  }
}
