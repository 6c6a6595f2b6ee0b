import Foundation
import Memory
import Mneme
import MnemeEvaluation
import TestSupport
import Testing

/// Pairs on random vectors, against what simulations in NumPy say such memories reach.
@Suite("Associative recall on vectors")
struct AssociativeRecallTests {
  private let chat: TinyChat

  init() throws { chat = try TinyChat.shared.get() }

  private func measure(_ text: String, pairs: [Int]) throws -> [AssociativeRecall.Row] {
    let words = text.split(separator: " ").map(String.init)
    let job = AssociativeRecall(model: chat.model, plan: .init(pairs: pairs, seeds: 3))
    return try job.run(
      ModuleKind(rawValue: words[0]),
      settings: words.dropFirst().compactMap { ModuleSetting(parsing: $0) })
  }

  private func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(max(1, values.count))
  }

  @Test(
    "Half of the columns' pairs are held by all, before and after an update",
    arguments: ["delta", "memory-network", "hopfield", "progressive", "ntm", "dnc"])
  func holds(kind: String) throws {
    let row = try #require(try measure(kind, pairs: [32]).first)
    #expect(mean(row.right) >= 0.97, "\(row.right)")
    #expect(mean(row.updated) >= 0.95, "\(row.updated)")
    #expect(mean(row.stale) <= 0.05, "\(row.stale)")
    #expect(row.right.count == 3 && row.stateBytes > 0)
  }

  @Test("The delta rule holds about as many pairs as there are columns, the sum rule more")
  func capacity() throws {
    let delta = try measure("delta", pairs: [64, 128])
    let sum = try measure("delta delta.rule=sum", pairs: [32, 64, 128])
    // The simulations read values of fewer columns than a code of 256 signs, which is decoded a little better.
    for row in delta + sum {
      let expected = try #require(row.expected)
      #expect(
        (expected - 0.05...expected + 0.2).contains(mean(row.right)),
        "\(row.name), \(row.pairs): \(row.right)")
    }
    #expect(mean(delta[1].right) < 0.85)
    // What was added up cannot be replaced.
    #expect(mean(sum[0].updated) < 0.9, "\(sum[0].updated)")
    // The matrix stays as it is; a token, its count and a place in the journal are kept of each pair.
    #expect(delta[1].stateBytes - delta[0].stateBytes == 64 * 20)
  }

  @Test("Machines hold as many pairs as they have slots", arguments: ["ntm", "dnc"])
  func slots(kind: String) throws {
    let row = try #require(try measure("\(kind) \(kind).slots=48", pairs: [64]).first)
    #expect(row.right.allSatisfy { abs($0 - 48.0 / 64) < 1e-9 }, "\(row.right)")
  }

  @Test("A kind that reads no keys, or is unknown, is refused")
  func refuses() {
    let job = AssociativeRecall(model: chat.model)
    #expect(throws: MemoryError.self) { _ = try job.run("block") }
    #expect(throws: MemoryError.self) { _ = try job.run("neural") }
    #expect(AssociativeRecall.kinds.contains("sdm") && AssociativeRecall.kinds.contains("hopfield"))
  }
}
