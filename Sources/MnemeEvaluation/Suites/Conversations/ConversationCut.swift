import ModelFiles

/// Shortens a conversation to a number of tokens while keeping the evidence for its questions.
enum ConversationCut {
  /// Sessions and questions of `conversation` within about `tokens` tokens, and at most `most` questions.
  ///
  /// Questions are taken in random order, one kind after another; the sessions with their evidence are kept as long as
  /// there is room, the first question's in any case, and other sessions fill the rest. When a file does not name the
  /// evidence, nothing is cut.
  static func episode(
    _ conversation: Conversation, id: String, tokens: Int, most: Int,
    _ random: inout SuiteRandom, _ count: (String) -> Int
  ) -> Episode {
    let tellings = conversation.sessions.map(\.tellings)
    let sizes = tellings.map { session in
      session.reduce(0) { $0 + count($1.text) + ($1.reply.map(count) ?? 0) }
    }
    let items = inTurns(conversation.items.filter { !$0.answers.isEmpty }, &random)
    var kept: Set<Int> = []
    var size = 0
    func keep(_ session: Int) {
      if kept.insert(session).inserted { size += sizes[session] }
    }
    if items.contains(where: { !$0.evidence.isEmpty }) {
      for item in items {
        let new = item.evidence.filter { !kept.contains($0) }.sorted()
        let needed = new.reduce(0) { $0 + sizes[$1] }
        if kept.isEmpty || size + needed <= tokens { new.forEach(keep) }
      }
      for session in random.shuffled(Array(tellings.indices))
      where !kept.contains(session) && size + sizes[session] <= tokens {
        keep(session)
      }
    } else {
      tellings.indices.forEach(keep)
    }
    let asked = items.filter { $0.evidence.isSubset(of: kept) }.prefix(most)
    return Episode(
      id: id,
      sessions: tellings.indices.filter { kept.contains($0) && !tellings[$0].isEmpty }
        .map { tellings[$0] },
      questions: asked.map { item in
        let needed = (item.answers.map(count).max() ?? 0) + 8
        return Question(
          item.prompt, item.answers, wrong: item.wrong, kind: item.kind,
          tokens: min(256, max(24, needed)))
      })
  }

  /// Items in random order, the kinds taking turns, so that the first few are of all kinds.
  private static func inTurns(
    _ items: [Conversation.Item], _ random: inout SuiteRandom
  ) -> [Conversation.Item] {
    var kinds: [ByteString] = []
    var byKind: [ByteString: [Conversation.Item]] = [:]
    for item in random.shuffled(items) {
      let kind = ByteString(item.kind ?? "")
      if byKind[kind] == nil { kinds.append(kind) }
      byKind[kind, default: []].append(item)
    }
    var ordered: [Conversation.Item] = []
    var place = 0
    while ordered.count < items.count {
      for kind in kinds {
        if let list = byKind[kind], place < list.count { ordered.append(list[place]) }
      }
      place += 1
    }
    return ordered
  }
}
