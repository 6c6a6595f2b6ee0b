import Foundation

/// A seeded stream of numbers (SplitMix64) that is the same on every machine.
public struct TestRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Starts the stream of a seed.
  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A number in [0, 1).
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number from the standard normal distribution (Box and Muller).
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }

  /// `count` normal numbers of a standard deviation.
  public mutating func normals(_ count: Int, deviation: Double = 1) -> [Float] {
    (0..<count).map { _ in Float(normal() * deviation) }
  }

  /// `count` token ids below `limit`, none of them special when `limit` allows.
  public mutating func tokens(_ count: Int, below limit: Int, from first: Int = 0) -> [Int32] {
    (0..<count).map { _ in Int32(first + Int(next() % UInt64(limit - first))) }
  }
}
