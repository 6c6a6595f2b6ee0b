/// A module that can hold facts in weights, so that they are answered with nothing retrieved.
public protocol FactConsolidator: MemoryModule {
  /// Handles of the facts it holds (`Fact.handle`), in the order in which they were taken in.
  var consolidated: [String] { get }
  /// Drops all of them.
  func dropConsolidated()
}

extension DetachableMemory {
  /// The module that holds facts in weights, if there is one.
  public var consolidator: (any FactConsolidator)? {
    modules.lazy.compactMap { $0 as? any FactConsolidator }.first
  }

  /// Whether a fact is held in weights, and reaches answers by them instead of as text.
  public func isConsolidated(_ fact: Fact) -> Bool {
    consolidator?.consolidated.contains(fact.handle) ?? false
  }

  /// Makes a change to modules that the journal does not tell; the next save writes the whole file.
  package func changing<T>(_ body: () throws -> T) rethrows -> T {
    let result = try body()
    changeOtherwise()
    return result
  }

  /// Drops what is held in weights: facts reach answers as text again.
  public func dropConsolidated() {
    guard let consolidator, !consolidator.consolidated.isEmpty else { return }
    changing { consolidator.dropConsolidated() }
  }
}
