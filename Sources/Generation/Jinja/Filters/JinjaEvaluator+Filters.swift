import ModelFiles

extension JinjaEvaluator {
  /// Applies a filter: `value | name(arguments)`.
  func filter(
    _ name: String, _ value: JinjaValue, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue {
    try charge(1)
    if let result = try textFilter(name, value, arguments) { return result }
    if let result = try sequenceFilter(name, value, arguments) { return result }
    if let result = try selectionFilter(name, value, arguments) { return result }
    if let result = try numberFilter(name, value, arguments) { return result }
    switch name {
    case "default", "d":
      let values = try bind(arguments, to: ["default_value", "boolean"], of: name)
      let isMissing = value.isUndefined || (values[1]?.isTrue ?? false) && !value.isTrue
      return isMissing ? values[0] ?? .text("") : value
    case "attr":
      let attribute = try text(try bind(arguments, to: ["name"], of: name)[0] ?? .none, of: name)
      guard case .mapping = value else { return try self.attribute(attribute.text, of: value) }
      return .undefined(attribute.templateText)
    case "tojson": return try json(value, arguments)
    case "fromjson":
      _ = try bind(arguments, to: [], of: name)
      var reader = JinjaJSONReader(evaluator: self, text: try text(value, of: name))
      return try reader.read()
    default: throw .unsupported(line: line, feature: "the filter \(quoted(name))")
    }
  }

  private func textFilter(
    _ name: String, _ value: JinjaValue, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue? {
    switch name {
    case "trim":
      let set = try optionalText(try bind(arguments, to: ["chars"], of: name)[0], of: name)
      return try made(try string(of: value).stripped(of: set))
    case "upper", "lower", "capitalize", "title", "string", "safe", "escape", "e":
      _ = try bind(arguments, to: [], of: name)
      return try transformed(try string(of: value), name)
    case "replace":
      let values = try bind(arguments, to: ["old", "new", "count"], of: name)
      guard let old = values[0], let new = values[1] else {
        throw failure("'replace' is given too little", expected: "what to replace, and with what")
      }
      let text = try string(of: value)
      let oldText = try string(of: old)
      return try replaced(
        text, oldText, try string(of: new), limit: try limit(values[2], of: name))
    case "indent": return try indented(try string(of: value), arguments)
    case "format": return try printed(try string(of: value), arguments)
    case "join":
      let values = try bind(arguments, to: ["d", "attribute"], of: name)
      var parts: [JinjaString] = []
      for item in try items(of: value) {
        parts.append(try string(of: try projected(item, by: values[1])))
      }
      return try joined(parts, try string(of: values[0] ?? .text("")))
    default: return nil
    }
  }

  private func transformed(_ text: JinjaString, _ name: String) throws(JinjaError) -> JinjaValue {
    switch name {
    case "string": return .string(text)
    case "safe":
      var text = text
      text.isSafe = true
      return .string(text)
    case "escape", "e":
      // One character can become five.
      try charge(text.count * 3)
      return try made(text.escaped)
    case "title":
      try charge(text.count)
      return try made(text.wordsCapitalized)
    default: return try recased(text, name)
    }
  }

  private func indented(
    _ text: JinjaString, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue {
    let values = try bind(arguments, to: ["width", "first", "blank"], of: "indent")
    var margin = JinjaString(String(repeating: " ", count: 4))
    if case .string(let given) = values[0] {
      margin = given
    } else if let width = values[0] {
      let width = max(0, try integer(width, of: "indent"))
      try check(characters: width)
      margin = JinjaString(String(repeating: " ", count: width))
    }
    let indentsBlank = values[2]?.isTrue ?? false
    try charge(text.count)
    var result = JinjaString()
    // Jinja adds a line break before it cuts, so that one at the end makes a line of its own.
    var text = text
    text.append("\n")
    for (index, line) in text.lines().enumerated() {
      if index > 0 { result.append("\n") }
      let isIndented = index == 0 ? values[1]?.isTrue ?? false : indentsBlank || !line.isEmpty
      try check(characters: result.count + margin.count + line.count)
      try charge((margin.count + line.count) / 2 + 1)
      if isIndented { result.append(margin) }
      result.append(line)
    }
    return .string(result)
  }

  private func json(
    _ value: JinjaValue, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue {
    let values = try bind(
      arguments, to: ["ensure_ascii", "indent", "separators", "sort_keys"], of: "tojson")
    var margin: JinjaString?
    if let width = values[1]?.integer {
      try check(characters: width)
      margin = JinjaString(String(repeating: " ", count: max(0, width)))
    } else {
      margin = try optionalText(values[1], of: "tojson")
    }
    var writer = JinjaJSONWriter(evaluator: self, indent: margin)
    writer.escapesNonASCII = values[0]?.isTrue ?? false
    writer.sortsKeys = values[3]?.isTrue ?? false
    if let separators = values[2], !separators.isNone {
      let pair = try items(of: separators)
      guard pair.count == 2 else { throw failure("'separators' is no pair of strings") }
      writer.itemSeparator = try text(pair[0], of: "tojson")
      writer.keySeparator = try text(pair[1], of: "tojson")
    }
    try writer.write(value)
    return try made(writer.result)
  }

  private func numberFilter(
    _ name: String, _ value: JinjaValue, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue? {
    switch name {
    case "int":
      let values = try bind(arguments, to: ["default", "base"], of: name)
      return try wholeNumber(
        value, standard: values[0] ?? .integer(0),
        base: try integer(values[1] ?? .integer(10), of: name))
    case "float":
      let standard = try bind(arguments, to: ["default"], of: name)[0] ?? .float(0)
      try refuseUndefined(value, name)
      if case .string(let text) = value {
        try charge(text.count)
        return JinjaNumber.float(from: text.text).map { .float($0) } ?? standard
      }
      return value.number.map { .float($0) } ?? standard
    case "abs":
      _ = try bind(arguments, to: [], of: name)
      if case .float(let number) = value { return .float(number.magnitude) }
      let number = try integer(value, of: name)
      guard number != .min else { throw .limit(line: line, what: "a number is", limit: .max) }
      return .integer(abs(number))
    case "round": return try rounded(value, arguments)
    default: return nil
    }
  }

  private func refuseUndefined(_ value: JinjaValue, _ name: String) throws(JinjaError) {
    if value.isUndefined { throw failure("'\(name)' is given \(value.typeName)") }
  }

  private func wholeNumber(
    _ value: JinjaValue, standard: JinjaValue, base: Int
  ) throws(JinjaError) -> JinjaValue {
    try refuseUndefined(value, "int")
    if let integer = value.integer { return .integer(integer) }
    var number: Double?
    switch value {
    case .string(let text):
      try charge(text.count)
      if let integer = JinjaNumber.integer(from: text.text, base: base) { return .integer(integer) }
      number = JinjaNumber.float(from: text.text)
    case .float(let value): number = value
    default: break
    }
    guard let number, number.isFinite else { return standard }
    guard let integer = Int(exactly: number.rounded(.towardZero)) else {
      throw .limit(line: line, what: "a number is", limit: .max)
    }
    return .integer(integer)
  }

  private func rounded(
    _ value: JinjaValue, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue {
    let values = try bind(arguments, to: ["precision", "method"], of: "round")
    let places = try integer(values[0] ?? .integer(0), of: "round")
    let method = try text(values[1] ?? .text("common"), of: "round").text
    guard let number = value.number, (-300...300).contains(places) else {
      throw failure("'round' is given \(value.typeName)", expected: "a number")
    }
    let scale = JinjaNumber.power(ofTen: places)
    switch method {
    case "ceil": return .float((number * scale).rounded(.up) / scale)
    case "floor": return .float((number * scale).rounded(.down) / scale)
    case "common":
      let result = JinjaNumber.rounded(number, places: places)
      return value.integer != nil && places >= 0 ? value : .float(result)
    default: throw failure("'round' knows no such method", expected: "common, ceil or floor")
    }
  }
}
