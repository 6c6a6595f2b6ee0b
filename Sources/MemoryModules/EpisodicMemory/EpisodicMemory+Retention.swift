import Memory
import ModelFiles
import Transformer

extension EpisodicMemory {
  /// A fact has arrived, the last but for those after `index`.
  func noteArrival(at index: Int) {
    guard let agent else { return }
    let (record, profile) = (state.ledger.records[index], state.ledger.profiles[index])
    let arrival = RetentionArrival(
      tokens: record.tokens, surprisals: record.surprisals,
      isSpoken: record.provenance.role != .document)
    state.retention.add(
      arrival, match: RetentionMatch(shares: shares(of: profile, before: index)),
      names: arrival.names(context.tokenizer), agent: agent)
  }

  /// As if the facts that are there had arrived one after the other: what was forgotten leaves no trace in what is known of
  /// the others.
  func noteAllArrivals() {
    guard agent != nil else { return }
    state.retention = Retention()
    for index in state.ledger.records.indices { noteArrival(at: index) }
  }

  /// How much of a fact each of those before it is about: the share of its words, weighted by the square of what they tell.
  private func shares(of profile: FactProfile, before index: Int) -> [Float] {
    var sums = [Float](repeating: 0, count: index)
    var total: Float = 0
    // In a fixed order: a dictionary's changes from run to run.
    for (word, weight) in profile.words.sorted(by: { $0.key < $1.key }) {
      total += weight * weight
      for id in state.ledger.facts(with: word) {
        guard let place = state.ledger.index(of: id), place < index else { continue }
        sums[place] += weight * weight
      }
    }
    return total > 0 ? sums.map { min(1, $0 / total) } : sums
  }

  /// Lets facts go that the policy chooses, untold ones first.
  func letGo(_ excess: Int) {
    guard let agent else { return }
    for _ in 0..<excess {
      let records = state.ledger.records
      guard
        let place = agent.victim(state.retention, among: { !records[$0].isTold })
          ?? agent.victim(state.retention)
      else { return }
      _ = remove(facts: [records[place].id])
      state.retention.remove { $0 == place }
    }
  }

  // MARK: - File

  /// Adds what is known of the facts to a file, where a policy asks for it: `episodic.surprisals`, F32 [tokens], and the tables
  /// of `Retention`.
  func saveRetention(of records: [FactRecord], into writer: inout SafetensorsWriter) {
    guard agent != nil else { return }
    writer.add(
      "\(name).surprisals", floats: records.flatMap(\.surprisals),
      shape: [records.reduce(0) { $0 + $1.count }])
    state.retention.save("\(name).retention", into: &writer)
  }

  /// Reads what is known of the facts.
  ///
  /// - Throws: `MemoryError.file` and `.malformed` where a policy asks for it and it is not there, or not sound.
  func loadRetention(
    from file: SafetensorsFile, records: inout [FactRecord], open: inout FactRecord?
  ) throws(MemoryError) -> Retention {
    guard let agent else { return Retention() }
    let count = records.reduce(0) { $0 + $1.count } + (open?.count ?? 0)
    let surprisals: [Float]
    do throws(ModelFileError) {
      surprisals = try file.tensor("\(name).surprisals", shape: [count]).floats()
    } catch {
      throw .file(error)
    }
    guard surprisals.allSatisfy(\.isFinite) else {
      throw .malformed(
        path: file.path, what: "the surprisal of a fact's tokens is not finite", expected: nil)
    }
    var start = 0
    for index in records.indices {
      records[index].surprisals = Array(surprisals[start..<start + records[index].count])
      start += records[index].count
    }
    open?.surprisals = Array(surprisals[start...])
    return try Retention(
      "\(name).retention", count: records.count, history: agent.historyCount, in: file)
  }
}
