import Tensors

/// Random choices of the generated suites: the same seed and labels give the same choices on every machine.
///
/// The standard library may change how it draws from a generator, and suites must not change with it, so every draw is
/// made here.
package struct SuiteRandom {
  private var generator: SplitMix64

  /// The sequence that belongs to `seed` and to a place within a suite, such as its name and an episode's number.
  ///
  /// The seed is mixed before it is joined with the labels: otherwise seeds that differ by the generator's own step
  /// would give the same sequence, shifted by one draw.
  package init(_ seed: UInt64, _ labels: String...) {
    var mixer = SplitMix64(seed: seed)
    var state = mixer.next()
    for label in labels {
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325
      for byte in label.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
      mixer = SplitMix64(seed: state ^ hash)
      state = mixer.next()
    }
    generator = SplitMix64(seed: state)
  }

  /// A number from 0 to `bound` - 1; 0 when `bound` is not positive.
  package mutating func below(_ bound: Int) -> Int {
    guard bound > 1 else { return 0 }
    return Int(generator.next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A number of a closed range.
  package mutating func within(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + below(range.upperBound - range.lowerBound + 1)
  }

  /// A number from 0 up to, but not including, 1.
  package mutating func unit() -> Double {
    Double(generator.next() >> 11) * 0x1p-53
  }

  /// One of `values`, which holds at least one.
  package mutating func pick<T>(_ values: [T]) -> T {
    values[below(values.count)]
  }

  /// `values` in random order (Fisher and Yates).
  package mutating func shuffled<T>(_ values: [T]) -> [T] {
    var values = values
    var last = values.count - 1
    while last > 0 {
      values.swapAt(last, below(last + 1))
      last -= 1
    }
    return values
  }

  /// `count` different elements of `values`, or all of them.
  package mutating func sample<T>(_ values: [T], _ count: Int) -> [T] {
    Array(shuffled(values).prefix(max(0, count)))
  }

  /// A whole number of `count` digits, the first not 0.
  package mutating func digits(_ count: Int) -> String {
    var text = ""
    for place in 0..<max(1, count) {
      text.append(String(place == 0 ? within(1...9) : below(10)))
    }
    return text
  }

  /// A version 4 UUID in lower case.
  package mutating func uuid() -> String {
    let digits = Array("0123456789abcdef")
    var text = ""
    for place in 0..<32 {
      if place == 8 || place == 12 || place == 16 || place == 20 { text.append("-") }
      switch place {
      case 12: text.append("4")
      case 16: text.append(digits[8 + below(4)])
      default: text.append(digits[below(16)])
      }
    }
    return text
  }
}
