/// A piece of a template's text.
struct JinjaToken: Equatable {
  enum Kind: Equatable {
    /// Literal text.
    case data([Unicode.Scalar])
    case variableBegin
    case variableEnd
    case blockBegin
    case blockEnd
    case name(String)
    case string([Unicode.Scalar])
    case integer(Int)
    case float(Double)
    case symbol(String)
    case end
  }

  let kind: Kind
  let line: Int

  /// The token as shown in error messages.
  var shown: String {
    switch kind {
    case .data: "text"
    case .variableBegin: "'{{'"
    case .variableEnd: "'}}'"
    case .blockBegin: "'{%'"
    case .blockEnd: "'%}'"
    case .name(let name): "'\(name)'"
    case .string: "a string"
    case .integer, .float: "a number"
    case .symbol(let text): "'\(text)'"
    case .end: "the end of the template"
    }
  }
}
