public import Memory
public import ModelFiles

extension NeuralMemory: Unitable {
  private struct Snapshot: Sendable {
    let text: NeuralTrainer?
    let wired: WiredNeuralMemory.State?
    let fast: FastWeightMemory.State?
    let facts: ConsolidatedFacts?
  }

  public func snapshot() -> any Sendable {
    Snapshot(text: text?.trainer, wired: wired?.state, fast: fast?.state, facts: facts)
  }

  public func restore(_ snapshot: any Sendable) {
    guard let snapshot = snapshot as? Snapshot else {
      preconditionFailure("a snapshot of another kind of memory")
    }
    if let state = snapshot.text { text?.trainer = state }
    if let state = snapshot.wired { wired?.state = state }
    if let state = snapshot.fast { fast?.state = state }
    facts = snapshot.facts
  }

  public func remapJournal(_ newIndex: (Int) -> Int?) {
    text?.trainer.remapJournal(newIndex)
    wired?.trainer.remapJournal(newIndex)
    fast?.state.open.remapJournal(newIndex)
  }

  /// The sum of what both moved away from M_0, part by part. An estimate; a replay of the other's journal is what a life of
  /// both would have given.
  public func unite(with other: any MemoryModule, journal place: Int?) -> Union {
    guard let other = other as? NeuralMemory, (text == nil) == (other.text == nil),
      (wired == nil) == (other.wired == nil), (fast == nil) == (other.fast == nil)
    else { return .unsupported }
    if let fast, let theirs = other.fast {
      return fast.unite(with: theirs) ? .estimate : .unsupported
    }
    let texts = other.text.flatMap { text?.trainer.united(with: $0.trainer) }
    let wireds = other.wired.flatMap { wired?.trainer.united(with: $0.trainer) }
    // Both parts or none.
    guard (texts == nil) == (text == nil), (wireds == nil) == (wired == nil) else {
      return .unsupported
    }
    if let texts { text?.trainer = texts }
    if let wireds { wired?.trainer = wireds }
    return .estimate
  }

  // MARK: - File

  /// What the wired part's tensors begin with: alone it takes the kind's place.
  private var wiredPrefix: String { text == nil ? "neural" : "neural.wired" }

  public func save(into writer: inout SafetensorsWriter) {
    text?.trainer.save(as: "neural", into: &writer)
    wired?.save(as: wiredPrefix, into: &writer)
    fast?.save(as: "neural", into: &writer)
    facts?.save(as: "neural.facts", into: &writer)
  }

  public func load(from file: SafetensorsFile) throws(MemoryError) {
    let texts = try text?.trainer.loaded("neural", from: file, vocabularySize: vocabularySize)
    let wireds = try wired?.loaded(wiredPrefix, from: file, vocabularySize: vocabularySize)
    let fasts = try fast?.loaded("neural", from: file)
    let facts = try ConsolidatedFacts(
      "neural.facts", in: file, plan: configuration.weights, model: model)
    self.facts = facts
    if let texts { text?.trainer = texts }
    if let wireds { wired?.state = wireds }
    if let fasts { fast?.state = fasts }
  }
}
