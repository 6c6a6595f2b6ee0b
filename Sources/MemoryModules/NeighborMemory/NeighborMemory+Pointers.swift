import Foundation
public import Memory
import Transformer

/// A memo of the entries that voted at a row, stored under a hash of everything they depend on: the keys and tokens
/// since the last anchor row. Clearing it costs only time.
struct PointerChains {
  private var hits: [UInt64: [NeighborStore.Hit]] = [:]

  /// The largest number of rows in the memo; beyond it, it is cleared.
  private static let limit = 8192

  subscript(signature: UInt64) -> [NeighborStore.Hit]? {
    get { hits[signature] }
    set {
      if hits.count >= Self.limit { hits.removeAll() }
      hits[signature] = newValue
    }
  }

  mutating func removeAll() {
    if !hits.isEmpty { hits.removeAll() }
  }

  /// The signature of a row from that of the one before it, its key and the token that led to it.
  static func signature(
    after previous: UInt64, key: ArraySlice<Float>, token: Int32
  ) -> UInt64 {
    key.withUnsafeBufferPointer { key in
      guard let start = key.baseAddress else { return previous }
      let stored = StoredKey(type: .f32, columns: key.count, bytes: start, scale: 0)
      return previous &* 0x9e37_79b9_7f4a_7c15 ^ stored.hash(token: token)
    }
  }
}

extension NeighborMemory: LookbackReader {
  /// Positions that are multiples of this number are always searched: a row's reading then depends only on the text
  /// since the last such position, however the text was split into calls.
  static let anchorDistance = 16

  public func lookback(isAnswer: Bool) -> Int {
    pointers(isAnswer: isAnswer) > 0 ? Self.anchorDistance : 1
  }

  /// The state of a walk along a text.
  private struct Walk {
    /// Rows still to come, lead rows included.
    var rows: Range<Int>
    var signature: UInt64 = 0
    var hits: [NeighborStore.Hit] = []
  }

  /// The entries that vote at each wanted row: those that are pointed to, or else those a search finds (RetoMaton).
  ///
  /// When entries found for one row predicted the token that came, the entries directly after them, in the same text,
  /// are likely neighbors of the next row; with at least `pointers` of them the search is left out, and their scores
  /// are computed. All runs between anchors advance in parallel, so that their searches share passes over the keys.
  func follow(
    _ input: ReadInput, text: TextWindow, wanted: [Int]
  ) -> [[NeighborStore.Hit]] {
    guard let first = text.positions.first else { return [] }
    let columns = context.keyColumns
    let isAnswer = text.mode.isAnswer
    let least = pointers(isAnswer: isAnswer)
    let lead = input.leadKeys.count / columns
    let keys = input.leadKeys + input.keys
    let rows = lead + input.rows
    let start = first - lead
    let isWanted = Set(wanted)
    var walks: [Walk] = []
    for row in 0..<rows {
      if row == 0 || (start + row) % Self.anchorDistance == 0 {
        walks.append(Walk(rows: row..<row))
      }
      walks[walks.count - 1].rows = walks[walks.count - 1].rows.lowerBound..<row + 1
    }
    // Lead rows are only needed to reach the wanted rows.
    var results = [[NeighborStore.Hit]](repeating: [], count: input.rows)
    var standing = walks.indices.filter { !walks[$0].rows.isEmpty }
    while !standing.isEmpty {
      var searching: [Int] = []
      var pointing: [Int: [NeighborStore.Hit]] = [:]
      for index in standing {
        let row = walks[index].rows.lowerBound
        let key = keys[row * columns..<(row + 1) * columns]
        let token = start + row < text.tokens.count ? text.tokens[start + row] : -1
        let previous = walks[index]
        walks[index].signature = PointerChains.signature(
          after: previous.signature, key: key, token: token)
        if let known = chains[walks[index].signature] {
          walks[index].hits = known
        } else if let pointed = pointed(
          from: previous.hits, token: token, key: key, least: least)
        {
          walks[index].hits = pointed
          if isAnswer, configuration.supersededFrom <= 1 {
            // An answer is always searched as well, so that later corrections are found.
            pointing[index] = pointed
            searching.append(index)
          } else if row >= lead {
            lookups.pointed += 1
          }
        } else if row >= lead, !isWanted.contains(row - lead) {
          // Neither wanted nor pointed to: the chain ends here.
          walks[index].hits = []
        } else {
          searching.append(index)
        }
      }
      let found = search(
        searching.flatMap { index -> ArraySlice<Float> in
          let row = walks[index].rows.lowerBound
          return keys[row * columns..<(row + 1) * columns]
        }, rows: searching.count)
      for (index, hits) in zip(searching, found) {
        walks[index].hits = pointing[index].map { corrected($0, by: hits) } ?? hits
      }
      for index in standing {
        let row = walks[index].rows.lowerBound
        chains[walks[index].signature] = walks[index].hits
        if row >= lead { results[row - lead] = walks[index].hits }
        walks[index].rows = row + 1..<walks[index].rows.upperBound
      }
      standing = standing.filter { !walks[$0].rows.isEmpty }
    }
    return wanted.map { results[$0] }
  }

  /// The entries after those that predicted `token`, scored; nil when they are too few.
  private func pointed(
    from hits: [NeighborStore.Hit], token: Int32, key: ArraySlice<Float>, least: Int
  ) -> [NeighborStore.Hit]? {
    guard !hits.isEmpty else { return nil }
    var best = BestHits(capacity: configuration.neighbors)
    var count = 0
    key.withUnsafeBufferPointer { key in
      guard let query = key.baseAddress else { return }
      for hit in hits where store.token(of: hit.index) == token {
        let next = hit.index + 1
        guard next < store.count, store.follows(next), let oldest = store.oldest(of: next),
          let score = store.score(of: next, query)
        else { continue }
        best.offer(oldest, score)
        count += 1
      }
    }
    guard count >= least else { return nil }
    // Equal entries that were pointed to twice count once, as in a search.
    var seen: Set<Int> = []
    return best.sorted().filter { seen.insert($0.index).inserted }
  }
}
