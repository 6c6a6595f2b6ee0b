import Memory

extension ChatSession {
  /// A memory as plain data.
  func status(of slot: MemorySlot) -> MemoryStatus {
    let memory = slot.memory
    return MemoryStatus(
      name: slot.name, path: slot.path, isReadOnly: slot.isReadOnly,
      modules: memory.modules.map { status(of: $0, tokensSeen: memory.tokensSeen) },
      hasUnsavedChanges: memory.hasUnsavedChanges, isNew: slot.isNew,
      remark: memory.remark, facts: memory.factMemory?.currentFactCount)
  }

  private func status(of module: any MemoryModule, tokensSeen: Int) -> MemoryStatus.Module {
    var status = MemoryStatus.Module(
      kind: type(of: module).kind.rawValue, entries: module.entries, tokensSeen: tokensSeen,
      stateBytes: module.stateBytes)
    status.contents = (module as? any Inspectable)?.contents
    status.excerpts =
      status.contents?.slots.map { model.tokenizer.decode($0.tokens) } ?? []
    return status
  }

  /// The memories' contributions to each token of a reply whose first token is at position `start`.
  func recollections(of tokens: [Int32], from start: Int) -> [Recollection] {
    var found: [(position: Int, recollection: Recollection)] = []
    for slot in slots {
      for item in slot.attachment.contributions {
        // The row that predicts a token is one position before it.
        let index = item.position + 1 - start
        guard tokens.indices.contains(index) else { continue }
        let source = item.sources.first
        found.append(
          (
            index,
            Recollection(
              memory: slot.name, module: item.module.rawValue, token: word(tokens[index]),
              expected: word(item.token), gate: Double(item.gate),
              weight: Double(item.probability), source: source?.excerpt,
              turn: source?.provenance.turn)
          ))
      }
    }
    return found.sorted { $0.position < $1.position }.map(\.recollection)
  }

  /// What memories of rows showed the reply that was just made.
  var shownNow: [ShownMemory] {
    slots.flatMap { slot in
      slot.attachment.shown.map { shown in
        let text = shown.readAgain.isEmpty ? nil : model.tokenizer.decode(shown.readAgain)
        return ShownMemory(
          memory: slot.name, module: shown.module.rawValue, rows: shown.rows, text: text)
      }
    }
  }

  /// Nothing is known of the last reply any more.
  func forgetLastReport() {
    lastRecollections = []
    lastCitations = []
    lastShown = []
  }

  private func word(_ token: Int32) -> String {
    model.tokenizer.label(of: token)
  }

  /// Emits a notice when a memory rejected updates since the last report.
  func reportRejections(_ emit: (ChatStreamEvent) -> Void) {
    for slot in slots {
      let count = slot.memory.modules.reduce(0) { $0 + $1.rejectedUpdates }
      let known = rejectedUpdates[slot.id] ?? 0
      rejectedUpdates[slot.id] = count
      if count > known {
        emit(.notice(.rejectedUpdate(memory: slot.name, count: count - known)))
      }
    }
  }
}
