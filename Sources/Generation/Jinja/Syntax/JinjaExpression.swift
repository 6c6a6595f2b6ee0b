/// An expression of a template.
indirect enum JinjaExpression: Sendable {
  case literal(JinjaLiteral)
  case name(String)
  case list([JinjaExpression])
  case tuple([JinjaExpression])
  case dictionary([(key: JinjaExpression, value: JinjaExpression)])
  case negation(JinjaExpression)
  case plus(JinjaExpression)
  case not(JinjaExpression)
  case and(JinjaExpression, JinjaExpression)
  case or(JinjaExpression, JinjaExpression)
  case arithmetic(JinjaArithmetic, JinjaExpression, JinjaExpression)
  case concatenation([JinjaExpression])
  case comparison(JinjaExpression, [(operation: JinjaComparison, operand: JinjaExpression)])
  case conditional(test: JinjaExpression, then: JinjaExpression, otherwise: JinjaExpression?)
  case attribute(JinjaExpression, String)
  case item(JinjaExpression, JinjaExpression)
  case slice(JinjaExpression, [JinjaExpression?])
  case call(JinjaExpression, JinjaArguments)
  /// A filter; nil stands for the body of a block.
  case filter(JinjaExpression?, String, JinjaArguments)
  case test(JinjaExpression, String, JinjaArguments)
}

/// A literal value in the template.
enum JinjaLiteral: Sendable {
  case none
  case bool(Bool)
  case integer(Int)
  case float(Double)
  case string(JinjaString)
}

enum JinjaArithmetic: String, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case floorDivide = "//"
  case remainder = "%"
  case power = "**"
}

enum JinjaComparison: String, Sendable {
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case isIn = "in"
  case notIn = "not in"
}

/// The arguments of a call.
struct JinjaArguments: Sendable {
  var positional: [JinjaExpression] = []
  var keyword: [(name: String, value: JinjaExpression)] = []
  /// `*list`
  var splat: JinjaExpression?
  /// `**dictionary`
  var keywordSplat: JinjaExpression?
}
