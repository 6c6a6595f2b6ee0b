extension JinjaEvaluator {
  static let stringMethods: Set<String> = [
    "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "partition", "rpartition",
    "startswith", "endswith", "removeprefix", "removesuffix", "upper", "lower", "title",
    "capitalize", "replace", "find", "rfind", "index", "rindex", "count", "join", "isdigit",
    "isalpha", "isalnum", "isspace", "isupper", "islower", "format",
    // Methods of Python that are refused with a clear error.
    "encode", "zfill", "center", "ljust", "rjust", "swapcase", "casefold", "translate",
    "expandtabs", "isnumeric", "isdecimal", "istitle", "isidentifier", "isprintable", "isascii",
    "format_map", "maketrans",
  ]

  /// Calls a method of a string; positions count characters, as in Python.
  func call(
    _ name: String, on text: JinjaString, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue {
    switch name {
    case "upper", "lower", "title", "capitalize":
      _ = try bind(arguments, to: [], of: name)
      return try recased(text, name)
    case "strip", "lstrip", "rstrip":
      let set = try optionalText(try bind(arguments, to: ["chars"], of: name)[0], of: name)
      return try made(
        text.stripped(of: set, leading: name != "rstrip", trailing: name != "lstrip"))
    case "split", "rsplit": return try split(text, name, arguments)
    case "splitlines":
      let keeps = try bind(arguments, to: ["keepends"], of: name)[0]?.isTrue ?? false
      return try made(try strings(text.lines(keepingEnds: keeps)))
    case "partition", "rpartition":
      return try partition(text, try onlyText(arguments, of: name), fromEnd: name == "rpartition")
    case "startswith", "endswith": return .bool(try borders(text, name, arguments))
    case "removeprefix":
      let prefix = try onlyText(arguments, of: name)
      return text.hasPrefix(prefix)
        ? try made(JinjaString(text.characters.dropFirst(prefix.count))) : .string(text)
    case "removesuffix":
      let suffix = try onlyText(arguments, of: name)
      return text.hasSuffix(suffix)
        ? try made(JinjaString(text.characters.dropLast(suffix.count))) : .string(text)
    case "replace":
      let values = try bind(arguments, to: ["old", "new", "count"], of: name)
      return try replaced(
        text, try self.text(values[0] ?? .none, of: name),
        try self.text(values[1] ?? .none, of: name),
        limit: try limit(values[2], of: name))
    case "find", "rfind", "index", "rindex", "count": return try search(text, name, arguments)
    case "join":
      let list = try bind(arguments, to: ["iterable"], of: name)[0] ?? .none
      var parts: [JinjaString] = []
      for item in try items(of: list) { parts.append(try self.text(item, of: name)) }
      return try joined(parts, text)
    case "format": return try formatted(text, arguments)
    case "isdigit", "isalpha", "isalnum", "isspace", "isupper", "islower":
      _ = try bind(arguments, to: [], of: name)
      return .bool(Self.holds(name, text))
    default: throw .unsupported(line: line, feature: "the method '\(name)' of strings")
    }
  }

  /// A string with its letters changed.
  func recased(_ text: JinjaString, _ name: String) throws(JinjaError) -> JinjaValue {
    // One letter can become three.
    try charge(text.count)
    switch name {
    case "upper": return try made(text.uppercased)
    case "lower": return try made(text.lowercased)
    case "title": return try made(text.titlecased)
    default: return try made(text.capitalized)
    }
  }

  private func onlyText(
    _ arguments: JinjaCallArguments, of name: String
  ) throws(JinjaError) -> JinjaString {
    try text(try bind(arguments, to: ["text"], of: name)[0] ?? .none, of: name)
  }

  /// A string, or nothing for none.
  func optionalText(_ value: JinjaValue?, of name: String) throws(JinjaError) -> JinjaString? {
    guard let value, !value.isNone else { return nil }
    let result = try text(value, of: name)
    try charge(result.count)
    return result
  }

  /// A count of which negative numbers mean all.
  func limit(_ value: JinjaValue?, of name: String) throws(JinjaError) -> Int {
    guard let value, !value.isNone else { return .max }
    let limit = try integer(value, of: name)
    return limit < 0 ? .max : limit
  }

  /// Strings as values, counted as work.
  func strings(_ texts: [JinjaString]) throws(JinjaError) -> [JinjaValue] {
    guard texts.count <= limits.elements else {
      throw .limit(line: line, what: "a list is", limit: limits.elements)
    }
    try charge(texts.count * 4)
    return texts.map { .string($0) }
  }

  func replaced(
    _ text: JinjaString, _ old: JinjaString, _ new: JinjaString, limit: Int
  ) throws(JinjaError) -> JinjaValue {
    try charge((text.count + old.count) / 4)
    let count = text.occurrences(of: old, limit: limit).count
    let (growth, overflows) = count.multipliedReportingOverflow(by: max(0, new.count - old.count))
    try check(characters: overflows ? .max : text.count + growth)
    return try made(text.replacing(old, with: new, limit: limit))
  }

  /// Strings with another one between each two.
  func joined(_ parts: [JinjaString], _ separator: JinjaString) throws(JinjaError) -> JinjaValue {
    var result = JinjaString()
    for (index, part) in parts.enumerated() {
      try check(characters: result.count + separator.count + part.count)
      try charge((separator.count + part.count) / 2 + 1)
      if index > 0 { result.append(separator) }
      result.append(part)
    }
    return .string(result)
  }

  private func split(
    _ text: JinjaString, _ name: String, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue {
    let values = try bind(arguments, to: ["sep", "maxsplit"], of: name)
    let limit = try limit(values[1], of: name)
    try charge(text.count)
    guard let separator = try optionalText(values[0], of: name) else {
      return try made(try strings(text.words(limit: limit, fromEnd: name == "rsplit")))
    }
    guard !separator.isEmpty else { throw failure("'\(name)' is given an empty separator") }
    try charge(separator.count / 4)
    return try made(
      try strings(text.split(by: separator, limit: limit, fromEnd: name == "rsplit")))
  }

  private func partition(
    _ text: JinjaString, _ separator: JinjaString, fromEnd: Bool
  ) throws(JinjaError) -> JinjaValue {
    guard !separator.isEmpty else { throw failure("'partition' is given an empty separator") }
    try charge(text.count)
    let parts = text.split(by: separator, limit: 1, fromEnd: fromEnd)
    guard parts.count == 2 else {
      let rest = [JinjaString(), JinjaString()]
      return try made(try strings(fromEnd ? rest + [text] : [text] + rest), .tuple)
    }
    return try made(try strings([parts[0], separator, parts[1]]), .tuple)
  }

  private func borders(
    _ text: JinjaString, _ name: String, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> Bool {
    let value = try bind(arguments, to: ["prefix"], of: name)[0] ?? .none
    var candidates = [value]
    if case .sequence(let tuple) = value, tuple.kind == .tuple { candidates = tuple.items }
    for candidate in candidates {
      let border = try self.text(candidate, of: name)
      try charge(border.count / 4 + 1)
      if name == "startswith" ? text.hasPrefix(border) : text.hasSuffix(border) { return true }
    }
    return false
  }

  private func search(
    _ text: JinjaString, _ name: String, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue {
    let values = try bind(arguments, to: ["sub", "start", "end"], of: name)
    let pattern = try self.text(values[0] ?? .none, of: name)
    func bound(_ value: JinjaValue?, _ standard: Int) throws(JinjaError) -> Int {
      guard let value, !value.isNone else { return standard }
      let bound = try integer(value, of: name)
      return bound < 0 ? max(0, bound >= -text.count ? bound + text.count : 0) : bound
    }
    let start = try bound(values[1], 0)
    let end = min(try bound(values[2], text.count), text.count)
    try charge((text.count + pattern.count) / 4)
    var found: [Int] = []
    if start <= end {
      let part = JinjaString(text.characters[start..<end])
      let isForward = name == "find" || name == "index"
      found = part.occurrences(
        of: pattern, limit: isForward ? 1 : .max, overlapping: name != "count")
    }
    if name == "count" { return .integer(found.count) }
    guard let position = name.hasPrefix("r") ? found.last : found.first else {
      if name.hasSuffix("find") { return .integer(-1) }
      throw failure("'\(name)' finds nothing")
    }
    return .integer(position + start)
  }

  /// Whether a text is not empty and all of it is of a kind.
  static func holds(_ name: String, _ text: JinjaString) -> Bool {
    let scalars = text.characters.lazy.map(\.scalar.properties)
    func isLetter(_ properties: Unicode.Scalar.Properties) -> Bool {
      switch properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
      default: false
      }
    }
    switch name {
    case "isspace": return !text.isEmpty && text.characters.allSatisfy { isPythonSpace($0.scalar) }
    case "isdigit":
      return !text.isEmpty
        && scalars.allSatisfy { $0.numericType == .decimal || $0.numericType == .digit }
    case "isalpha": return !text.isEmpty && scalars.allSatisfy(isLetter)
    case "isalnum":
      return !text.isEmpty && scalars.allSatisfy { isLetter($0) || $0.numericType != nil }
    default:
      let isOther = { (properties: Unicode.Scalar.Properties) in
        name == "isupper" ? properties.isLowercase : properties.isUppercase
      }
      return scalars.contains(where: \.isCased) && !scalars.contains(where: isOther)
    }
  }
}
