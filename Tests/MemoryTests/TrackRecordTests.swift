import Foundation
import Memory
import Testing

@Suite("How far a memory is believed in a text")
struct TrackRecordTests {
  /// Losses of a bet between two experts, nats.
  func loss(plain: [Double], heard: [Double]) -> Double {
    var record = TrackRecord()
    var total = 0.0
    for (p, h) in zip(plain, heard) {
      let trust = Double(record.trust)
      total -= log((1 - trust) * p + trust * h)
      record.add(Float(log(h / p)))
    }
    return total
  }

  @Test(
    "A memory that misleads costs a few nats, however long the text", arguments: [50, 500, 5000])
  func misleads(length: Int) {
    let plain = [Double](repeating: 0.2, count: length)
    let cost =
      loss(plain: plain, heard: plain.map { $0 * 0.9 }) - Double(length) * -log(0.2)
    #expect(cost > 0)
    // The plain model's share at the beginning, and what is dealt anew at each token.
    let bound = -log(0.1) - Double(length) * log(1 - 0.9 * Double(TrackRecord.share))
    #expect(cost <= bound + 1e-3)
    // Believed to the end it costs 0.105 nats a token.
    if length >= 500 { #expect(cost < 0.2 * Double(length) * -log(0.9)) }
  }

  @Test("A memory that knows the text is believed at once")
  func knows() {
    let heard = [Double](repeating: 0.5, count: 300)
    let lost = loss(plain: heard.map { $0 / 3 }, heard: heard) - 300 * -log(0.5)
    #expect(lost >= 0 && lost < 0.2)
  }

  @Test("Where the text comes to what it knows, it is heard again within a few tokens")
  func returns() {
    var record = TrackRecord()
    for _ in 0..<1000 { record.add(-0.3) }
    #expect(record.trust < 0.02)
    for _ in 0..<5 { record.add(2) }
    #expect(record.trust > 0.9)
  }

  @Test("Evidence that is no number or without end leaves a trust between 0 and 1")
  func extremes() {
    var record = TrackRecord()
    for evidence in [Float.nan, .infinity, .infinity, -.infinity, .infinity, 1e30, -1e30] {
      record.add(evidence)
      #expect(record.trust > 0 && record.trust < 1)
    }
  }
}
