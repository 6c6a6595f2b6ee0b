/// Kanerva's sparse distributed memory ("Sparse Distributed Memory", MIT Press 1988): hard locations at random addresses,
/// and a counter per location and bit of a word.
///
/// A word is written into every location within a radius of its address, its ones by adding 1 and its zeros by subtracting 1;
/// it is read by adding up the counters of the locations within the radius of an address: a sum above 0 is a 1. Addresses
/// and words are bits, 64 to a number, the lowest first.
package struct SparseDistributedMemory: Sendable, Equatable {
  /// The addresses of the hard locations, [locations, address words]; drawn once, not learned.
  package let addresses: [UInt64]
  /// Numbers of 64 bits per address.
  package let addressWords: Int
  /// Bits of a stored word.
  package let wordBits: Int
  /// The largest Hamming distance at which a location takes part.
  package let radius: Int
  /// What is learned: [locations, word bits]. A counter stops at the ends of its range.
  package internal(set) var counters: [Int16]

  /// An empty memory.
  ///
  /// - Parameters:
  ///   - addresses: [locations, addressWords].
  ///   - wordBits: a multiple of 64.
  package init(addresses: [UInt64], addressWords: Int, wordBits: Int, radius: Int) {
    self.addresses = addresses
    self.addressWords = addressWords
    self.wordBits = wordBits
    self.radius = radius
    counters = [Int16](repeating: 0, count: addresses.count / max(1, addressWords) * wordBits)
  }

  /// The number of hard locations.
  package var locations: Int { addresses.count / max(1, addressWords) }

  /// The locations within the radius of an address, ascending.
  package func active(_ address: [UInt64]) -> [Int] {
    var found: [Int] = []
    addresses.withUnsafeBufferPointer { all in
      for location in 0..<locations {
        var distance = 0
        let start = location * addressWords
        for word in 0..<addressWords {
          distance += (all[start + word] ^ address[word]).nonzeroBitCount
        }
        if distance <= radius { found.append(location) }
      }
    }
    return found
  }

  /// Writes a word, [word bits / 64], at an address.
  ///
  /// - Parameter times: how often; -1 takes one writing back, exactly as long as no counter has met the end of its range.
  package mutating func write(_ word: [UInt64], at address: [UInt64], times: Int = 1) {
    let step = Int16(clamping: times)
    for location in active(address) {
      for bit in 0..<wordBits {
        let isOne = word[bit / 64] >> UInt64(bit % 64) & 1 == 1
        let place = location * wordBits + bit
        let (sum, overflow) =
          isOne
          ? counters[place].addingReportingOverflow(step)
          : counters[place].subtractingReportingOverflow(step)
        if !overflow { counters[place] = sum }
      }
    }
  }

  /// The sums of the counters of the locations within the radius of an address, [word bits].
  package func sums(at address: [UInt64]) -> [Int] {
    var sums = [Int](repeating: 0, count: wordBits)
    for location in active(address) {
      for bit in 0..<wordBits { sums[bit] += Int(counters[location * wordBits + bit]) }
    }
    return sums
  }

  /// The word at an address: 1 where the sum is above 0, [word bits / 64].
  package func read(at address: [UInt64]) -> [UInt64] {
    var word = [UInt64](repeating: 0, count: wordBits / 64)
    for (bit, sum) in sums(at: address).enumerated() where sum > 0 {
      word[bit / 64] |= 1 << UInt64(bit % 64)
    }
    return word
  }

  /// Reads again and again at what was read, for words that were written at themselves: a noisy word becomes the stored one.
  ///
  /// - Returns: the last word, and the reads it took; the last read changed nothing, unless the limit was reached.
  package func settle(from word: [UInt64], limit: Int) -> (word: [UInt64], reads: Int) {
    var current = word
    for step in 1...max(1, limit) {
      let next = read(at: current)
      if next == current { return (next, step) }
      current = next
    }
    return (current, max(1, limit))
  }
}

extension SparseDistributedMemory {
  /// `sums(at:)` bit by bit, as the definition says: the plain form that tests compare with.
  package func plainSums(at address: [UInt64]) -> [Int] {
    func bit(_ words: ArraySlice<UInt64>, _ place: Int) -> Bool {
      words[words.startIndex + place / 64] >> UInt64(place % 64) & 1 == 1
    }
    return (0..<wordBits).map { column in
      (0..<locations).reduce(0) { sum, location in
        let own = addresses[location * addressWords..<(location + 1) * addressWords]
        let distance = (0..<64 * addressWords).count { bit(own, $0) != bit(address[...], $0) }
        return distance <= radius ? sum + Int(counters[location * wordBits + column]) : sum
      }
    }
  }
}
