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
    let sizes = shownByGroup(isShown)
    let all = groups.indices.filter { sizes[$0] > 0 }
    guard sizes.reduce(0, +) > limit else { return all }
    var order = Array(all.reversed())
    if !view.question.isEmpty {
      let scores = wordScores(for: view, context)
      order.sort { (-scores[$0], -$0) < (-scores[$1], -$1) }
    }
    var room = limit
    return order.filter { group in
      guard sizes[group] <= room else { return false }
      room -= sizes[group]
      return true
    }.sorted()
  }

  /// Of each group how many tokens may be shown.
  func shownByGroup(_ isShown: [Bool]) -> [Int] {
    zip(groups, starts).map { group, start in
      (start.sources..<start.sources + group.sources).count { isShown[$0] }
    }
  }

  /// How much each group shares with the words of a question.
  func wordScores(for view: RowView, _ context: ModuleContext) -> [Double] {
    var relevance = TokenRelevance(context)
    for tokens in tokensByGroup { relevance.add(tokens) }
    return relevance.scores(for: view.prompt[view.question])
  }
}
