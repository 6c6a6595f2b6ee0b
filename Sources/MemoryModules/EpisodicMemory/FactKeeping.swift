import Memory

/// A memory that has its facts kept by an episodic memory, which also judges what a question is about, and adds its own way of
/// finding them (`FactAddressing`).
protocol FactKeeping: FactMemory {
  /// What keeps the facts.
  var texts: EpisodicMemory { get }
}

extension FactKeeping {
  public var facts: [Fact] { texts.facts }
  public var currentFacts: [Fact] { texts.currentFacts }
  public var currentFactCount: Int { texts.currentFactCount }
  public var nextFact: Int { texts.nextFact }
  public var recallForm: RecallForm? { texts.recallForm }
  public var copyWeight: Float { texts.copyWeight }

  public func fact(ofID id: Int) -> Fact? { texts.fact(ofID: id) }
  public func statement(ofFact id: Int) -> String? { texts.statement(ofFact: id) }
  public func journal(ofFact id: Int) -> [Int] { texts.journal(ofFact: id) }
  public func repeats(ofFact id: Int) -> [Int] { texts.repeats(ofFact: id) }
  public func replaced(byFact id: Int) -> [Int] { texts.replaced(byFact: id) }
  public func tellings(ofFact id: Int) -> [Int] { texts.tellings(ofFact: id) }

  public var entries: Int { texts.entries }
  public var budget: Int? { texts.budget }
  public var rejectedUpdates: Int { texts.rejectedUpdates }

  public func remapJournal(_ newIndex: (Int) -> Int?) { texts.remapJournal(newIndex) }
}
