import Memory

extension RowBank {
  /// The groups of plain rows that share most words with a question, in the order of the stream; without a question the newest.
  ///
  /// - Parameters:
  ///   - limit: how many rows there may be.
  ///   - isShown: for each row whether it may be shown at all; a group without such a row is not looked for.
  func relevantGroups(
    to view: RowView, rows limit: Int, isShown: [Bool], context: ModuleContext
  ) -> [Int] {
    let starts = starts
    let sizes = groups.indices.map { index in
      (starts[index].sources..<starts[index].sources + groups[index].sources).count { isShown[$0] }
    }
    let all = groups.indices.filter { sizes[$0] > 0 }
    guard sizes.reduce(0, +) > limit else { return all }
    var order = Array(all.reversed())
    if !view.question.isEmpty {
      var relevance = TokenRelevance(context)
      for tokens in tokensByGroup { relevance.add(tokens) }
      let scores = relevance.scores(for: view.prompt[view.question])
      order.sort { (-scores[$0], -$0) < (-scores[$1], -$1) }
    }
    var room = limit
    return order.filter { group in
      guard sizes[group] <= room else { return false }
      room -= sizes[group]
      return true
    }.sorted()
  }
}
