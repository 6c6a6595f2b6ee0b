import Memory

/// A memory whose kept things can be looked at and shown one by one, to measure what each is worth.
package protocol RetentionLogging: AnyObject {
  /// What is known of each thing, in the order of arrival.
  var logged: [LoggedThing] { get }
  /// States in which one thing alone is kept, in each of its forms; empty where it has none.
  func alone(_ index: Int) -> [any Sendable]
}

/// One kept thing, for training a policy.
package struct LoggedThing: Sendable, Codable {
  /// Its words, as they are matched.
  package var words: [String]
  /// -log p of its tokens, nats.
  package var surprisals: [Float]
  /// The share of names and numbers.
  package var names: Float
  /// Attention that it received, in units of an even share; 0 where it was not measured.
  package var mass: Float
  package var spoken: Bool
  /// What the policy sees as it arrives.
  package var features: [Float]
}

extension LEMNMemory: RetentionLogging {
  package var logged: [LoggedThing] {
    zip(zip(state.episodes.groups, state.episodes.starts), state.retention.records).map {
      let ((group, start), record) = $0
      let sources = state.episodes.sources.rows(start.sources..<start.sources + group.sources)
      return LoggedThing(sources, record, context)
    }
  }

  package func alone(_ index: Int) -> [any Sendable] {
    var one = state
    one.episodes = state.episodes.groups([index])
    return [one]
  }
}

extension DynamicCompressiveMemory: RetentionLogging {
  package var logged: [LoggedThing] {
    zip(zip(state.whole.groups, state.whole.starts), state.retention.records).map {
      let ((group, start), record) = $0
      let sources = state.whole.sources.rows(start.sources..<start.sources + group.sources)
      return LoggedThing(sources, record, context)
    }
  }

  /// Whole and compressed.
  package func alone(_ index: Int) -> [any Sendable] {
    var one = state
    one.recent = RowBank(shape: shape, type: configuration.type)
    (one.masses, one.glances) = ([], [])
    one.whole = state.whole.groups([index])
    var other = one
    other.whole = one.recent
    other.compressed = RowCompactor(context).compacted(one.whole, ratio: configuration.rate)
    return [one, other]
  }
}

extension LoggedThing {
  fileprivate init(_ sources: RowSources, _ record: RetentionRecord, _ context: ModuleContext) {
    var terms = TokenTerms(context, by: .pieces)
    words = terms.read(sources.tokens)
    surprisals = sources.surprisals
    self.names = record.names
    mass = record.mass
    spoken = record.isSpoken
    features = record.features(clock: record.birth, slots: 1)
  }
}
