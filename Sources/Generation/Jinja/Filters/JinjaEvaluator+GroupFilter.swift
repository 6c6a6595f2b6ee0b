extension JinjaEvaluator {
  /// Pairs of a value and the items that have it, in the order of the values: the filter `groupby`.
  ///
  /// Where case does not count a group is named as its first item is.
  func grouped(
    _ value: JinjaValue, by arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue {
    let values = try bind(
      arguments, to: ["attribute", "default", "case_sensitive"], of: "groupby")
    guard let attribute = values[0] else {
      throw failure("'groupby' is given nothing", expected: "the name of an attribute")
    }
    let isCaseSensitive = values[2]?.isTrue ?? false
    var keyed: [(key: JinjaValue, name: JinjaValue, item: JinjaValue)] = []
    for item in try items(of: value) {
      let name = try projected(item, by: attribute, standard: values[1])
      keyed.append((try folded(name, isCaseSensitive), name, item))
    }
    var groups: [(key: JinjaValue, name: JinjaValue, items: [JinjaValue])] = []
    for (key, name, item) in try sorted(keyed, by: { $0.key }) {
      if let last = groups.last, try equal(last.key, key) {
        groups[groups.count - 1].items.append(item)
      } else {
        groups.append((key, name, [item]))
      }
    }
    var pairs: [JinjaValue] = []
    for group in groups {
      let pair = [group.name, try made(group.items)]
      pairs.append(
        try checked(.sequence(JinjaSequence(pair, kind: .tuple, names: ["grouper", "list"]))))
    }
    return try made(pairs)
  }
}
