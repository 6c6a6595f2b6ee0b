import Generation
public import Memory
import Tokenization

extension ChatSession {
  /// What a memory knows that fits a question, and which memory.
  public struct Recall: Sendable, Equatable, Codable {
    /// The memory's name.
    public var memory: String
    /// The fact and how well it fits.
    public var recalled: RecalledFact

    /// A recollection from its parts.
    public init(memory: String, recalled: RecalledFact) {
      self.memory = memory
      self.recalled = recalled
    }
  }

  /// The facts that fit a question best, over all attached memories that keep facts; the model is not asked.
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

  /// Forgets a fact in the memory that keeps it, and its tokens in every module of that memory that can forget. `undo()`
  /// takes it back until the session ends.
  ///
  /// - Throws: `MemoryError.noSuchFact`, `.noFacts`, `.readOnly`, `ChatError.noSuchMemory`.
  @discardableResult
  public func forget(fact id: Int, memory name: String? = nil) throws -> ForgettingReport {
    let slots = try factSlots().filter { name == nil || $0.name == name }
    guard
      let slot = slots.first(where: { slot in
        slot.memory.factMemory?.facts.contains { $0.id == id } == true
      })
    else {
      throw MemoryError.noSuchFact(id: id, name: slots.first?.name ?? name ?? "")
    }
    guard !slot.isReadOnly else { throw MemoryError.readOnly(name: slot.name) }
    var exchange = Exchange(prompt: Transcript.Entry(role: .prompt, content: ""))
    exchange.snapshots = snapshots()
    let report = try slot.memory.forget(.facts([id]))
    exchanges.append(exchange)
    return report
  }

  private func factSlots() throws -> [MemorySlot] {
    guard let first = slots.first else { throw ChatError.noSuchMemory(attached: []) }
    let found = slots.filter { $0.memory.factMemory != nil }
    guard !found.isEmpty else { throw MemoryError.noFacts(name: first.name) }
    return found
  }
}
