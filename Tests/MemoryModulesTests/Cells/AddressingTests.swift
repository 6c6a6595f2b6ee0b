import Memory
import MemoryModules
import TestSupport
import Testing

/// Reading, writing and addressing, one equation at a time.
@Suite("Addressing of NTM and DNC")
struct AddressingTests {
  private func random(_ count: Int, _ seed: UInt64) -> [Float] {
    var generator = TestRandom(seed: seed)
    return (0..<count).map { _ in Float.random(in: 0..<1, using: &generator) }
  }

  /// Values that sum to `total`.
  private func shares(_ count: Int, _ seed: UInt64, total: Float = 1) -> [Float] {
    let values = random(count, seed)
    let sum = values.reduce(0, +)
    return values.map { $0 / sum * total }
  }

  // MARK: - Neural Turing Machine

  /// The cases are those of a public implementation's test of reads and writes (loudinthecloud/pytorch-ntm).
  @Test("Reads and writes follow the table")
  func table() {
    var memory: [Float] = [
      1, 1, 1, 1,
      0, 1, 1, 0,
      0, 0, 0, 0,
      0, 0, 0, 1,
    ]
    NTMCell.write(
      [(weights: [0, 0, 0, 1], erase: [0, 0, 0, 0.5], add: [0, 0, 0, 0.2])], to: &memory, columns: 4
    )
    let last = NTMCell.read(memory, columns: 4, weights: [0, 0, 0, 1])
    #expect(difference([0, 0, 0, 0.7], last) < 1e-6)
    let both: [Float] = [0.5, 0.5, 0, 0]
    NTMCell.write(
      [(weights: both, erase: [1, 1, 1, 1], add: [0, 0, 0, 0])], to: &memory, columns: 4)
    let half = NTMCell.read(memory, columns: 4, weights: both)
    #expect(difference([0.25, 0.5, 0.5, 0.25], half) < 1e-6)
  }

  @Test("Two heads erase before either adds")
  func twoHeads() {
    var memory: [Float] = [1, 1]
    NTMCell.write(
      [
        (weights: [1], erase: [1, 0], add: [3, 0]), (weights: [1], erase: [1, 1], add: [0, 5]),
      ], to: &memory, columns: 2)
    #expect(memory == [3, 5])
  }

  @Test("Addresses: content alone, place alone, a step on, a step back, sharper")
  func addresses() {
    let memory: [Float] = [1, 0, 0, 1, -1, 0, 0, -1]
    let before: [Float] = [0, 0, 1, 0]
    func weights(
      gate: Float, shift: [Float] = [0, 1, 0], sharpening: Float = 1, strength: Float = 50
    ) -> [Float] {
      NTMAddress(
        key: [0, 2], strength: strength, gate: gate, shift: shift, sharpening: sharpening
      ).weights(memory, before: before)
    }
    #expect(difference([0, 1, 0, 0], weights(gate: 1)) < 1e-5)
    #expect(difference(before, weights(gate: 0)) < 1e-5)
    #expect(difference([0, 0, 0, 1], weights(gate: 0, shift: [0, 0, 1])) < 1e-5)
    #expect(difference([0, 1, 0, 0], weights(gate: 0, shift: [1, 0, 0])) < 1e-5)
    let soft = weights(gate: 1, strength: 1)
    let sharp = weights(gate: 1, sharpening: 4, strength: 1)
    #expect(abs(soft.reduce(0, +) - 1) < 1e-5 && abs(sharp.reduce(0, +) - 1) < 1e-5)
    #expect(sharp[1] > soft[1])
    // softmax of cosines 0, 1, 0, -1
    let e = Float(2.7182817)
    #expect(abs(soft[1] - e / (2 + e + 1 / e)) < 1e-5)
  }

  // MARK: - Differentiable Neural Computer

  @Test(
    "What is allocated is free, and at most one in all", arguments: 1...6 as ClosedRange<UInt64>)
  func allocation(_ seed: UInt64) {
    let usage = random(12, seed)
    let allocation = DNCAddressing.allocation(usage)
    #expect(allocation.allSatisfy { $0 >= 0 } && allocation.reduce(0, +) <= 1 + 1e-5)
    // What is left over is the product of all usages: nothing was free.
    let left = usage.reduce(Float(1)) { $0 * (1e-6 + (1 - 1e-6) * $1) }
    #expect(abs(allocation.reduce(0, +) + left - 1) < 1e-5)
    let most = allocation.indices.max { allocation[$0] < allocation[$1] }
    #expect(most == usage.indices.min { usage[$0] < usage[$1] })
    #expect(DNCAddressing.allocation([1, 1, 1]).allSatisfy { $0 < 1e-5 })
    #expect(difference([0, 1, 0], DNCAddressing.allocation([1, 0, 0])) < 2e-6)
  }

