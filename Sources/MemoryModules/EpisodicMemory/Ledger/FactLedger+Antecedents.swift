import Transformer

extension FactLedger {
  /// The place of the sentence that names the subject of another: "My mother lives in Porto." for "She is 71."
  ///
  /// It is the sentence before in the same conversation, or the one that names the subject of that; computed from the facts
  /// alone, so nothing is left of it once it is forgotten.
  ///
  /// - Returns: nil for a fact that names its subject, and where the sentence before is gone or no longer holds.
  func antecedent(ofIndex index: Int) -> Int? {
    var place = index
    while profiles[place].traits.isDependent, !records[place].isTold {
      guard place > 0, isNext(place), isCurrent(records[place - 1].id) else { return nil }
      place -= 1
    }
    return place == index ? nil : place
  }

  /// Some facts and those that say something of their subjects.
  func withDependents(_ ids: Set<Int>) -> Set<Int> {
    var all = ids
    for id in ids {
      guard var place = index(of: id), antecedent(ofIndex: place) == nil else { continue }
      while place + 1 < records.count, profiles[place + 1].traits.isDependent,
        !records[place + 1].isTold, isNext(place + 1), isCurrent(records[place].id)
      {
        place += 1
        all.insert(records[place].id)
      }
    }
    return all
  }

  /// Whether a fact was said right after the one before it.
  private func isNext(_ place: Int) -> Bool {
    let (before, after) = (records[place - 1].provenance, records[place].provenance)
    return before.conversation == after.conversation && before.source == after.source
      && before.role == after.role && abs(after.turn - before.turn) <= 2
  }
}
