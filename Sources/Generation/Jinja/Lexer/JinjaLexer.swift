import ModelFiles

/// Cuts a template into tokens, with the settings of chat templates: the line break after a block is dropped
/// (`trim_blocks`), so are blanks in front of one that begins its line (`lstrip_blocks`).
///
/// Rules: Jinja 3.1, Template Designer Documentation, "Whitespace Control".
struct JinjaLexer {
  let source: [Unicode.Scalar]
  var position = 0
  var line = 1
  var tokens: [JinjaToken] = []
  /// Whether the last tag ended with a line break, or the template has just begun.
  private var startsLine = true

  /// The tokens of a template, `end` last.
  static func tokens(of text: String, limits: JinjaLimits) throws(JinjaError) -> [JinjaToken] {
    guard text.utf8.count <= limits.templateBytes else {
      throw .limit(line: 1, what: "the template is", limit: limits.templateBytes)
    }
    var lexer = JinjaLexer(text)
    try lexer.run()
    return lexer.tokens
  }

  private init(_ text: String) {
    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(text.utf8.count)
    var followsReturn = false
    for scalar in text.unicodeScalars {
      if !(followsReturn && scalar == "\n") { scalars.append(scalar == "\r" ? "\n" : scalar) }
      followsReturn = scalar == "\r"
    }
    if scalars.last == "\n" { scalars.removeLast() }
    source = scalars
  }

  private mutating func run() throws(JinjaError) {
    while position < source.count {
      guard let tag = nextTag() else {
        add(.data(Array(source[position...])))
        break
      }
      try take(tag)
    }
    add(.end)
  }

  mutating func add(_ kind: JinjaToken.Kind) {
    tokens.append(JinjaToken(kind: kind, line: line))
  }

  /// The scalar at some distance from the position.
  func peek(_ distance: Int = 0) -> Unicode.Scalar? {
    position + distance < source.count ? source[position + distance] : nil
  }

  mutating func skip(to end: Int) {
    for index in position..<max(position, min(end, source.count)) where source[index] == "\n" {
      line += 1
    }
    position = max(position, min(end, source.count))
  }

  /// The position of the next `{{`, `{%` or `{#`.
  private func nextTag() -> Int? {
    var index = position
    while index + 1 < source.count {
      if source[index] == "{", "{%#".unicodeScalars.contains(source[index + 1]) { return index }
      index += 1
    }
    return nil
  }

  private mutating func take(_ tag: Int) throws(JinjaError) {
    let kind = source[tag + 1]
    let sign = tag + 2 < source.count ? source[tag + 2] : " "
    data(to: tag, sign: sign, isVariable: kind == "{")
    skip(to: tag + 2 + (sign == "-" || sign == "+" ? 1 : 0))
    startsLine = false
    switch kind {
    case "#": try comment()
    case "{":
      add(.variableBegin)
      try expression(closing: "}")
    default:
      if let end = rawBegin() {
        skip(to: end)
        try raw()
      } else {
        add(.blockBegin)
        try expression(closing: "%")
      }
    }
  }

  /// Adds the text in front of a tag, without the white space that its sign and the settings remove.
  private mutating func data(to tag: Int, sign: Unicode.Scalar, isVariable: Bool) {
    var end = tag
    if sign == "-" {
      while end > position, isPythonSpace(source[end - 1]) { end -= 1 }
    } else if sign != "+", !isVariable {
      var start = tag
      while start > position, source[start - 1] != "\n" { start -= 1 }
      if start > position || startsLine, source[start..<tag].allSatisfy(isPythonSpace) {
        end = start
      }
    }
    if end > position { add(.data(Array(source[position..<end]))) }
    skip(to: tag)
  }

  private mutating func comment() throws(JinjaError) {
    let start = line
    while position < source.count {
      if let end = closing("#", trimsLine: true) {
        close(at: end)
        return
      }
      skip(to: position + 1)
    }
    throw .syntax(line: start, what: "a comment does not end", expected: "'#}'")
  }

  /// The position after the tag's end, including the white space that its sign removes; nil if there is no tag end
  /// here.
  func closing(_ mark: Unicode.Scalar, trimsLine: Bool) -> Int? {
    var index = position
    let sign = peek()
    if sign == "-" || sign == "+" && mark != "}" { index += 1 }
    guard index + 1 < source.count, source[index] == mark, source[index + 1] == "}" else {
      return nil
    }
    index += 2
    if sign == "-" {
      while index < source.count, isPythonSpace(source[index]) { index += 1 }
    } else if sign != "+", trimsLine, index < source.count, source[index] == "\n" {
      index += 1
    }
    return index
  }

  /// Moves past a tag's end.
  mutating func close(at end: Int) {
    skip(to: end)
    startsLine = position > 0 && source[position - 1] == "\n"
  }

  /// Where `raw %}` at the position ends.
  private func rawBegin() -> Int? {
    guard let word = word("raw", from: position) else { return nil }
    var probe = self
    probe.position = word
    guard probe.peek() != "+" else { return nil }
    return probe.closing("%", trimsLine: false)
  }

  /// The end of a word between blanks and of the blanks after it.
  private func word(_ word: String, from start: Int) -> Int? {
    var index = start
    while index < source.count, isPythonSpace(source[index]) { index += 1 }
    for scalar in word.unicodeScalars {
      guard index < source.count, source[index] == scalar else { return nil }
      index += 1
    }
    while index < source.count, isPythonSpace(source[index]) { index += 1 }
    return index
  }

  /// Text up to `{% endraw %}`.
  private mutating func raw() throws(JinjaError) {
    let start = line
    var index = position
    startsLine = position > 0 && source[position - 1] == "\n"
    while index + 1 < source.count {
      defer { index += 1 }
      guard source[index] == "{", source[index + 1] == "%" else { continue }
      let sign = index + 2 < source.count ? source[index + 2] : " "
      let isSigned = sign == "-" || sign == "+"
      guard let word = word("endraw", from: index + (isSigned ? 3 : 2)) else { continue }
      var probe = self
      probe.position = word
      guard let end = probe.closing("%", trimsLine: true) else { continue }
      data(to: index, sign: sign, isVariable: false)
      close(at: end)
      return
    }
    throw .syntax(line: start, what: "a raw block does not end", expected: "'{% endraw %}'")
  }
}

/// Whether Python treats the scalar as white space.
func isPythonSpace(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 9...13, 28...32, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F,
    0x3000:
    true
  default: false
  }
}
