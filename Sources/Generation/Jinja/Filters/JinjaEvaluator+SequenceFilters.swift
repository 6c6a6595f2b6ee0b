extension JinjaEvaluator {
  func sequenceFilter(
    _ name: String, _ value: JinjaValue, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue? {
    switch name {
    case "length", "count":
      _ = try bind(arguments, to: [], of: name)
      return .integer(try length(of: value))
    case "first", "last":
      if case .string(let text) = value {
        let end = name == "first" ? text.characters.prefix(1) : text.characters.suffix(1)
        return end.isEmpty ? .undefined("\(name) item") : .string(JinjaString(end))
      }
      if name == "last" {
        try refuseGenerator(value, name)
        return try items(of: value).last ?? .undefined("last item")
      }
      if case .sequence(let sequence) = value {
        return sequence.takeFirst() ?? .undefined("first item")
      }
      return try items(of: value).first ?? .undefined("first item")
    case "list": return try made(try items(of: value))
    case "reverse":
      if case .string(let text) = value {
        return try made(JinjaString(text.characters.reversed()))
      }
      return try made(try items(of: value).reversed(), .generator)
    case "items":
      guard !value.isUndefined else { return try made([], .generator) }
      guard case .mapping(let mapping) = value else {
        throw failure("'items' is given \(value.typeName)", expected: "a dictionary")
      }
      return try made(try pairs(of: mapping), .generator)
    case "sort":
      let values = try bind(
        arguments, to: ["reverse", "case_sensitive", "attribute"], of: name)
      let sorted = try ordered(
        try items(of: value), by: values[2], isCaseSensitive: values[1]?.isTrue ?? false,
        isReversed: values[0]?.isTrue ?? false)
      return try made(sorted)
    case "dictsort": return try dictionarySorted(value, arguments)
    case "unique": return try unique(value, arguments)
    case "min", "max": return try extreme(value, arguments, name)
    case "sum":
      let values = try bind(arguments, to: ["attribute", "start"], of: name)
      var total = values[1] ?? .integer(0)
      for item in try items(of: value) {
        total = try apply(.add, total, try projected(item, by: values[0]))
      }
      return total
    case "batch", "slice": return try grouped(value, arguments, name)
    case "groupby": return try grouped(value, by: arguments)
    default: return nil
    }
  }

  private func refuseGenerator(_ value: JinjaValue, _ name: String) throws(JinjaError) {
    if case .sequence(let sequence) = value, sequence.kind == .generator {
      throw failure("'\(name)' is given what a filter has not listed", expected: "'| list'")
    }
  }

  private func length(of value: JinjaValue) throws(JinjaError) -> Int {
    try refuseGenerator(value, "length")
    switch value {
    case .undefined: return 0
    case .string(let text): return text.count
    case .sequence(let sequence): return sequence.items.count
    case .mapping(let mapping): return mapping.entries.count
    case .loop(let loop): return loop.items.count
    default:
      throw failure(
        "\(value.typeName) has no length", expected: "a string, a list or a dictionary")
    }
  }

  /// The part of an item that an attribute names: names and indices with dots between.
  ///
  /// - Parameter standard: what stands for a part that is missing.
  func projected(
    _ item: JinjaValue, by attribute: JinjaValue?, standard: JinjaValue? = nil
  ) throws(JinjaError) -> JinjaValue {
    func given(_ value: JinjaValue) -> JinjaValue {
      guard let standard, !standard.isNone, value.isUndefined else { return value }
      return standard
    }
    guard let attribute, !attribute.isNone else { return item }
    guard case .string(let path) = attribute else {
      return given(try self.item(attribute, of: item))
    }
    var result = item
    for part in path.split(by: JinjaString("."), limit: .max, fromEnd: false) {
      let isIndex = Self.holds("isdigit", part)
      let key: JinjaValue =
        if isIndex, let index = Int(part.text) { .integer(index) } else { .string(part) }
      result = given(try self.item(key, of: result))
    }
    return result
  }

  func folded(_ value: JinjaValue, _ isCaseSensitive: Bool) throws(JinjaError)
    -> JinjaValue
  {
    guard !isCaseSensitive, case .string(let text) = value else { return value }
    return try recased(text, "lower")
  }

  /// The items in order of what an attribute names; equal ones keep their order.
  private func ordered(
    _ items: [JinjaValue], by attribute: JinjaValue?, isCaseSensitive: Bool, isReversed: Bool
  ) throws(JinjaError) -> [JinjaValue] {
    var attributes: [JinjaValue?] = [attribute]
    if case .string(let text) = attribute {
      attributes = text.split(by: JinjaString(","), limit: .max, fromEnd: false)
        .map { .string($0) }
    }
    var keyed: [(key: JinjaValue, value: JinjaValue)] = []
    for item in items {
      var keys: [JinjaValue] = []
      for attribute in attributes {
        keys.append(try folded(try projected(item, by: attribute), isCaseSensitive))
      }
      keyed.append((keys.count == 1 ? keys[0] : .tuple(keys), item))
    }
    let sorted = try sorted(isReversed ? keyed.reversed() : keyed) { $0.key }.map(\.value)
    return isReversed ? sorted.reversed() : sorted
  }

  /// Sorts by keys, keeping the order of equal ones.
  func sorted<Element>(
    _ elements: [Element], by key: (Element) -> JinjaValue
  ) throws(JinjaError) -> [Element] {
    // A merge sort of our own: the standard one does not pass on a typed error.
    guard elements.count > 1 else { return elements }
    var runs = elements.map { [$0] }
    while runs.count > 1 {
      var merged: [[Element]] = []
      for index in stride(from: 0, to: runs.count, by: 2) {
        guard index + 1 < runs.count else {
          merged.append(runs[index])
          continue
        }
        merged.append(try merge(runs[index], runs[index + 1], by: key))
      }
      runs = merged
    }
    return runs[0]
  }

  private func merge<Element>(
    _ left: [Element], _ right: [Element], by key: (Element) -> JinjaValue
  ) throws(JinjaError) -> [Element] {
    var result: [Element] = []
    var next = 0
    for element in right {
      while next < left.count, !(try less(key(element), key(left[next]))) {
        result.append(left[next])
        next += 1
      }
      result.append(element)
    }
    return result + left[next...]
  }

  private func dictionarySorted(
    _ value: JinjaValue, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue {
    let values = try bind(arguments, to: ["case_sensitive", "by", "reverse"], of: "dictsort")
    guard case .mapping(let mapping) = value else {
      throw failure("'dictsort' is given \(value.typeName)", expected: "a dictionary")
    }
    let by = try text(values[1] ?? .text("key"), of: "dictsort").text
    guard by == "key" || by == "value" else {
      throw failure("'dictsort' sorts by something else", expected: "'key' or 'value'")
    }
    return try made(
      try ordered(
        try pairs(of: mapping), by: .integer(by == "key" ? 0 : 1),
        isCaseSensitive: values[0]?.isTrue ?? false, isReversed: values[2]?.isTrue ?? false))
  }

  private func unique(
    _ value: JinjaValue, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue {
    let values = try bind(arguments, to: ["case_sensitive", "attribute"], of: "unique")
    var seen: [JinjaValue] = []
    var result: [JinjaValue] = []
    next: for item in try items(of: value) {
      let key = try folded(
        try projected(item, by: values[1]), values[0]?.isTrue ?? false)
      for other in seen where try equal(key, other) { continue next }
      seen.append(key)
      result.append(item)
    }
    return try made(result, .generator)
  }

  private func extreme(
    _ value: JinjaValue, _ arguments: JinjaCallArguments, _ name: String
  ) throws(JinjaError) -> JinjaValue {
    let values = try bind(arguments, to: ["case_sensitive", "attribute"], of: name)
    var best: (key: JinjaValue, item: JinjaValue)?
    for item in try items(of: value) {
      let key = try folded(try projected(item, by: values[1]), values[0]?.isTrue ?? false)
      guard let current = best else {
        best = (key, item)
        continue
      }
      if name == "min" ? try less(key, current.key) : try less(current.key, key) {
        best = (key, item)
      }
    }
    return best?.item ?? .undefined("first item")
  }

  /// Lists with a given number of items, or a given number of lists.
  private func grouped(
    _ value: JinjaValue, _ arguments: JinjaCallArguments, _ name: String
  ) throws(JinjaError) -> JinjaValue {
    let values = try bind(arguments, to: ["count", "fill_with"], of: name)
    let count = try integer(values[0] ?? .none, of: name)
    guard count > 0, count <= limits.elements else {
      throw failure("'\(name)' is given such a count", expected: "1 to \(limits.elements)")
    }
    let items = try items(of: value)
    let filler = values[1].flatMap { $0.isNone ? nil : $0 }
    var groups: [JinjaValue] = []
    if name == "batch" {
      for start in stride(from: 0, to: items.count, by: count) {
        var group = Array(items[start..<min(items.count, start + count)])
        if let filler { group += Array(repeating: filler, count: count - group.count) }
        groups.append(try made(group))
      }
      return try made(groups, .generator)
    }
    let (size, surplus) = items.count.quotientAndRemainder(dividingBy: count)
    var start = 0
    for index in 0..<count {
      let end = start + size + (index < surplus ? 1 : 0)
      var group = Array(items[start..<end])
      if let filler, index >= surplus { group.append(filler) }
      groups.append(try made(group))
      start = end
    }
    return try made(groups, .generator)
  }
}
