public import Memory
import ModelFiles
import Tokenization
import Transformer

extension DocumentMemory: OpenRowMemory {
  package var end: Int { 0 }

  public func write(_ commit: CommittedRows) {
    guard commit.provenance.role == .document else { return }
    let before = version
    defer { version = before }
    let reading = Document(
      conversation: commit.provenance.conversation, source: commit.provenance.source)
    guard store(commit, place: state.place(in: reading)) > 0 else { return }
    state.reading = reading
  }

  package func parts(for view: RowView, without overlap: ContextOverlap) -> [RowPart] {
    let groups = state.groups
    let starts = state.rows.starts
    let heads = shape.layers * shape.heads
    var chosen: [Int] = []
    var room = configuration.shown
    for document in relevant(to: view) {
      let count =
        groups[document].reduce(0) { $0 + state.rows.groups[$1].counts.reduce(0, +) } / heads
      // One is always shown, as much of it as there is.
      guard count <= room || chosen.isEmpty else { continue }
      chosen.append(document)
      room -= count
    }
    let passages = passages(of: texts(of: chosen.sorted()), for: view)
    // One after the other, the newest right before the question, and between them what was read again.
    var after = passages?.places.count ?? 0
    return chosen.sorted().reversed().map { document in
      let (first, last) = (starts[groups[document].lowerBound], groups[document].upperBound - 1)
      let end = state.rows.end(ofGroup: last)
      defer { after += end - state.rows.sources.places[first.sources] }
      return RowPart(state.rows, groups: Array(groups[document]), end: end + after)
    }.reversed() + (passages.map { [$0] } ?? [])
  }

  private func texts(of documents: [Int]) -> [Passages.Text] {
    let firsts = state.documents.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.tokens) }
    return documents.map {
      Passages.Text(tokens: Array(state.rows.sources.tokens[firsts[$0]..<firsts[$0 + 1]]))
    }
  }

  /// The documents, those first that share most with the question; without one, or where all fit, the newest first.
  private func relevant(to view: RowView) -> [Int] {
    let newest = Array(state.documents.indices.reversed())
    guard state.rows.count > configuration.shown, !view.question.isEmpty else { return newest }
    var relevance = TokenRelevance(context)
    var start = 0
    for document in state.documents {
      relevance.add(state.rows.sources.tokens[start..<start + document.tokens])
      start += document.tokens
    }
    let scores = relevance.scores(for: view.prompt[view.question])
    return newest.sorted { (-scores[$0], -$0) < (-scores[$1], -$1) }
  }
}

extension DocumentMemory: Separable {
  /// Exact for whole documents, while none was dropped for want of room. A part cannot be taken out of rows that were made of
  /// all of a document.
  public func forget(_ journal: Set<Int>) -> Forgetting {
    let isKnown = { (place: Int) in place >= 0 && journal.contains(place) }
    let places = state.rows.sources.journal
    guard places.contains(where: isKnown) || state.open.sources.journal.contains(where: isKnown)
    else { return .nothingToForget }
    guard state.open.isEmpty, state.isWhole else { return .unsupported }
    var (start, gone, count) = (0, Set<Int>(), 0)
    for (index, document) in state.documents.enumerated() {
      let own = places[start..<start + document.tokens]
      start += document.tokens
      guard own.contains(where: isKnown) else { continue }
      guard own.allSatisfy(isKnown) else { return .unsupported }
      gone.insert(index)
      count += document.tokens
    }
    var left = state
    left.remove { gone.contains($0) }
    // Two parts that now follow one another would have been read as one.
    let isApart = zip(left.documents, left.documents.dropFirst()).allSatisfy {
      !$0.continues(as: $1)
    }
    guard isApart else { return .unsupported }
    state = left
    return .exact(entries: count)
  }

  public func remapJournal(_ newIndex: (Int) -> Int?) {
    state.rows.remapJournal(newIndex)
    state.open.remapJournal(newIndex)
  }
}

extension DocumentMemory: Inspectable {
  public var contents: ModuleContents {
    let tokens = state.rows.sources.count
    var next = 0
    return ModuleContents(
      parts: [
        .init("rows of \(state.documents.count) documents", count: state.rows.count, tokens: tokens)
      ].filter { $0.count > 0 }, dropped: state.written - tokens - state.open.count,
      rule: "beyond \(configuration.budget) rows the oldest document goes",
      slots: state.documents.map { document in
        defer { next += document.tokens }
        let own = state.rows.sources.tokens[next..<next + document.tokens]
        return ModuleContents.Slot(
          tokens: Array(own.prefix(ModuleContents.excerpt)), count: document.tokens,
          remarks: [document.source.text])
      })
  }
}
