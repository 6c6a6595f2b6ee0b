extension JinjaEvaluator {
  func selectionFilter(
    _ name: String, _ value: JinjaValue, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue? {
    switch name {
    case "map": return try mapped(value, arguments)
    case "select", "reject": return try selected(value, arguments, keeps: name == "select")
    case "selectattr", "rejectattr":
      guard let attribute = arguments.positional.first else {
        throw failure("'\(name)' is given nothing", expected: "the name of an attribute")
      }
      var rest = arguments
      rest.positional.removeFirst()
      return try selected(value, rest, keeps: name == "selectattr", attribute: attribute)
    default: return nil
    }
  }

  private func mapped(
    _ value: JinjaValue, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue {
    var result: [JinjaValue] = []
    if arguments.positional.isEmpty {
      let values = try bind(arguments, to: ["attribute", "default"], of: "map")
      guard let attribute = values[0] else {
        throw failure("'map' is given nothing", expected: "a filter or an attribute")
      }
      for item in try items(of: value) {
        let part = try projected(item, by: attribute)
        result.append(part.isUndefined ? values[1] ?? part : part)
      }
      return try made(result, .generator)
    }
    var rest = arguments
    let name = try text(rest.positional.removeFirst(), of: "map").text
    for item in try items(of: value) { result.append(try filter(name, item, rest)) }
    return try made(result, .generator)
  }

  private func selected(
    _ value: JinjaValue, _ arguments: JinjaCallArguments, keeps truth: Bool,
    attribute: JinjaValue? = nil
  ) throws(JinjaError) -> JinjaValue {
    var rest = arguments
    let name =
      rest.positional.isEmpty ? nil : try text(rest.positional.removeFirst(), of: "select").text
    var result: [JinjaValue] = []
    // Like Jinja, which looks at nothing that is false.
    let items = value.isTrue ? try items(of: value) : []
    for item in items {
      let part = try projected(item, by: attribute)
      let passes = if let name { try test(name, part, rest) } else { part.isTrue }
      if passes == truth { result.append(item) }
    }
    return try made(result, .generator)
  }
}
