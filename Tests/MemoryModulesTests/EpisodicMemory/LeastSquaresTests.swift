import Foundation
import Memory
import MemoryModules
import Testing

/// The least-squares memory against numpy's SVD, and against itself in every order (Larimar, eqs. 2-6).
@Suite("Least-squares memory")
struct LeastSquaresTests {
  struct Golden: Decodable {
    struct LeastSquares: Decodable {
      var slots: Int
      var columns: Int
      var ridge: Double
      var addresses: [[Double]]
      var values: [[Double]]
      var memory: [[Double]]
      var forgotten: [Int]
      var afterForgetting: [[Double]]
      var query: [Double]
      var read: [Double]
      var condition: Double
    }
    struct PseudoInverseCase: Decodable {
      var name: String
      var rows: Int
      var columns: Int
      var matrix: [Double]
      var vector: [Double]
      var reconstruction: [Double]
      var tolerance: Double
    }
    struct Gaussian: Decodable {
      struct Case: Decodable {
        var key: [Double]
        var weights: [Double]
      }
      var slots: Int
      var columns: Int
      var reference: [[Double]]
      var cases: [Case]
    }
    var leastSquares: LeastSquares
    var pseudoInverses: [PseudoInverseCase]
    var gaussian: Gaussian
  }

  let golden: Golden

