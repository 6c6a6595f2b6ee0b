extension JinjaEvaluator {
  /// How a statement ends.
  enum Flow {
    case next
    case breakLoop
    case continueLoop
  }

  func execute(_ statements: [JinjaStatement]) throws(JinjaError) -> Flow {
    try enter()
    defer { leave() }
    for statement in statements {
      line = statement.line
      try charge(1)
      let flow = try execute(statement)
      if flow != .next { return flow }
    }
    return .next
  }

  private func execute(_ statement: JinjaStatement) throws(JinjaError) -> Flow {
    switch statement.kind {
    case .text(let text): try write(text)
    case .output(let expression): try output(expression)
    case .loop(let loop): return try run(loop, over: try evaluate(loop.sequence))
    case .branch(let branches, let otherwise): return try choose(branches, otherwise)
    case .assign(let target, let expression): try assign(target, try evaluate(expression))
    case .capture(let target, let filter, let body): try capture(target, filter, body)
    case .macro(let declaration):
      scope.variables[declaration.name] = keepMacro(declaration)
    case .call(let declaration, let callee, let arguments):
      try call(declaration, callee, arguments)
    case .filter(let filter, let body):
      captured = .string(try captureScoped(body))
      try output(filter)
    case .with(let values, let body): return try with(values, body)
    case .generation(let body): try write(try captureScoped(body))
    case .breakLoop: return .breakLoop
    case .continueLoop: return .continueLoop
    }
    return .next
  }

  private func output(_ expression: JinjaExpression) throws(JinjaError) {
    try write(try string(of: try evaluate(expression)))
  }

  private func captureScoped(_ body: [JinjaStatement]) throws(JinjaError) -> JinjaString {
    try capture { () throws(JinjaError) in
      _ = try scoped { () throws(JinjaError) in try execute(body) }
    }
  }

  private func choose(
    _ branches: [(test: JinjaExpression, body: [JinjaStatement])], _ otherwise: [JinjaStatement]
  ) throws(JinjaError) -> Flow {
    for branch in branches where try evaluate(branch.test).isTrue {
      return try execute(branch.body)
    }
    return otherwise.isEmpty ? .next : try execute(otherwise)
  }

  private func capture(
    _ target: JinjaTarget, _ filter: JinjaExpression?, _ body: [JinjaStatement]
  ) throws(JinjaError) {
    let text = try made(try captureScoped(body))
    guard let filter else { return try assign(target, text) }
    captured = text
    try assign(target, try evaluate(filter))
  }

  private func call(
    _ declaration: JinjaMacroDeclaration, _ callee: JinjaExpression, _ arguments: JinjaArguments
  ) throws(JinjaError) {
    var values = try evaluate(arguments)
    values.keyword.append(("caller", keepMacro(declaration)))
    try write(try string(of: try call(try evaluate(callee), values)))
  }

  private func with(
    _ values: [(target: JinjaTarget, value: JinjaExpression)], _ body: [JinjaStatement]
  ) throws(JinjaError) -> Flow {
    var evaluated: [JinjaValue] = []
    for value in values { evaluated.append(try evaluate(value.value)) }
    return try scoped { () throws(JinjaError) in
      for (value, result) in zip(values, evaluated) { try assign(value.target, result) }
      return try execute(body)
    }
  }

  /// Gives a value to a name, to names or to an attribute of a namespace.
  func assign(_ target: JinjaTarget, _ value: JinjaValue) throws(JinjaError) {
    switch target {
    case .name(let name): scope.variables[name] = value
    case .attribute(let owner, let name):
      guard case .namespace(let namespace) = scope.value(named: owner) else {
        throw failure("'\(owner)' has no attributes that can be set", expected: "a namespace")
      }
      try set(name, of: namespace, to: value)
    case .tuple(let targets):
      let values = try items(of: value)
      guard values.count == targets.count else {
        throw failure("there are \(values.count) values", expected: "\(targets.count)")
      }
      for (target, value) in zip(targets, values) { try assign(target, value) }
    }
  }

  func set(
    _ name: String, of namespace: JinjaNamespace, to value: JinjaValue
  ) throws(JinjaError) {
    guard !name.hasPrefix("_") else {
      throw failure("an attribute begins with an underscore", expected: "another name")
    }
    guard !value.holdsReference else {
      throw .unsupported(line: line, feature: "\(value.typeName) within a namespace")
    }
    try charge(namespace.attributes.count / 8)
    namespace.set(name, to: value)
  }
}
