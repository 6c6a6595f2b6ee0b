/// Names that no training conversation of the bundled model holds: FNV-1a (32 bits) of the lower-cased name is divisible by 8.
///
/// No name is drawn twice.
package struct InventedNames {
  private static let onsets =
    "b c d f g h j k l m n p r s t v w z br dr gr kl tr sh".split(separator: " ").map(String.init)
  private static let vowels = ["a", "e", "i", "o", "u"]
  private static let codas = ["", "", "n", "r", "l", "s", "t", "k", "m"]

  /// Names that are never drawn, in lower case.
  private var taken: Set<String>

  /// Names that differ from every word of `avoided`.
  package init(avoiding avoided: Set<String> = []) {
    taken = []
    for text in avoided {
      for word in AnswerText.words(text) { taken.insert(String(word)) }
    }
  }

  /// Whether a name is kept out of all training data.
  package static func isReserved(_ name: String) -> Bool {
    var hash: UInt32 = 0x811c_9dc5
    for byte in name.lowercased().utf8 { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
    return hash % 8 == 0
  }

  /// A new name, capitalised.
  package mutating func next(_ random: inout SuiteRandom) -> String {
    var syllables = 2
    var attempts = 0
    while true {
      attempts += 1
      // Two syllables give some ten thousand reserved names; a run that has used most of them continues with longer
      // ones.
      if attempts % 200 == 0 { syllables += 1 }
      var word = ""
      for _ in 0..<syllables {
        word += random.pick(Self.onsets) + random.pick(Self.vowels) + random.pick(Self.codas)
      }
      guard word.count >= 4, word.count <= 4 * syllables + 1, Self.isReserved(word),
        taken.insert(word).inserted
      else { continue }
      return word.prefix(1).uppercased() + word.dropFirst()
    }
  }
}

/// Values that are drawn once only.
package struct Distinct {
  private var taken: Set<String>

  /// Values that are none of `avoided`.
  package init(avoiding avoided: Set<String> = []) { taken = avoided }

  /// The first value from `draw` that was not drawn before.
  package mutating func next(_ draw: () -> String) -> String {
    var value = draw()
    var attempts = 0
    while !taken.insert(value).inserted, attempts < 1000 {
      value = draw()
      attempts += 1
    }
    return value
  }

  /// `count` of `values`, avoided ones only when there are not enough others.
  package static func sample(
    _ values: [String], _ count: Int, avoiding avoided: Set<String>, _ random: inout SuiteRandom
  ) -> [String] {
    let shuffled = random.shuffled(values)
    let free = shuffled.filter { !avoided.contains($0) }
    return Array((free + shuffled.filter { avoided.contains($0) }).prefix(count))
  }
}
