extension JinjaEvaluator {
  /// `form % value`: the values of a tuple, of a dictionary by name, or one value, as Python's strings print them.
  func printed(_ form: JinjaString, _ value: JinjaValue) throws(JinjaError) -> JinjaValue {
    var values = JinjaPrintfValues(value)
    if case .sequence(let sequence) = value, sequence.kind == .tuple {
      values.items = sequence.items
      values.isTuple = true
    }
    return try printed(form, &values)
  }

  /// `form | format(values)`, which takes values one after the other or by name.
  func printed(
    _ form: JinjaString, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue {
    guard arguments.positional.isEmpty || arguments.keyword.isEmpty else {
      throw failure("'format' is given values with names and values without")
    }
    guard arguments.keyword.isEmpty else {
      return try printed(
        form, try mapping(arguments.keyword.map { (.text($0.name), $0.value) }))
    }
    return try printed(form, .tuple(arguments.positional))
  }

  private func printed(
    _ form: JinjaString, _ values: inout JinjaPrintfValues
  ) throws(JinjaError) -> JinjaValue {
    try charge(form.count)
    var result = JinjaString()
    result.isSafe = form.isSafe
    var index = 0
    while index < form.count {
      let character = form.characters[index]
      index += 1
      guard character.scalar == "%" else {
        result.characters.append(character)
        continue
      }
      if index < form.count, form.characters[index].scalar == "%" {
        result.characters.append(character)
        index += 1
        continue
      }
      let field = try field(of: form, at: &index, &values)
      let value = if let named = field.value { named } else { try next(&values) }
      let text = try printed(value, as: field, isSafe: form.isSafe)
      try check(characters: result.count + text.count)
      try charge(text.count / 2 + 1)
      result.append(text)
    }
    guard values.areAllUsed else { throw failure("'%' is given more values than it prints") }
    return try made(result)
  }

  /// One field, from after its percent sign.
  private func field(
    of form: JinjaString, at index: inout Int, _ values: inout JinjaPrintfValues
  ) throws(JinjaError) -> JinjaPrintfField {
    var field = JinjaPrintfField()
    func current() throws(JinjaError) -> Unicode.Scalar {
      guard index < form.count else {
        throw failure("a field of '%' has no end", expected: "a letter such as s or d")
      }
      return form.characters[index].scalar
    }
    if try current() == "(" {
      field.value = try named(form, &index, values)
    }
    while let flag = JinjaPrintfField.Flags(try current()) {
      field.flags.insert(flag)
      index += 1
    }
    func count() throws(JinjaError) -> Int? {
      if try current() == "*" {
        index += 1
        return try integer(try next(&values), of: "%*")
      }
      var digits = ""
      while case let scalar = try current(), ("0"..."9").contains(scalar) {
        digits.unicodeScalars.append(scalar)
        index += 1
      }
      guard !digits.isEmpty else { return nil }
      let count = Int(digits) ?? .max
      try check(characters: count)
      return count
    }
    if let width = try count() {
      if width < 0 { field.flags.insert(.left) }
      field.width = Int(clamping: width.magnitude)
      try check(characters: field.width)
    }
    if try current() == "." {
      index += 1
      field.precision = max(0, try count() ?? 0)
      try check(characters: field.precision ?? 0)
    }
    if ["h", "l", "L"].contains(try current()) { index += 1 }
    field.kind = try current()
    index += 1
    return field
  }

  /// The value of `%(name)`.
  private func named(
    _ form: JinjaString, _ index: inout Int, _ values: JinjaPrintfValues
  ) throws(JinjaError) -> JinjaValue {
    let start = index + 1
    var open = 0
    repeat {
      guard index < form.count else { throw failure("the name of a field has no end") }
      switch form.characters[index].scalar {
      case "(": open += 1
      case ")": open -= 1
      default: break
      }
      index += 1
    } while open > 0
    guard case .mapping(let mapping) = values.whole else {
      throw failure("'%(' is given \(values.whole.typeName)", expected: "a dictionary")
    }
    let name = JinjaString(form.characters[start..<(index - 1)])
    guard let place = try self.index(of: .string(name), in: mapping.entries) else {
      throw failure("'%' finds no value of the name of a field")
    }
    return mapping.entries[place].value
  }

  private func next(_ values: inout JinjaPrintfValues) throws(JinjaError) -> JinjaValue {
    guard let value = values.next() else {
      throw failure("'%' is given too few values")
    }
    return value
  }

  private func printed(
    _ value: JinjaValue, as field: JinjaPrintfField, isSafe: Bool
  ) throws(JinjaError) -> JinjaString {
    var text: JinjaString
    switch field.kind {
    case "s": text = try string(of: value)
    case "r", "a":
      text = JinjaString()
      try represent(value, in: &text)
      if field.kind == "a" { text = text.asciiRepresentation }
    case "c": return field.padded(try character(value))
    case "d", "i", "u", "x", "X", "o":
      return field.number(try whole(value, field.kind))
    case "e", "E", "f", "F", "g", "G":
      guard let number = value.number else {
        throw failure(
          "'%\(field.kind)' is given \(value.typeName)", expected: "a number")
      }
      try charge(field.precision ?? 0)
      return field.number(number)
    default:
      throw failure("'%' has no such letter", expected: "s, r, a, c, d, i, u, x, o, e, f or g")
    }
    if isSafe {
      try charge(text.count * 3)
      text = text.escaped
    }
    if let precision = field.precision { text = JinjaString(text.characters.prefix(precision)) }
    return field.padded(text)
  }

  private func whole(_ value: JinjaValue, _ kind: Unicode.Scalar) throws(JinjaError) -> Int {
    if let integer = value.integer { return integer }
    // Other bases take whole numbers only.
    if case .float(let number) = value, "diu".unicodeScalars.contains(kind) {
      guard let integer = Int(exactly: number.rounded(.towardZero)) else {
        throw .limit(line: line, what: "a number is", limit: .max)
      }
      return integer
    }
    throw failure("'%\(kind)' is given \(value.typeName)", expected: "a whole number")
  }

  private func character(_ value: JinjaValue) throws(JinjaError) -> JinjaString {
    if case .string(let text) = value, text.count == 1 { return text }
    if let code = value.integer, let scalar = UInt32(exactly: code).flatMap(Unicode.Scalar.init) {
      return JinjaString(String(scalar))
    }
    throw failure("'%c' is given \(value.typeName)", expected: "a character")
  }
}

/// The values that a form prints.
struct JinjaPrintfValues {
  /// What stands behind the percent sign.
  let whole: JinjaValue
  var items: [JinjaValue]
  var isTuple = false
  private var used = 0

  init(_ whole: JinjaValue) {
    self.whole = whole
    items = [whole]
  }

  mutating func next() -> JinjaValue? {
    guard used < items.count else { return nil }
    used += 1
    return items[used - 1]
  }

  /// Whether Python would be content: what can be asked by a key or an index may stay unused.
  var areAllUsed: Bool {
    if used == items.count { return true }
    guard !isTuple else { return false }
    switch whole {
    case .mapping: return true
    case .sequence(let sequence): return sequence.kind == .list || sequence.kind == .range
    default: return false
    }
  }
}
