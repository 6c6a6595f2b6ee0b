/// One special sentence, its question and its value.
struct Needle {
  /// The kind of the hidden value.
  enum Kind: String, CaseIterable {
    case number
    case word
    case passKey = "pass key"
    case uuid
  }

  let kind: Kind
  let key: String
  let value: String

  /// Its sentence in the text.
  var sentence: String {
    switch kind {
    case .passKey: "The pass key of \(key) is \(value). Remember it."
    case .number, .word, .uuid:
      "One of the special magic \(kind.rawValue)s for \(key) is: \(value)."
    }
  }

  /// Its question.
  var question: String {
    switch kind {
    case .passKey: "What is the pass key of \(key)?"
    case .number, .word, .uuid: "What is the special magic \(kind.rawValue) for \(key)?"
    }
  }

  /// The answer as a sentence.
  var answer: String {
    switch kind {
    case .passKey: "The pass key of \(key) is \(value)."
    case .number, .word, .uuid: "The special magic \(kind.rawValue) for \(key) is \(value)."
    }
  }
}

/// A text with needles in it.
struct Haystack {
  private let length: Int
  private let number: Int
  private var names: InventedNames
  private var values: Distinct
  /// The text.
  private(set) var sentences: [String] = []
  /// The questions about it.
  private(set) var questions: [Question] = []

  init(length: Int, number: Int, avoiding avoided: Set<String>) {
    self.length = length
    self.number = number
    names = InventedNames(avoiding: avoided)
    values = Distinct(avoiding: avoided)
  }

  private mutating func needle(_ kind: Needle.Kind, _ random: inout SuiteRandom) -> Needle {
    let key = kind == .uuid ? random.uuid() : names.next(&random)
    let value =
      switch kind {
      case .number, .passKey: values.next { random.digits(random.within(5...7)) }
      case .word: names.next(&random).lowercased()
      case .uuid: values.next { random.uuid() }
      }
    return Needle(kind: kind, key: key, value: value)
  }

  private mutating func ask(
    _ needle: Needle, kind: String, depth: Double, _ count: (String) -> Int
  ) {
    questions.append(
      Question(
        needle.question, [needle.answer, needle.value], kind: kind, depth: depth, length: length,
        tokens: count(needle.answer) + 8))
  }

  /// Inserts needles between sentences of other text, each at its relative depth.
  private mutating func hide(
    _ needles: [(needle: Needle, depth: Double)], _ random: inout SuiteRandom,
    _ count: (String) -> Int
  ) {
    let hidden = needles.sorted { $0.depth < $1.depth }
    let taken = hidden.reduce(0) { $0 + count($1.needle.sentence) }
    var filler = FillerText(random)
    let text = filler.sentences(tokens: max(1, length - taken), count)
    // Depth is measured in characters: the tokens before a needle divided by all, nearly.
    let total = text.reduce(0) { $0 + $1.count + 1 }
    var before = 0
    var next = 0
    sentences = []
    for sentence in text {
      while next < hidden.count,
        Double(before) + Double(sentence.count) / 2 >= hidden[next].depth * Double(total)
      {
        sentences.append(hidden[next].needle.sentence)
        next += 1
      }
      sentences.append(sentence)
      before += sentence.count + 1
    }
    sentences += hidden[next...].map(\.needle.sentence)
  }

  /// Numbers, words and pass keys at different depths, all asked for.
  mutating func hideDifferent(_ random: inout SuiteRandom, _ count: (String) -> Int) {
    let kinds: [Needle.Kind] = [.number, .word, .passKey]
    let all = length >= 1024 ? NeedlesSuite.depths.count : kinds.count
    let needles = (0..<all).map { place in
      (
        needle: needle(kinds[(place + number) % kinds.count], &random),
        depth: NeedlesSuite.depths[(number * all + place) % NeedlesSuite.depths.count]
      )
    }
    hide(needles, &random, count)
    for (needle, depth) in needles { ask(needle, kind: needle.kind.rawValue, depth: depth, count) }
  }

  /// Four numbers with different keys, one asked for.
  mutating func hideAlike(_ random: inout SuiteRandom, _ count: (String) -> Int) {
    let depths = NeedlesSuite.depths
    let asked = random.below(depths.count)
    let others = random.sample(depths.indices.filter { $0 != asked }, 3)
    let needles = ([asked] + others).map { (needle: needle(.number, &random), depth: depths[$0]) }
    hide(needles, &random, count)
    ask(needles[0].needle, kind: "multikey", depth: depths[asked], count)
  }

  /// Nothing but pairs of UUIDs; one of the first half and one of the second are asked for.
  mutating func pair(_ random: inout SuiteRandom, _ count: (String) -> Int) {
    var needles: [Needle] = []
    sentences = TextLength.fill(tokens: length, count) {
      needles.append(needle(.uuid, &random))
      return needles[needles.count - 1].sentence
    }
    // Two pairs at least: otherwise there would be nothing to confuse.
    while needles.count < 2 {
      needles.append(needle(.uuid, &random))
      sentences.append(needles[needles.count - 1].sentence)
    }
    let half = needles.count / 2
    for place in [random.below(half), half + random.below(needles.count - half)] {
      let depth = Double(place) / Double(needles.count - 1)
      ask(
        needles[place], kind: "uuid pairs", depth: (depth * 4).rounded() / 4, count)
    }
  }
}
