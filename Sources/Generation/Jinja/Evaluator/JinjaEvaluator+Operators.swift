import Foundation

extension JinjaEvaluator {
  func signed(
    _ operand: JinjaExpression, isNegative: Bool
  ) throws(JinjaError) -> JinjaValue {
    let value = try evaluate(operand)
    if let integer = value.integer {
      guard isNegative else { return .integer(integer) }
      return .integer(try exact(Int(0).subtractingReportingOverflow(integer)))
    }
    if case .float(let number) = value { return .float(isNegative ? -number : number) }
    throw failure("\(value.typeName) has no sign", expected: "a number")
  }

  func arithmetic(
    _ operation: JinjaArithmetic, _ left: JinjaExpression, _ right: JinjaExpression
  ) throws(JinjaError) -> JinjaValue {
    let left = try evaluate(left)
    return try apply(operation, left, try evaluate(right))
  }

  func apply(
    _ operation: JinjaArithmetic, _ left: JinjaValue, _ right: JinjaValue
  ) throws(JinjaError) -> JinjaValue {
    if let a = left.integer, let b = right.integer { return try integers(operation, a, b) }
    if let a = left.number, let b = right.number { return .float(try floats(operation, a, b)) }
    switch (operation, left, right) {
    case (.add, .string(let a), .string(let b)): return try sum(a, b)
    case (.add, .sequence(let a), .sequence(let b))
    where a.kind == b.kind && (a.kind == .list || a.kind == .tuple):
      return try made(a.items + b.items, a.kind)
    case (.multiply, .string(let text), _): return try repeated(text, right)
    case (.multiply, _, .string(let text)): return try repeated(text, left)
    case (.multiply, .sequence(let list), _): return try repeated(list, right)
    case (.multiply, _, .sequence(let list)): return try repeated(list, left)
    case (.remainder, .string(let form), _): return try printed(form, right)
    default:
      throw failure(
        "'\(operation.rawValue)' stands between \(left.typeName) and \(right.typeName)",
        expected: operation == .add ? "two numbers, strings or lists" : "two numbers")
    }
  }

  private func sum(_ left: JinjaString, _ right: JinjaString) throws(JinjaError) -> JinjaValue {
    try check(characters: left.count + right.count)
    try charge((left.count + right.count) / 2)
    var result = left
    var right = right
    if left.isSafe || right.isSafe {
      try charge((left.count + right.count) * 3)
      result = left.escaped
      right = right.escaped
    }
    result.append(right)
    return .string(result)
  }

  private func repeated(_ text: JinjaString, _ times: JinjaValue) throws(JinjaError) -> JinjaValue {
    let times = max(0, try integer(times, of: "*"))
    let (count, overflows) = text.count.multipliedReportingOverflow(by: times)
    try check(characters: overflows ? .max : count)
    try charge(count / 2)
    var result = JinjaString()
    result.characters.reserveCapacity(count)
    if !text.isEmpty { for _ in 0..<times { result.append(text) } }
    return .string(result)
  }

  private func repeated(
    _ list: JinjaSequence, _ times: JinjaValue
  ) throws(JinjaError) -> JinjaValue {
    guard list.kind == .list || list.kind == .tuple else {
      throw failure("'*' stands beside a generator", expected: "two numbers")
    }
    let times = max(0, try integer(times, of: "*"))
    let (count, overflows) = list.items.count.multipliedReportingOverflow(by: times)
    guard !overflows, count <= limits.elements else {
      throw .limit(line: line, what: "a list is", limit: limits.elements)
    }
    var items: [JinjaValue] = []
    if !list.items.isEmpty { for _ in 0..<times { items += list.items } }
    return try made(items, list.kind)
  }

  /// A result within 64 bits; Python's integers are unbounded, these are not.
  private func exact(_ result: (partialValue: Int, overflow: Bool)) throws(JinjaError) -> Int {
    guard !result.overflow else {
      throw .limit(line: line, what: "a number is", limit: .max)
    }
    return result.partialValue
  }

  private func integers(
    _ operation: JinjaArithmetic, _ a: Int, _ b: Int
  ) throws(JinjaError) -> JinjaValue {
    switch operation {
    case .add: return .integer(try exact(a.addingReportingOverflow(b)))
    case .subtract: return .integer(try exact(a.subtractingReportingOverflow(b)))
    case .multiply: return .integer(try exact(a.multipliedReportingOverflow(by: b)))
    case .divide: return .float(try floats(.divide, Double(a), Double(b)))
    case .floorDivide:
      try checkDivisor(Double(b))
      let quotient = try exact(a.dividedReportingOverflow(by: b))
      return .integer(quotient * b != a && (a < 0) != (b < 0) ? quotient - 1 : quotient)
    case .remainder:
      try checkDivisor(Double(b))
      let rest = b == -1 ? 0 : a % b
      return .integer(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest)
    case .power:
      guard b >= 0 else { return .float(try floats(.power, Double(a), Double(b))) }
      return .integer(try power(a, b))
    }
  }

  private func power(_ base: Int, _ exponent: Int) throws(JinjaError) -> Int {
    if base == 0 || base == 1 { return exponent == 0 ? 1 : base }
    if base == -1 { return exponent % 2 == 0 ? 1 : -1 }
    var result = 1
    for _ in 0..<min(exponent, 64) {
      result = try exact(result.multipliedReportingOverflow(by: base))
    }
    return result
  }

  private func floats(
    _ operation: JinjaArithmetic, _ a: Double, _ b: Double
  ) throws(JinjaError) -> Double {
    switch operation {
    case .add: return a + b
    case .subtract: return a - b
    case .multiply: return a * b
    case .divide:
      try checkDivisor(b)
      return a / b
    case .floorDivide:
      try checkDivisor(b)
      return ((a - (try floats(.remainder, a, b))) / b).rounded()
    case .remainder:
      try checkDivisor(b)
      let rest = fmod(a, b)
      return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
    case .power:
      if a == 0, b < 0 { try checkDivisor(0) }
      let result = pow(a, b)
      guard !result.isNaN || a.isNaN || b.isNaN, result.isFinite || !a.isFinite || !b.isFinite
      else {
        throw failure("a power has no value", expected: "smaller numbers")
      }
      return result
    }
  }

  private func checkDivisor(_ divisor: Double) throws(JinjaError) {
    guard divisor != 0 else { throw failure("a number is divided by zero") }
  }
}
