import Memory

/// Collects the surprise of a segment's tokens, in the order they came.
struct SurpriseTracker: Sendable {
  /// Of the last segment in which something came.
  private(set) var published: [TokenSurprise] = []
  private var found: [(order: Int, surprise: TokenSurprise)] = []
  /// The order of each token in the open chunk; nil for those of earlier segments.
  private var open: [Int?] = []
  private var next = 0

  /// A token joined the open chunk.
  mutating func append() {
    open.append(next)
    next += 1
  }

  /// A token was turned away.
  mutating func skip(_ surprise: TokenSurprise) {
    found.append((next, surprise))
    next += 1
  }

  /// The open chunk was stepped on.
  mutating func record(_ surprises: [TokenSurprise]) {
    for (order, surprise) in zip(open, surprises) {
      if let order { found.append((order, surprise)) }
    }
  }

  /// The open chunk is closed.
  mutating func closeChunk() { open.removeAll(keepingCapacity: true) }

  /// The segment ends; nothing new leaves what was published.
  mutating func publish() {
    guard !found.isEmpty else { return }
    published = found.sorted { $0.order < $1.order }.map(\.surprise)
    found.removeAll()
    for index in open.indices { open[index] = nil }
    next = 0
  }

  /// Begins anew after a chunk that came from a file.
  mutating func reset(open count: Int) {
    self = SurpriseTracker()
    open = [Int?](repeating: nil, count: count)
  }
}
