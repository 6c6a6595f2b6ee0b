import Memory
import MemoryModules
import Tensors
import TestSupport
import Testing
import Transformer

/// Several files of neighbors on one session: one softmax, one gate.
@Suite("Neighbor memory: several files")
struct NeighborPoolingTests {
  let bench: Workbench

  init() throws { bench = try Workbench.shared.get() }

  func filled(_ seeds: [UInt64]) throws -> DetachableMemory {
    let memory = try bench.memory([.neighbor])
    for seed in seeds {
      let session = bench.session()
      let attached = try memory.attach(to: session)
      try Workbench.feed(
        TinyLlama.tokens(60, seed: seed), to: session, conversation: "text \(seed)")
      attached.detach()
    }
    return memory
  }

  func logits(_ memories: [DetachableMemory]) throws -> (values: [Float], said: [Int]) {
    let session = bench.session()
    let attached = try memories.map { try $0.attach(to: session, readOnly: true) }
    defer { for attachment in attached { attachment.detach() } }
    let values = try session.forward(
      Array(TinyLlama.tokens(60, seed: 2).prefix(20)), logits: .all
    ).values
    return (values, attached.map(\.contributions.count))
  }

  @Test("Two files read like one that holds both, in any order of attachment")
  func likeOne() throws {
    let (first, second) = (try filled([1, 2]), try filled([3]))
    let both = try filled([1, 2, 3])
    let one = try logits([both])
    let pooled = try logits([first, second])
    #expect(difference(one.values, pooled.values) < 1e-5)
    #expect(try difference(one.values, logits([second, first]).values) < 1e-5)
    #expect(try logits([first]).values != pooled.values)
    // The text that is read again stands in the first file; it is named as the source.
    #expect(pooled.said[0] > 0)
  }

  @Test("Three files: shares sum to one, and so does the distribution")
  func sums() throws {
    let memories = try [filled([1]), filled([2]), filled([3])]
    let session = bench.session()
    let attached = try memories.map { try $0.attach(to: session, readOnly: true) }
    let vocabulary = TinyLlama.vocabularySize
    session.read(as: .answer(from: 0, question: 0..<0))
    let row = try session.forward(TinyLlama.tokens(9, seed: 2), logits: .last).last
    #expect(row.count == vocabulary)
    let plain = try bench.logits(TinyLlama.tokens(9, seed: 2)).suffix(vocabulary)
    // The row is p_LM + odds * p_mem before it is normalised: with g = 1/2 its mass is twice the plain model's.
    func mass(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double(Float.exp($1)) } }
    #expect(abs(mass(row) / mass(Array(plain)) - 2) < 1e-4)
    let shares = attached.map { $0.contributions.last?.sources.reduce(0) { $0 + $1.weight } ?? 0 }
    #expect(shares.reduce(0, +) <= 1.0001)
    for attachment in attached { attachment.detach() }
    session.reset()
    #expect(
      try session.forward(TinyLlama.tokens(9, seed: 2), logits: .last).last == Array(plain))
  }

  @Test("One of them detached, the others go on; closed gates change nothing")
  func detaching() throws {
    let (first, second) = (try filled([1]), try filled([3]))
    let session = bench.session()
    let attached = try [first, second].map { try $0.attach(to: session, readOnly: true) }
    attached[0].detach()
    let prompt = Array(TinyLlama.tokens(60, seed: 2).prefix(20))
    let rest = try session.forward(prompt, logits: .all).values
    attached[1].detach()
    #expect(try rest == logits([second]).values)
    let closed = try [1, 3].map { seed in
      try bench.filled([.neighbor], gate: .closed, tokens: TinyLlama.tokens(40, seed: seed))
    }
    #expect(try logits(closed).values == bench.logits(prompt))
  }

  @Test("The best of all files are the best of each, ranked together")
  func shards() throws {
    var generator = TinyLlama.Generator(seed: 6)
    let keys = generator.normal(900 * 16)
    func store(_ range: Range<Int>) -> NeighborStore {
      var store = NeighborStore(columns: 16)
      store.append(
        keys: Array(keys[range.lowerBound * 16..<range.upperBound * 16]),
        tokens: range.map { Int32($0 % 30) }, journal: Array(range))
      return store
    }
    let query = generator.normal(16)
    let parts = [0..<200, 200..<650, 650..<900]
    let merged = parts.flatMap { part in
      store(part).search(query, rows: 1, k: 40, threads: .shared)[0].map {
        NeighborStore.Hit(index: $0.index + part.lowerBound, score: $0.score)
      }
    }.sorted { ($1.score, $0.index) < ($0.score, $1.index) }
    #expect(
      Array(merged.prefix(40)) == store(0..<900).search(query, rows: 1, k: 40, threads: .shared)[0])
  }
}
