extension JinjaEvaluator {
  func comparison(
    _ left: JinjaExpression,
    _ operands: [(operation: JinjaComparison, operand: JinjaExpression)]
  ) throws(JinjaError) -> JinjaValue {
    var left = try evaluate(left)
    for (operation, operand) in operands {
      let right = try evaluate(operand)
      guard try compare(operation, left, right) else { return .bool(false) }
      left = right
    }
    return .bool(true)
  }

  func compare(
    _ operation: JinjaComparison, _ left: JinjaValue, _ right: JinjaValue
  ) throws(JinjaError) -> Bool {
    switch operation {
    case .equal: return try equal(left, right)
    case .notEqual: return !(try equal(left, right))
    case .less: return try less(left, right)
    case .greater: return try less(right, left)
    case .lessOrEqual: return try less(left, right, orEqual: true)
    case .greaterOrEqual: return try less(right, left, orEqual: true)
    case .isIn: return try contains(right, left)
    case .notIn: return !(try contains(right, left))
    }
  }

  /// Whether two values are equal; of different kinds only numbers are.
  func equal(_ left: JinjaValue, _ right: JinjaValue) throws(JinjaError) -> Bool {
    try charge(1)
    if let a = left.integer, let b = right.integer { return a == b }
    if let a = left.number, let b = right.number { return a == b }
    switch (left, right) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.string(let a), .string(let b)):
      try charge(a.count == b.count ? a.count / 4 : 0)
      return a == b
    case (.sequence(let a), .sequence(let b)):
      if a === b { return true }
      guard a.kind == b.kind, a.kind != .generator else { return false }
      return try equal(a.items, b.items)
    case (.mapping(let a), .mapping(let b)): return try equal(a, b)
    case (.namespace(let a), .namespace(let b)): return a === b
    case (.loop(let a), .loop(let b)): return a === b
    case (.callable(.macro(let a)), .callable(.macro(let b))): return a === b
    case (.callable(.global(let a)), .callable(.global(let b))): return a == b
    default: return false
    }
  }

  private func equal(_ left: [JinjaValue], _ right: [JinjaValue]) throws(JinjaError) -> Bool {
    guard left.count == right.count else { return false }
    for (a, b) in zip(left, right) {
      guard try equal(a, b) else { return false }
    }
    return true
  }

  private func equal(_ left: JinjaMapping, _ right: JinjaMapping) throws(JinjaError) -> Bool {
    if left === right { return true }
    guard left.entries.count == right.entries.count else { return false }
    for (key, value) in left.entries {
      guard let index = try index(of: key, in: right.entries),
        try equal(value, right.entries[index].value)
      else { return false }
    }
    return true
  }

  /// The index of a key.
  func index(
    of key: JinjaValue, in entries: [(key: JinjaValue, value: JinjaValue)]
  ) throws(JinjaError) -> Int? {
    try charge(entries.count / 8)
    for (index, entry) in entries.enumerated() {
      if case .string(let a) = key {
        guard case .string(let b) = entry.key, a.count == b.count else { continue }
        try charge(a.count / 4)
        if a == b { return index }
      } else if try equal(key, entry.key) {
        return index
      }
    }
    return nil
  }

  /// Whether one value comes before another: numbers, strings, and lists by their first difference.
  func less(
    _ left: JinjaValue, _ right: JinjaValue, orEqual: Bool = false
  ) throws(JinjaError) -> Bool {
    try charge(1)
    if let a = left.integer, let b = right.integer { return orEqual ? a <= b : a < b }
    if let a = left.number, let b = right.number { return orEqual ? a <= b : a < b }
    switch (left, right) {
    case (.string(let a), .string(let b)):
      try charge(min(a.count, b.count) / 4)
      return orEqual ? !(b < a) : a < b
    case (.sequence(let a), .sequence(let b))
    where a.kind == b.kind && (a.kind == .list || a.kind == .tuple):
      for (a, b) in zip(a.items, b.items) where !(try equal(a, b)) {
        return try less(a, b, orEqual: orEqual)
      }
      return orEqual ? a.items.count <= b.items.count : a.items.count < b.items.count
    default:
      throw failure(
        "\(left.typeName) and \(right.typeName) have no order",
        expected: "two numbers or two strings")
    }
  }

  private func contains(_ container: JinjaValue, _ value: JinjaValue) throws(JinjaError) -> Bool {
    switch container {
    case .string(let text):
      let pattern = try self.text(value, of: "in")
      try charge((text.count + pattern.count) / 4)
      return text.contains(pattern)
    case .mapping(let mapping): return try index(of: value, in: mapping.entries) != nil
    case .sequence, .undefined, .loop:
      for item in try items(of: container) where try equal(item, value) { return true }
      return false
    default:
      throw failure(
        "'in' stands in front of \(container.typeName)",
        expected: "a string, a list or a dictionary")
    }
  }
}
