/// Filler: plain sentences without names and numbers, in which needles are hidden and with which gaps are filled.
package struct FillerText {
  private static let people = [
    "the baker", "the old woman", "a young man", "the teacher", "the neighbour", "a tall girl",
    "the gardener", "the driver", "the fisherman", "a small boy", "the librarian", "the painter",
    "the nurse", "the postman", "the shopkeeper", "a quiet student", "the carpenter", "the cook",
  ]
  private static let actions = [
    "opened the window", "walked along the river", "closed the wooden gate", "swept the stairs",
    "carried a heavy basket", "waited for the bus", "listened to the rain", "read the newspaper",
    "watered the flowers", "looked at the clouds", "bought fresh bread", "mended an old coat",
    "counted the coins", "sat under the tree", "lit a candle", "sang a quiet song",
    "drank a cup of tea", "wrote a long letter", "painted the fence", "followed the narrow path",
  ]
  private static let times = [
    "In the morning", "After lunch", "Late in the evening", "Before sunrise", "At noon",
    "On a cold day", "When the rain stopped", "During the summer", "Some time later",
    "Long after midnight", "At the end of the week", "As soon as it was light",
  ]
  private static let things = [
    "the street", "the garden", "the market", "the bridge", "the harbour", "the kitchen",
    "the field", "the forest", "the hill", "the square", "the station", "the courtyard", "the lake",
    "the valley", "the workshop", "the library",
  ]
  private static let states = [
    "quiet and empty", "full of people", "covered with snow", "warm and bright",
    "wet from the rain",
    "hidden in the fog", "green again", "older than it looked", "smaller than before",
    "as peaceful as ever", "busy from early on", "lit by a few lamps",
  ]
  private static let weather = [
    "The wind turned to the north", "A light rain began to fall", "The sun came out at last",
    "The clouds moved slowly over the hills", "The air smelled of apples and smoke",
    "A thin layer of ice lay on the water", "The leaves were turning yellow",
    "It was too warm for the season", "The moon stood high above the roofs",
  ]
  private static let remarks = [
    "and nobody said a word", "and the day went on as usual", "as if nothing had happened",
    "because there was nothing else to do", "and then went home", "while the kettle was boiling",
    "and smiled", "without looking back", "and thought of the sea", "which took a long time",
    "until the bells rang", "and the dog slept by the door",
  ]

  private var random: SuiteRandom

  /// Sentences that belong to a sequence of choices.
  package init(_ random: SuiteRandom) { self.random = random }

  /// The next sentence.
  package mutating func sentence() -> String {
    let text =
      switch random.below(7) {
      case 0: "\(random.pick(Self.times)) \(random.pick(Self.people)) \(random.pick(Self.actions))"
      case 1:
        "\(random.pick(Self.people)) \(random.pick(Self.actions)) \(random.pick(Self.remarks))"
      case 2: "\(random.pick(Self.things)) was \(random.pick(Self.states))"
      case 3:
        "\(random.pick(Self.weather)), and \(random.pick(Self.things)) was \(random.pick(Self.states))"
      case 4:
        "\(random.pick(Self.times)) \(random.pick(Self.things)) was \(random.pick(Self.states)), and \(random.pick(Self.people)) \(random.pick(Self.actions))"
      case 5:
        "\(random.pick(Self.people)) \(random.pick(Self.actions)), and \(random.pick(Self.people)) \(random.pick(Self.actions)) \(random.pick(Self.remarks))"
      default:
        "Near \(random.pick(Self.things)) \(random.pick(Self.people)) \(random.pick(Self.actions))"
      }
    return text.prefix(1).uppercased() + text.dropFirst() + "."
  }

  /// Sentences that make about `tokens` tokens in all.
  package mutating func sentences(tokens: Int, _ count: (String) -> Int) -> [String] {
    TextLength.fill(tokens: tokens, count) { sentence() }
  }
}

/// Texts of a length in tokens.
enum TextLength {
  /// Pieces from `next`, joined by spaces as long as `tokens` tokens, or one piece longer.
  ///
  /// The token count of joined pieces is not the sum of theirs, so the sum is only an estimate of where to look.
  static func fill(tokens: Int, _ count: (String) -> Int, next: () -> String) -> [String] {
    var pieces: [String] = []
    var sum = 0
    var target = tokens
    // A bound for counters that return zero.
    let most = max(1, min(tokens, 1 << 20))
    for _ in 0..<8 {
      while sum < target, pieces.count < most {
        let piece = next()
        pieces.append(piece)
        sum += max(0, count(piece))
      }
      let whole = count(pieces.joined(separator: " "))
      guard whole > 0, whole < tokens, pieces.count < most else { break }
      let (missing, _) = (tokens - whole).multipliedReportingOverflow(by: max(1, sum))
      target = sum + max(1, missing / whole)
    }
    return pieces
  }
}
