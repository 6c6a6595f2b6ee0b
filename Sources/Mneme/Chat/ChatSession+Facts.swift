import Generation
public import Memory
import Tokenization

extension ChatSession {
  /// A fact that matches a question, and the memory that holds it.
  public struct Recall: Sendable, Equatable, Codable {
    /// The memory's name.
    public var memory: String
    /// The fact and how well it matches.
    public var recalled: RecalledFact

    /// A recall from its parts.
    public init(memory: String, recalled: RecalledFact) {
      self.memory = memory
      self.recalled = recalled
    }
  }

  /// The facts that match a question best, over all attached memories that keep facts; nothing is generated.
  ///
  /// - Throws: `MemoryError.noFacts` when no attached memory keeps facts, `ChatError.noSuchMemory` when none is attached.
  public func recall(_ question: String, limit: Int = 5) throws -> [Recall] {
    let tokens = model.tokenizer.encode(question, addBOS: false, parseSpecial: false)
    return try factSlots().flatMap { slot in
      (slot.memory.factMemory?.recall(tokens, limit: limit) ?? []).map {
        Recall(memory: slot.name, recalled: $0)
      }
    }.sorted { $0.recalled.scope > $1.recalled.scope }.prefix(limit).map { $0 }
  }

  /// The facts that hold, those of one memory in the order in which they were told.
  ///
  /// - Throws: `MemoryError.noFacts` when no attached memory keeps facts, `ChatError.noSuchMemory` when none is attached.
  public func currentFacts() throws -> [Recall] {
    try factSlots().flatMap { slot in
      (slot.memory.factMemory?.currentFacts ?? []).map {
        Recall(memory: slot.name, recalled: RecalledFact(fact: $0, scope: 0, isInScope: false))
      }
    }
  }

  /// The facts of a handle, or of its first digits, in the first attached memory that has such a fact.
  ///
  /// - Parameter withReplaced: whether those that they took the place of come with them; else only equal ones do.
  /// - Throws: `MemoryError.noSuchFact`, `.ambiguousFact`, `.noFacts`, `ChatError.noSuchMemory`.
  public func facts(
    handle: String, memory name: String? = nil, withReplaced: Bool = false
  ) throws -> [Recall] {
    let slots = try factSlots().filter { slot in name.map(slot.isNamed) ?? true }
    for slot in slots {
      var found = try slot.memory.facts(handle: handle)
      if withReplaced, let facts = slot.memory.factMemory {
        let older = Set(found.flatMap { facts.replaced(byFact: $0.id) })
        let known = Set(found.map(\.id))
        found = older.subtracting(known).sorted().compactMap(facts.fact(ofID:)) + found
      }
      guard found.isEmpty else {
        return found.map {
          Recall(
            memory: slot.name, recalled: RecalledFact(fact: $0, scope: 0, isInScope: false))
        }
      }
    }
    throw MemoryError.noSuchFact(handle: handle, name: slots.first?.name ?? name ?? "")
  }

  /// Forgets a fact in the memory that keeps it and in every module of that memory, exactly
  /// (`DetachableMemory.forget`). `undo()` can restore it until the session ends.
  ///
  /// All turns so far are dropped from the context, since they may repeat the fact.
  ///
  /// - Parameters:
  ///   - handle: the fact's, or its first digits.
  ///   - name: of the memory.
  ///   - withReplaced: whether the facts that it took the place of are forgotten too; else they hold again.
  ///   - progress: called with the share that is done.
  /// - Throws: `MemoryError.noSuchFact`, `.ambiguousFact`, `.noFacts`, `.readOnly`, `ChatError.noSuchMemory`.
  @discardableResult
  public func forget(
    fact handle: String, memory name: String? = nil, withReplaced: Bool = false,
    progress: (@Sendable (Double) -> Void)? = nil
  ) throws -> ForgettingReport {
    let found = try facts(handle: handle, memory: name, withReplaced: withReplaced)
    guard let memory = found.first?.memory, let slot = slots.first(where: { $0.isNamed(memory) })
    else { throw MemoryError.noSuchFact(handle: handle, name: name ?? "") }
    return try forget(
      .facts(Set(found.map(\.recalled.fact.id))), in: slot, progress: progress)
  }

  /// Forgets everything a memory learned that matches a selection; otherwise like `forget(fact:)`.
  ///
  /// - Throws: `MemoryError.readOnly`, `ChatError.noSuchMemory`.
  @discardableResult
  public func forget(
    _ selection: ForgettingSelection, memory name: String,
    progress: (@Sendable (Double) -> Void)? = nil
  ) throws -> ForgettingReport {
    guard let slot = slots.first(where: { $0.isNamed(name) }) else {
      throw ChatError.noSuchMemory(attached: slots.map(\.name))
    }
    return try forget(selection, in: slot, progress: progress)
  }

  private func forget(
    _ selection: ForgettingSelection, in slot: MemorySlot, progress: (@Sendable (Double) -> Void)?
  ) throws -> ForgettingReport {
    guard !slot.isReadOnly else { throw MemoryError.readOnly(name: slot.name) }
    var exchange = Exchange(prompt: Transcript.Entry(role: .prompt, content: ""))
    exchange.snapshots = snapshots()
    let report = try slot.memory.forget(selection) { share in
      try Task.checkCancellation()
      progress?(share)
    }
    guard !report.isEmpty else { return report }
    exchanges.append(exchange)
    firstInContext = exchanges.count
    engine.reset()
    return report
  }

  private func factSlots() throws -> [MemorySlot] {
    guard let first = slots.first else { throw ChatError.noSuchMemory(attached: []) }
    let found = slots.filter { $0.memory.factMemory != nil }
    guard !found.isEmpty else { throw MemoryError.noFacts(name: first.name) }
    return found
  }
}
