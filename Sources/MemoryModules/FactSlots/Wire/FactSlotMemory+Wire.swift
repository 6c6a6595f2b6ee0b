public import Memory
public import Transformer

extension FactSlotMemory: ActivationLearner {
  /// The rows of a trained wire; none without one.
  public var taps: [HookPoint] { wired.map { [$0.tap] } ?? [] }

  /// A token's slot is made of the row before it.
  public var reach: Int { wired == nil ? 0 : 1 }

  public func write(_ commit: CommittedRows) { wired?.write(commit) }
}

extension FactSlotMemory: ForwardModule {
  /// Lets a trained wire see the session's rows.
  public func join(_ pass: ForwardPass) { wired?.join(pass) }
}

extension FactSlotMemory {
  /// Updates that were not finite, of the ledger and of a wire.
  public var rejectedUpdates: Int { texts.rejectedUpdates + (wired?.state.slots.rejected ?? 0) }

  public func remapJournal(_ newIndex: (Int) -> Int?) {
    texts.remapJournal(newIndex)
    wired?.remapJournal(newIndex)
    retire()
  }

  /// Tells the wire which tokens belong to facts that do not hold any more.
  func retire() {
    guard let wired else { return }
    let current = Set(texts.currentFacts.map(\.id))
    wired.retired = Set(
      texts.facts.filter { !current.contains($0.id) }.flatMap { texts.journal(ofFact: $0.id) })
  }
}
