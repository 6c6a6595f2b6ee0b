import Memory

/// The option of memories that read passages again for a question.
protocol PassageConfiguration: RowConfiguration {
  /// The most tokens of passages that share words with a question and are read again for it; 0 reads none.
  var passages: Int { get }
}

extension RowMemory where Configuration: PassageConfiguration {
  /// Whether passages are looked for, for what a session asks.
  private func readsAgain(for view: RowView) -> Bool {
    configuration.passages > 0 && view.isAnswer && !view.question.isEmpty
  }

  /// The passages of some texts for what a session asks, as rows; nil where nothing is asked, or nothing fits it.
  func passages(of texts: @autoclosure () -> [Passages.Text], for view: RowView) -> RowPart? {
    guard readsAgain(for: view) else { return nil }
    return Passages(context: context, shape: shape, limit: configuration.passages).rows(
      of: texts(), for: view.prompt[view.question])
  }

  /// Which of the rows that may be shown are, where no passage is: what people said is not, since the question is not about it.
  func asRows(_ isShown: [Bool], of sources: RowSources, for view: RowView) -> [Bool] {
    readsAgain(for: view) ? zip(isShown, sources.isSpoken).map { $0 && !$1 } : isShown
  }
}

extension RowSources {
  /// What may be shown: each run of what was read without a gap, and each message.
  func texts(where isShown: [Bool]) -> [Passages.Text] {
    var last: Int?
    return tokens.indices.filter { isShown[$0] }.reduce(into: []) { texts, index in
      if last.map({ goesOn(from: $0, to: index) }) != true {
        texts.append(Passages.Text(isSpoken: isSpoken[index]))
      }
      texts[texts.count - 1].tokens.append(tokens[index])
      last = index
    }
  }

  private func goesOn(from last: Int, to index: Int) -> Bool {
    // Between two messages stand the template's marks, which are in the journal and not learned.
    isSpoken[index] == isSpoken[last] && places[index] == places[last] + 1
      && (!isSpoken[index] || journal[index] < 0 || journal[index] == journal[last] + 1)
  }

  /// Those of several, in the order in which they were learned.
  static func joined(_ parts: [RowSources]) -> RowSources {
    var all = RowSources()
    for part in parts { all.append(part) }
    return all.rows(all.places.indices.sorted { all.places[$0] < all.places[$1] })
  }
}
