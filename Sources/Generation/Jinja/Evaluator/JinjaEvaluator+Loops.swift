extension JinjaEvaluator {
  /// Runs a loop.
  ///
  /// - Parameter depth0: how many runs of the same recursive loop this one is within.
  func run(
    _ loop: JinjaFor, over sequence: JinjaValue, depth0: Int = 0
  ) throws(JinjaError) -> Flow {
    let items = try passing(loop, try items(of: sequence))
    guard !items.isEmpty else {
      return try scoped { () throws(JinjaError) in try execute(loop.otherwise) }
    }
    let outer = (scope: scope, message: message)
    let state = JinjaLoop(
      items, depth0: depth0, recursion: loop.isRecursive ? (loop, outer.scope) : nil)
    defer { (scope, message) = outer }
    for (index, item) in items.enumerated() {
      state.index = index
      scope = JinjaScope(parent: outer.scope)
      scope.variables["loop"] = .loop(state)
      try assign(loop.target, item)
      message = outer.message
      if case .mapping(let mapping) = item, let index = mapping.message { message = index }
      switch try execute(loop.body) {
      case .breakLoop: return .next
      case .next, .continueLoop: continue
      }
    }
    return .next
  }

  /// `loop(items)`: what a recursive loop writes for other items, a level deeper.
  func call(
    _ loop: JinjaLoop, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue {
    guard let recursion = loop.recursion else {
      throw failure("a loop that is not recursive is called", expected: "'recursive' in its 'for'")
    }
    guard let items = try bind(arguments, to: ["iterable"], of: "loop")[0] else {
      throw failure("'loop' is given nothing", expected: "what to go through")
    }
    try enter()
    defer { leave() }
    // The body sees the names around its loop, not those around the call.
    let outer = scope
    scope = recursion.scope
    defer { scope = outer }
    return .string(
      try capture { () throws(JinjaError) in
        _ = try run(recursion.loop, over: items, depth0: loop.depth0 + 1)
      })
  }

  /// The items for which the loop's condition holds.
  private func passing(
    _ loop: JinjaFor, _ items: [JinjaValue]
  ) throws(JinjaError) -> [JinjaValue] {
    guard let condition = loop.condition else { return items }
    var passing: [JinjaValue] = []
    for item in items {
      let passes = try scoped { () throws(JinjaError) in
        try assign(loop.target, item)
        return try evaluate(condition).isTrue
      }
      if passes { passing.append(item) }
    }
    return passing
  }
}