  init() throws {
    let url = try #require(
      Bundle.module.url(forResource: "episodic", withExtension: "json", subdirectory: "Fixtures"))
    golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
  }

  static func distance(_ a: [Double], _ b: [Double]) -> Double {
    guard a.count == b.count else { return .infinity }
    let scale = b.reduce(1e-300) { max($0, abs($1)) }
    return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } / scale
  }

  static func squared(_ a: [Double], _ b: [Double]) -> Double {
    var total = 0.0
    for (x, y) in zip(a, b) { total += (x - y) * (x - y) }
    return total
  }

  /// Facts with random addresses and values.
  static func facts(
    _ count: Int, slots: Int, columns: Int, seed: UInt64
  ) -> [(w: [Double], z: [Double])] {
    let numbers = Addresser.normal(count * (slots + columns), seed: seed)
    return (0..<count).map { index in
      let start = index * (slots + columns)
      return (
        Array(numbers[start..<start + slots]),
        Array(numbers[start + slots..<start + slots + columns])
      )
    }
  }

  @Test("Write, read, forget and the condition number agree with numpy")
  func agreesWithNumpy() {
    let given = golden.leastSquares
    var memory = LeastSquaresMemory(
      slots: given.slots, columns: given.columns, ridge: given.ridge)
    for (w, z) in zip(given.addresses, given.values) {
      let isDone9 = memory.write(w, z)
      #expect(isDone9)
    }
    #expect(Self.distance(memory.m, given.memory.flatMap { $0 }) < 1e-9)
    #expect(Self.distance(memory.read(given.query), given.read) < 1e-9)
    #expect(abs(memory.condition / given.condition - 1) < 1e-3)
    for index in given.forgotten {
      let isDone1 = memory.forget(given.addresses[index], given.values[index])
      #expect(isDone1)
    }
    #expect(Self.distance(memory.m, given.afterForgetting.flatMap { $0 }) < 1e-9)
  }

  @Test("The pseudo-inverse agrees with numpy's where Larimar's iteration fails")
  func pseudoInverse() {
    for given in golden.pseudoInverses {
      let weights = PseudoInverse(given.matrix, rows: given.rows, columns: given.columns)
        .weights(of: given.vector)
      var rebuilt = [Double](repeating: 0, count: given.columns)
      for row in 0..<given.rows {
        for column in 0..<given.columns {
          rebuilt[column] += weights[row] * given.matrix[row * given.columns + column]
        }
      }
      #expect(Self.distance(rebuilt, given.reconstruction) < given.tolerance, "\(given.name)")
    }
    let zero = PseudoInverse([Double](repeating: 0, count: 6), rows: 2, columns: 3)
    #expect(zero.weights(of: [1, 2, 3]) == [0, 0])
  }

  @Test("Gaussian addressing agrees with its formula")
  func gaussianAddressing() {
    let given = golden.gaussian
    var addresser = Addresser(
      addressing: .gaussian, slots: given.slots, columns: given.columns)
    for row in given.reference {
      let isDone10 = addresser.admit(row)
      #expect(isDone10)
    }
    let isDone2 = !addresser.admit(given.reference[0])
    #expect(isDone2, "there is no slot left")
    for item in given.cases {
      let weights = addresser.address(item.key, memory: [])
      #expect(zip(weights, item.weights).allSatisfy { abs($0 - $1) < 1e-9 })
      #expect(abs(weights.reduce(0, +) - 1) < 1e-12)
    }
    // A key that lies on a row takes it alone.
    #expect(addresser.address(given.reference[2], memory: []) == [0, 0, 1, 0, 0])
  }

  @Test("A batch, any order, and the merge of two halves are one memory")
  func orderFree() {
    let facts = Self.facts(20, slots: 32, columns: 8, seed: 1)
    func filled(_ order: [Int]) -> LeastSquaresMemory {
      var memory = LeastSquaresMemory(slots: 32, columns: 8)
      for index in order { memory.write(facts[index].w, facts[index].z) }
      return memory
    }
    let forward = filled(Array(0..<20))
    var batch = LeastSquaresMemory(slots: 32, columns: 8)
    batch.write(batch: facts.flatMap(\.w), facts.flatMap(\.z), count: 20)
    var merged = filled(Array(0..<9))
    let isMerged = merged.merge(filled(Array(9..<20)))
    #expect(isMerged)
    for other in [batch, merged, filled((0..<20).reversed())] {
      #expect(other.count == 20)
      #expect(Self.distance(other.m, forward.m) < 1e-9)
      #expect(Self.distance(other.a, forward.a) < 1e-12)
    }
    let isDone3 = !merged.merge(LeastSquaresMemory(slots: 31, columns: 8))
    #expect(isDone3)
  }

  @Test("What is within the rank is read back; one fact exactly up to the ridge")
  func readsBack() {
    let facts = Self.facts(24, slots: 32, columns: 8, seed: 2)
    var memory = LeastSquaresMemory(slots: 32, columns: 8, ridge: 1e-8)
    memory.write(facts[0].w, facts[0].z)
    #expect(Self.distance(memory.read(facts[0].w), facts[0].z) < 1e-8)
    for fact in facts.dropFirst() { memory.write(fact.w, fact.z) }
    for fact in facts { #expect(Self.distance(memory.read(fact.w), fact.z) < 1e-5) }
  }

  @Test("Written and forgotten is never written; forgetting all is empty")
  func forgets() {
    let facts = Self.facts(16, slots: 32, columns: 8, seed: 3)
    var memory = LeastSquaresMemory(slots: 32, columns: 8)
    for fact in facts.prefix(10) { memory.write(fact.w, fact.z) }
    let before = memory
    for fact in facts.dropFirst(10) { memory.write(fact.w, fact.z) }
    for fact in facts.dropFirst(10) {
      let isDone11 = memory.forget(fact.w, fact.z)
      #expect(isDone11)
    }
    #expect(Self.distance(memory.a, before.a) < 1e-12)
    #expect(Self.distance(memory.b, before.b) < 1e-12)
    #expect(Self.distance(memory.m, before.m) < 1e-9)
    // The others are still read as before.
    for fact in facts.prefix(10) {
      #expect(Self.distance(memory.read(fact.w), before.read(fact.w)) < 1e-9)
    }
    for fact in facts.prefix(10) {
      let isDone12 = memory.forget(fact.w, fact.z)
      #expect(isDone12)
    }
    #expect(memory == LeastSquaresMemory(slots: 32, columns: 8))
    let isDone4 = !memory.forget(facts[0].w, facts[0].z)
    #expect(isDone4, "there is nothing to forget")
  }

  @Test("Forgetting what was not written is refused and changes nothing")
  func refusesUnknown() {
    let facts = Self.facts(3, slots: 8, columns: 4, seed: 4)
    var memory = LeastSquaresMemory(slots: 8, columns: 4)
    memory.write(facts[0].w, facts[0].z)
    let before = memory
    let isDone5 = !memory.forget(facts[1].w.map { $0 * 10 }, facts[1].z)
    #expect(isDone5)
    #expect(memory == before)
    for poison in [Double.nan, .infinity] {
      let isDone6 = !memory.write([poison] + facts[2].w.dropFirst(), facts[2].z)
      #expect(isDone6)
      let isDone7 = !memory.write(facts[2].w, [poison] + facts[2].z.dropFirst())
      #expect(isDone7)
      #expect(memory == before)
    }
  }

  @Test("Writing a key again averages; forgetting first replaces")
  func rewriting() {
    let facts = Self.facts(2, slots: 16, columns: 4, seed: 5)
    let (w, old, new) = (facts[0].w, facts[0].z, facts[1].z)
    var averaged = LeastSquaresMemory(slots: 16, columns: 4, ridge: 1e-9)
    averaged.write(w, old)
    averaged.write(w, new)
    #expect(
      Self.distance(averaged.read(w), zip(old, new).map { ($0 + $1) / 2 }) < 1e-6)
    var replaced = LeastSquaresMemory(slots: 16, columns: 4, ridge: 1e-9)
    replaced.write(w, old)
    replaced.forget(w, old)
    replaced.write(w, new)
    var fresh = LeastSquaresMemory(slots: 16, columns: 4, ridge: 1e-9)
    fresh.write(w, new)
    #expect(Self.distance(replaced.m, fresh.m) < 1e-9)
  }

  @Test("Ten thousand mixed operations stay with a rebuild from what is left")
  func longRun() {
    let (slots, columns) = (24, 6)
    let facts = Self.facts(60, slots: slots, columns: columns, seed: 6)
    var memory = LeastSquaresMemory(slots: slots, columns: columns)
    var present: Set<Int> = []
    var state: UInt64 = 9
    for _ in 0..<10_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let index = Int((state >> 33) % 60)
      if present.remove(index) != nil {
        let isDone8 = memory.forget(facts[index].w, facts[index].z)
        #expect(isDone8)
      } else {
        memory.write(facts[index].w, facts[index].z)
        present.insert(index)
      }
    }
    var rebuilt = LeastSquaresMemory(slots: slots, columns: columns)
    let left = present.sorted()
    rebuilt.write(
      batch: left.flatMap { facts[$0].w }, left.flatMap { facts[$0].z }, count: left.count)
    #expect(memory.count == left.count)
    #expect(Self.distance(memory.a, rebuilt.a) < 1e-10)
    #expect(Self.distance(memory.m, rebuilt.m) < 1e-7)
  }

  @Test(
    "The capacity report warns before recall drops", arguments: [Addressing.reference, .gaussian])
  func overload(addressing: Addressing) {
    let (slots, columns) = (48, 64)
    // Keys as texts have them: a common part and a few strong directions.
    let common = Addresser.normal(columns, seed: 20)
    let random = Addresser.normal(4 * slots * columns, seed: 21)
    let keys: [[Double]] = (0..<4 * slots).map { fact in
      (0..<columns).map { column -> Double in
        let own = random[fact * columns + column]
        return common[column] + own / (1 + 0.05 * Double(column))
      }
    }
    let values = Self.facts(4 * slots, slots: 1, columns: columns, seed: 22).map(\.z)
    var addresser = Addresser(addressing: addressing, slots: slots, columns: columns)
    var memory = LeastSquaresMemory(slots: slots, columns: columns)
    var warned: Int?
    var curve: [Int: Double] = [:]
    var addresses: [[Double]] = []
    for (index, key) in keys.enumerated() {
      _ = addresser.admit(key)
      let address = addresser.address(key, memory: memory.m)
      addresses.append(address)
      memory.write(address, values[index])
      let count = index + 1
      if warned == nil, memory.capacity(rank: addresser.rank).verdict != .roomy { warned = count }
      guard count == slots / 2 || count % slots == 0 else { continue }
      let right = addresses.indices.filter { fact in
        let read = memory.read(addresses[fact])
        let errors = values.prefix(count).map { Self.squared(read, $0) }
        return errors.indices.min { errors[$0] < errors[$1] } == fact
      }
      curve[count] = Double(right.count) / Double(count)
    }
    #expect(curve[slots / 2] == 1)
    #expect((curve[slots] ?? 0) >= 0.99)
    #expect((warned ?? .max) < slots, "the warning came at \(String(describing: warned))")
    let full = memory.capacity(rank: addresser.rank)
    #expect(full.verdict == .overloaded)
    #expect(abs(full.expectedError - (0.75).squareRoot()) < 1e-12)
    // Beyond the rank single facts blur, whatever identification says.
    let last = addresses.count - 1
    let error = Self.squared(memory.read(addresses[last]), values[last])
    let size = Self.squared(values[last], [Double](repeating: 0, count: columns))
    #expect((error / size).squareRoot() > 0.3)
  }

  @Test("Slots of their own, random references and the memory itself all address what they wrote")
  func addressings() {
    for addressing in Addressing.allCases {
      var addresser = Addresser(addressing: addressing, slots: 16, columns: 24)
      var memory = LeastSquaresMemory(slots: 16, columns: 24, ridge: 1e-8)
      let keys = Self.facts(6, slots: 1, columns: 24, seed: 30).map(\.z)
      let values = Self.facts(6, slots: 1, columns: 24, seed: 31).map(\.z)
      var addresses: [[Double]] = []
      for (key, value) in zip(keys, values) {
        _ = addresser.admit(key)
        addresses.append(addresser.address(key, memory: memory.m))
        let prior = addresser.prior(addresses[addresses.count - 1])
        memory.write(addresses[addresses.count - 1], zip(value, prior).map { $0 - $1 })
      }
      for (address, value) in zip(addresses, values) {
        let read = zip(memory.read(address), addresser.prior(address)).map { $0 + $1 }
        #expect(Self.distance(read, value) < 1e-3, "\(addressing)")
      }
    }
  }
}
