/// A statement of a template, with the line it begins in.
struct JinjaStatement: Sendable {
  let kind: Kind
  let line: Int

  indirect enum Kind: Sendable {
    case text(JinjaString)
    case output(JinjaExpression)
    case loop(JinjaFor)
    case branch([(test: JinjaExpression, body: [JinjaStatement])], otherwise: [JinjaStatement])
    case assign(JinjaTarget, JinjaExpression)
    case capture(JinjaTarget, filter: JinjaExpression?, body: [JinjaStatement])
    case macro(JinjaMacroDeclaration)
    case call(JinjaMacroDeclaration, JinjaExpression, JinjaArguments)
    case filter(JinjaExpression, body: [JinjaStatement])
    case with([(target: JinjaTarget, value: JinjaExpression)], body: [JinjaStatement])
    /// `generation`: the text that the model is trained on; written like any text.
    case generation([JinjaStatement])
    case breakLoop
    case continueLoop
  }
}

/// The target of an assignment.
indirect enum JinjaTarget: Sendable {
  case name(String)
  /// An attribute of a namespace.
  case attribute(of: String, String)
  case tuple([JinjaTarget])
}

/// A `for` statement.
struct JinjaFor: Sendable {
  let target: JinjaTarget
  let sequence: JinjaExpression
  let condition: JinjaExpression?
  let body: [JinjaStatement]
  /// The `else` branch, for an empty iteration.
  let otherwise: [JinjaStatement]
  /// Whether `loop(items)` in the body runs the loop over other items.
  let isRecursive: Bool
}

/// A macro, or the body of a call block.
struct JinjaMacroDeclaration: Sendable {
  struct Parameter: Sendable {
    let name: String
    let standard: JinjaExpression?
  }

  let name: String
  let parameters: [Parameter]
  let body: [JinjaStatement]
  /// Names of surplus arguments and of the caller that the body mentions; it takes none of the others.
  let mentions: Set<String>
}
