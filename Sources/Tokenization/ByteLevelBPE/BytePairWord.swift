/// Merges the tokens of one word; keeps its buffers from word to word.
///
/// The possible merge with the lowest rank is applied first, of equal ones the leftmost, as in Sennrich et al. 2016
/// (Neural Machine Translation of Rare Words with Subword Units). Tokens form a linked list and candidates a heap, so
/// that a word of n bytes takes O(n log n) steps.
struct BytePairWord {
  private struct Candidate {
    let rank: Int32
    let position: Int32
    let left: Int32
    let right: Int32
    let token: Int32

    @inline(__always)
    static func < (first: Self, second: Self) -> Bool {
      (first.rank, first.position) < (second.rank, second.position)
    }
  }

  private var tokens: [Int32] = []
  private var next: [Int32] = []
  private var previous: [Int32] = []
  private var heap: [Candidate] = []
  /// The token of a place that was merged into the one before it.
  private static let gone: Int32 = -1

  /// Starts a word of no tokens.
  mutating func begin() { tokens.removeAll(keepingCapacity: true) }

  /// Adds a token at the end.
  mutating func append(_ token: Int32) { tokens.append(token) }

  /// Applies all possible merges and adds the remaining tokens to `result`.
  mutating func merge(by merges: BytePairMerges, into result: inout [Int32]) {
    let count = tokens.count
    guard count > 1 else {
      result += tokens
      return
    }
    next.removeAll(keepingCapacity: true)
    previous.removeAll(keepingCapacity: true)
    heap.removeAll(keepingCapacity: true)
    for place in 0..<count {
      next.append(place + 1 < count ? Int32(truncatingIfNeeded: place + 1) : -1)
      previous.append(Int32(truncatingIfNeeded: place - 1))
    }
    for place in 0..<count - 1 { propose(Int32(truncatingIfNeeded: place), merges) }
    while let candidate = pop() {
      let left = Int(candidate.position)
      let right = Int(next[left])
      // Either neighbour may have been merged since this was proposed.
      guard tokens[left] == candidate.left, right >= 0, tokens[right] == candidate.right else {
        continue
      }
      tokens[left] = candidate.token
      tokens[right] = Self.gone
      next[left] = next[right]
      if next[left] >= 0 { previous[Int(next[left])] = candidate.position }
      if previous[left] >= 0 { propose(previous[left], merges) }
      propose(candidate.position, merges)
    }
    for token in tokens where token != Self.gone { result.append(token) }
  }

  @inline(__always)
  private mutating func propose(_ left: Int32, _ merges: BytePairMerges) {
    let right = next[Int(left)]
    guard right >= 0, let merge = merges.merge(tokens[Int(left)], tokens[Int(right)]) else {
      return
    }
    push(
      Candidate(
        rank: merge.rank, position: left, left: tokens[Int(left)], right: tokens[Int(right)],
        token: merge.token))
  }

  private mutating func push(_ candidate: Candidate) {
    heap.append(candidate)
    var place = heap.count - 1
    while place > 0 {
      let parent = (place - 1) / 2
      guard candidate < heap[parent] else { break }
      heap[place] = heap[parent]
      place = parent
    }
    heap[place] = candidate
  }

  private mutating func pop() -> Candidate? {
    guard let top = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return top }
    var place = 0
    while true {
      var child = 2 * place + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
      guard heap[child] < last else { break }
      heap[place] = heap[child]
      place = child
    }
    heap[place] = last
    return top
  }
}
