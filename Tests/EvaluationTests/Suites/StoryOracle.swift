/// Reads stories in bAbI's words and answers questions about them: a reader that knows nothing of the simulator.
///
/// It keeps the sentences and goes back through them for every question, while the simulator carries its state forward; the two
/// share no code and no table.
struct StoryOracle {
  private var sentences: [[String]] = []

  /// A story from its sentences, in order; what is none of bAbI's sentences is passed over when it is asked.
  init(_ told: [String]) {
    sentences = told.map(Self.words)
  }

  private static func words(_ text: String) -> [String] {
    text.lowercased().split { !$0.isLetter }.map(String.init)
  }

  private static let went: Set = ["went", "moved", "journeyed", "travelled", "traveled"]
  private static let got: Set = ["took", "got", "picked", "grabbed"]
  private static let lost: Set = ["dropped", "put", "left", "discarded", "let"]
  private static let gave: Set = ["gave", "handed", "passed"]
  private static let times = ["yesterday", "morning", "afternoon", "evening"]

  /// The last word: where somebody went, what was taken.
  private func place(of sentence: [String]) -> String? {
    guard sentence.count > 2, Self.went.contains(sentence[1]) else { return nil }
    return sentence.last
  }

  /// The answer to a question; several words are in alphabetical order.
  func answer(_ question: String) -> [String]? {
    // bAbI asks who was given something last; ours can have one answer only.
    let asked = Self.words(question).filter { $0 != "last" }
    guard asked.count > 2 else { return nil }
    if asked.contains("before") {
      return asked[2] == "the"
        ? before(object: asked[3], room: asked[asked.count - 1]).map { [$0] }
        : earlier(asked[2], asked[asked.count - 1]).map { [$0] }
    }
    switch asked.first {
    case "where" where asked.contains("the"): return rooms(of: asked[3]).last.map { [$0] }
    case "where": return room(of: asked[2], before: sentences.count).map { [$0] }
    case "how":
      return [
        "none one two three four five six".split(separator: " ").map(String.init)[
          holdings(asked[4]).count]
      ]
    case "what" where asked.contains("afraid"): return fear(of: asked[2]).map { [$0] }
    case "what" where asked.contains("give"):
      return gifts().last { $0.giver == asked[2] && $0.receiver == asked[5] }.map { [$0.object] }
    case "what": return holdings(asked[2]).sorted()
    case "who" where asked.contains("did"):
      return gifts().last { $0.giver == asked[2] && $0.object == asked[5] }.map { [$0.receiver] }
    case "who" where asked[1] == "received":
      return gifts().last { $0.object == asked[3] }.map { [$0.receiver] }
    case "who":
      return gifts().last { $0.object == asked[3] && $0.receiver == asked[5] }.map { [$0.giver] }
    default: return nil
    }
  }

  /// What a sentence answers to "What is my dog called?" or "Who is the king of X?"; `nil` when it is about something else.
  static func plainAnswer(to question: String, in sentence: String) -> String? {
    guard let verb = question.firstRange(of: " is ") else { return nil }
    let subject = question[verb.upperBound...].dropLast().replacing(" called", with: "")
    let told = sentence.prefix(1).lowercased() + sentence.dropFirst()
    for middle in [" is called ", " is "] where told.hasPrefix(subject + middle) {
      return String(told.dropFirst(subject.count + middle.count).dropLast())
    }
    return nil
  }

  private func room(of actor: String, before end: Int) -> String? {
    sentences[..<end].reversed().first { $0.first == actor && place(of: $0) != nil }?.last
  }

  private func gifts() -> [(giver: String, object: String, receiver: String)] {
    sentences.compactMap { words in
      guard words.count > 4, Self.gave.contains(words[1]) else { return nil }
      // "gave the apple to Mary" or "gave Mary the apple".
      return words[2] == "the"
        ? (words[0], words[3], words[words.count - 1]) : (words[0], words[4], words[2])
    }
  }

  /// Who has a thing before a sentence: found by going back to the last that names it.
  private func holder(of object: String, before end: Int) -> String? {
    for words in sentences[..<end].reversed() where words.contains(object) && words.count > 2 {
      if Self.got.contains(words[1]) { return words[0] }
      if Self.lost.contains(words[1]) { return nil }
      if Self.gave.contains(words[1]) {
        return words[2] == "the" ? words[words.count - 1] : words[2]
      }
    }
    return nil
  }

  private func holdings(_ actor: String) -> [String] {
    let touched = sentences.compactMap { words in
      words.count > 3 && (Self.got.contains(words[1]) || Self.gave.contains(words[1]))
        ? words[(words.firstIndex(of: "the") ?? 2) + 1] : nil
    }
    return Set(touched).filter { holder(of: $0, before: sentences.count) == actor }
  }

  /// The rooms of a thing, one after another.
  private func rooms(of object: String) -> [String] {
    var rooms: [String] = []
    for end in sentences.indices {
      guard let actor = holder(of: object, before: end + 1),
        let room = room(of: actor, before: end + 1)
      else { continue }
      if rooms.last != room { rooms.append(room) }
    }
    return rooms
  }

  private func before(object: String, room: String) -> String? {
    let rooms = rooms(of: object)
    guard let place = rooms.lastIndex(of: room), place > 0 else { return nil }
    return rooms[place - 1]
  }

  /// The place of somebody at the time before the one at which they were somewhere.
  private func earlier(_ actor: String, _ place: String) -> String? {
    let visits = sentences.compactMap { words -> (time: Int, place: String)? in
      guard words.contains(actor), let time = Self.times.firstIndex(where: words.contains),
        let article = words.firstIndex(of: "the"), article + 1 < words.count
      else { return nil }
      return (time, words[article + 1])
    }.sorted { $0.time < $1.time }
    guard let now = visits.firstIndex(where: { $0.place == place }), now > 0 else { return nil }
    return visits[now - 1].place
  }

  /// What somebody fears, as the plural that is told.
  private func fear(of name: String) -> String? {
    guard let kind = sentences.first(where: { $0.count == 4 && $0[0] == name && $0[1] == "is" })?[3]
    else { return nil }
    let many = ["wolf": "wolves", "mouse": "mice", "sheep": "sheep"][kind] ?? kind + "s"
    return sentences.first { $0.first == many && $0.contains("afraid") }?.last
  }
}