  @Test("Usage rises by writing and falls by freeing")
  func usage() {
    let none = DNCAddressing.retention(free: [0], readWeights: [1, 0], rows: 2)
    #expect(DNCAddressing.usage([0.5, 0], writeWeights: [0.5, 1], retention: none) == [0.75, 1])
    let freed = DNCAddressing.retention(free: [1, 1], readWeights: [1, 0, 0, 0.5], rows: 2)
    #expect(freed == [0, 0.5])
    #expect(DNCAddressing.usage([0.5, 1], writeWeights: [0, 0], retention: freed) == [0, 0.5])
  }

  @Test("Links: rows and columns sum to at most 1, and nothing follows itself")
  func links() {
    let rows = 9
    var link = [Float](repeating: 0, count: rows * rows)
    var precedence = [Float](repeating: 0, count: rows)
    for step in 0..<30 as Range<UInt64> {
      let weights = shares(rows, step, total: Float(step % 4) / 3)
      link = DNCAddressing.link(link, writeWeights: weights, precedence: precedence)
      precedence = DNCAddressing.precedence(precedence, writeWeights: weights)
      #expect(precedence.reduce(0, +) <= 1 + 1e-5)
      for row in 0..<rows {
        #expect(link[row * rows + row] == 0)
        let across = (0..<rows).reduce(Float(0)) { $0 + link[row * rows + $1] }
        let down = (0..<rows).reduce(Float(0)) { $0 + link[$1 * rows + row] }
        #expect((0...1 + 1e-5).contains(across) && (0...1 + 1e-5).contains(down))
      }
    }
  }

  @Test("Following links replays what was written, both ways")
  func order() {
    let (rows, order) = (5, [3, 0, 4, 1])
    var link = [Float](repeating: 0, count: rows * rows)
    var precedence = [Float](repeating: 0, count: rows)
    func one(_ row: Int) -> [Float] { (0..<rows).map { $0 == row ? 1 : 0 } }
    for row in order {
      link = DNCAddressing.link(link, writeWeights: one(row), precedence: precedence)
      precedence = DNCAddressing.precedence(precedence, writeWeights: one(row))
    }
    for (row, next) in zip(order, order.dropFirst()) {
      #expect(DNCAddressing.directions(link, from: one(row)).forward == one(next))
      #expect(DNCAddressing.directions(link, from: one(next)).backward == one(row))
    }
    #expect(DNCAddressing.directions(link, from: one(1)).forward.allSatisfy { $0 == 0 })
  }

  @Test("The sparse form has the links of the dense one", arguments: 1...5 as ClosedRange<UInt64>)
  func sparse(_ seed: UInt64) {
    let rows = 8
    var generator = TestRandom(seed: seed)
    var link = [Float](repeating: 0, count: rows * rows)
    var precedence = [Float](repeating: 0, count: rows)
    var few = SparseLinks()
    for _ in 0..<25 {
      let written = Set((0..<2).map { _ in Int.random(in: 0..<rows, using: &generator) })
      var weights = [Float](repeating: 0, count: rows)
      for row in written { weights[row] = Float.random(in: 0..<0.5, using: &generator) }
      link = DNCAddressing.link(link, writeWeights: weights, precedence: precedence)
      precedence = DNCAddressing.precedence(precedence, writeWeights: weights)
      few.write(Dictionary(uniqueKeysWithValues: written.map { ($0, weights[$0]) }))
      var dense = [Float](repeating: 0, count: rows * rows)
      for found in few.all { dense[found.row * rows + found.before] = found.weight }
      #expect(difference(link, dense) < 1e-5)
      #expect(difference(precedence, (0..<rows).map { few.precedence[$0] ?? 0 }) < 1e-5)
    }
    let from: [Int: Float] = [2: 0.5, 5: 0.5]
    let (forward, backward) = DNCAddressing.directions(
      link, from: (0..<rows).map { from[$0] ?? 0 })
    let (onward, back) = (few.forward(from), few.backward(from))
    #expect(difference(forward, (0..<rows).map { onward[$0] ?? 0 }) < 1e-5)
    #expect(difference(backward, (0..<rows).map { back[$0] ?? 0 }) < 1e-5)
  }

  @Test("Sharpening keeps a sum of 1 and favours the largest")
  func sharpening() {
    let weights = shares(6, 3)
    #expect(difference(weights, DNCAddressing.sharpened(weights, 1)) < 1e-4)
    let sharp = DNCAddressing.sharpened(weights, 20)
    #expect(abs(sharp.reduce(0, +) - 1) < 1e-5)
    #expect((sharp.max() ?? 0) > (weights.max() ?? 1))
  }
}
