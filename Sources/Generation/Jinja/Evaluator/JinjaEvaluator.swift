/// Runs the statements of a template.
///
/// It computes and does nothing else: there is no way from a template to files, to the network or to this program.
/// Work, depth and sizes are bounded by `JinjaLimits`; exceeding them is an error.
final class JinjaEvaluator {
  let limits: JinjaLimits
  let clock: JinjaClock
  private var work: Int
  private var depth = 0
  /// The line of the current statement.
  var line = 1
  var scope: JinjaScope
  /// The outputs being written; the innermost capture is last.
  var outputs = [JinjaOutput()]
  /// The message of the current loop iteration.
  var message: Int?
  /// The text that the filter of a block applies to.
  var captured: JinjaValue = .none
  /// Scopes that hold macros, which hold them in turn.
  private var macroScopes: [JinjaScope] = []

  /// - Parameter work: additional work beyond `limits.work`, for long conversations.
  init(
    variables: [String: JinjaValue], limits: JinjaLimits, clock: JinjaClock, work: Int = 0
  ) {
    self.limits = limits
    self.clock = clock
    self.work = limits.work + work
    scope = JinjaScope(parent: nil)
    scope.variables = variables
  }

  /// The output of the template.
  func run(_ statements: [JinjaStatement]) throws(JinjaError) -> JinjaOutput {
    defer { for scope in macroScopes { scope.variables = [:] } }
    scope = JinjaScope(parent: scope)
    _ = try execute(statements)
    return outputs.removeLast()
  }

  /// Counts work against the limit.
  func charge(_ amount: Int) throws(JinjaError) {
    work -= min(max(0, amount), Int.max / 4)
    guard work >= 0 else {
      throw .limit(line: line, what: "the template's work is", limit: limits.work)
    }
  }

  /// Goes one level deeper.
  func enter() throws(JinjaError) {
    depth += 1
    guard depth <= limits.depth else {
      throw .limit(line: line, what: "the nesting of expressions is", limit: limits.depth)
    }
    try charge(1)
  }

  func leave() { depth -= 1 }

  /// Runs with its own scope.
  func scoped<Result>(
    in parent: JinjaScope? = nil, _ body: () throws(JinjaError) -> Result
  ) throws(JinjaError) -> Result {
    let outer = scope
    scope = JinjaScope(parent: parent ?? outer)
    defer { scope = outer }
    return try body()
  }

  /// Runs and returns the text written meanwhile.
  func capture(_ body: () throws(JinjaError) -> Void) throws(JinjaError) -> JinjaString {
    outputs.append(JinjaOutput())
    do { try body() } catch {
      outputs.removeLast()
      throw error
    }
    return JinjaString(outputs.removeLast().characters)
  }

  func keepMacro(_ declaration: JinjaMacroDeclaration) -> JinjaValue {
    if macroScopes.last !== scope { macroScopes.append(scope) }
    return .callable(.macro(JinjaMacro(declaration, scope: scope)))
  }

  func write(_ text: JinjaString) throws(JinjaError) {
    guard let last = outputs.indices.last else { return }
    try check(characters: outputs[last].characters.count + text.count)
    try charge(text.count / 2)
    outputs[last].append(text, message: message)
  }

  // MARK: Making values

  func check(characters count: Int) throws(JinjaError) {
    guard count <= limits.characters else {
      throw .limit(line: line, what: "a string is", limit: limits.characters)
    }
  }

  /// A string, counted as work.
  func made(_ text: JinjaString) throws(JinjaError) -> JinjaValue {
    try check(characters: text.count)
    try charge(text.count / 2)
    return .string(text)
  }

  /// A list or similar value, counted as work.
  func made(
    _ items: [JinjaValue], _ kind: JinjaSequence.Kind = .list
  ) throws(JinjaError) -> JinjaValue {
    guard items.count <= limits.elements else {
      throw .limit(line: line, what: "a list is", limit: limits.elements)
    }
    try charge(items.count)
    return try checked(.sequence(JinjaSequence(items, kind: kind)))
  }

  /// The value, if its nesting is within the limit.
  func checked(_ value: JinjaValue) throws(JinjaError) -> JinjaValue {
    guard value.depth <= limits.valueDepth else {
      throw .limit(line: line, what: "the nesting of a list is", limit: limits.valueDepth)
    }
    return value
  }

  func failure(_ what: String, expected: String? = nil) -> JinjaError {
    .evaluation(line: line, what: what, expected: expected)
  }
}

/// The output of a template.
struct JinjaOutput: Sendable {
  /// Characters written while the same message was being processed.
  struct Run: Equatable, Sendable {
    var count: Int
    let message: Int?
  }

  var characters: [JinjaCharacter] = []
  var runs: [Run] = []

  mutating func append(_ text: JinjaString, message: Int?) {
    guard !text.isEmpty else { return }
    characters += text.characters
    runs.append(Run(count: text.count, message: message))
  }
}
