/// The facts, and an index over their words, which is built from them.
package struct FactLedger: Sendable {
  /// The facts, by id.
  package private(set) var records: [FactRecord] = []
  /// The profile of each fact, in the same order.
  package private(set) var profiles: [FactProfile] = []
  /// The number the next fact gets.
  package private(set) var next = 0
  private var places: [String: [Int]] = [:]  // word to ids, ascending
  /// Which facts still hold.
  var standings = FactStandings()

  package let splitter: WordSplitter
  package let encoder: PhraseEncoder

  package init(splitter: WordSplitter, encoder: PhraseEncoder) {
    self.splitter = splitter
    self.encoder = encoder
  }

  package var count: Int { records.count }

  /// Stored tokens.
  package var rows: Int { records.reduce(0) { $0 + $1.count } }

  /// The place of a fact, by bisection: ids ascend.
  package func index(of id: Int) -> Int? {
    var (low, high) = (0, records.count)
    while low < high {
      let middle = (low + high) / 2
      if records[middle].id < id { low = middle + 1 } else { high = middle }
    }
    return low < records.count && records[low].id == id ? low : nil
  }

  /// Adds a fact, whose id is replaced by the next one.
  ///
  /// - Returns: its id.
  @discardableResult
  package mutating func append(_ record: FactRecord) -> Int {
    var record = record
    record.id = next
    next += 1
    insert(record)
    return record.id
  }

  /// Replaces a fact under its own id.
  package mutating func replace(_ record: FactRecord) {
    guard let index = index(of: record.id) else { return }
    unlist(records[index].id, profiles[index])
    dismiss(records[index])
    records[index] = record
    profiles[index] = FactProfile(record, splitter: splitter, encoder: encoder)
    list(record.id, profiles[index])
    admit(record)
    profile(judgeAgain() + [record.id])
  }

  /// Removes facts.
  ///
  /// - Returns: what was removed.
  @discardableResult
  package mutating func remove(_ ids: Set<Int>) -> [FactRecord] {
    let isConcerned = concerns(records.filter { ids.contains($0.id) })
    var removed: [FactRecord] = []
    var kept: [FactRecord] = []
    var keptProfiles: [FactProfile] = []
    for (record, profile) in zip(records, profiles) {
      if ids.contains(record.id) {
        removed.append(record)
        unlist(record.id, profile)
        dismiss(record)
      } else {
        kept.append(record)
        keptProfiles.append(profile)
      }
    }
    guard !removed.isEmpty else { return [] }
    records = kept
    profiles = keptProfiles
    if isConcerned { profile(judgeAgain()) }
    return removed
  }

  /// Gives every token its new place in the journal.
  package mutating func remapJournal(_ newIndex: (Int) -> Int?) {
    for index in records.indices {
      records[index].journal = records[index].journal.map { old in
        old < 0 ? -1 : Int64(newIndex(Int(old)) ?? -1)
      }
    }
  }

  /// Replaces everything by facts from a file; their ids must ascend and lie below `next`.
  package mutating func load(_ loaded: [FactRecord], next: Int) {
    records = []
    profiles = []
    places = [:]
    standings = FactStandings()
    for record in loaded { insert(record) }
    self.next = next
  }

  /// The ids of the facts that contain a word.
  package func facts(with word: String) -> [Int] { places[word] ?? [] }

  private mutating func insert(_ record: FactRecord) {
    let profile = FactProfile(record, splitter: splitter, encoder: encoder)
    records.append(record)
    profiles.append(profile)
    list(record.id, profile)
    admit(record)
    if statement(of: record.id) != nil { self.profile([record.id]) }
  }

  /// Computes the profiles of some facts again, as what they say by themselves has changed.
  private mutating func profile(_ ids: [Int]) {
    for id in ids {
      guard let index = index(of: id) else { continue }
      unlist(id, profiles[index])
      profiles[index] = FactProfile(
        records[index], saying: statement(of: id), splitter: splitter, encoder: encoder)
      list(id, profiles[index])
    }
  }

  private mutating func list(_ id: Int, _ profile: FactProfile) {
    for word in profile.words.keys {
      var ids = places[word] ?? []
      // Nearly always the newest; a replaced fact goes back to its place.
      let place = ids.lastIndex { $0 < id }.map { $0 + 1 } ?? 0
      ids.insert(id, at: place)
      places[word] = ids
    }
  }

  private mutating func unlist(_ id: Int, _ profile: FactProfile) {
    for word in profile.words.keys {
      places[word]?.removeAll { $0 == id }
      if places[word]?.isEmpty == true { places[word] = nil }
    }
  }
}
