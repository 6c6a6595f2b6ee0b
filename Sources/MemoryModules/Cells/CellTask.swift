import Foundation

/// What the inputs and outputs of a trained cell mean, so that a person can use one: text to tell it, text to ask, and its answer.
package enum CellTask: Sendable, Equatable {
  /// Eight bits a step: the bytes of a text, and the same again when asked.
  case copy
  /// The same, as often as asked.
  case repeatCopy
  /// Words of three letters; asked for one of them, the cell says the one after it.
  case recall
  /// Edges of a graph, "A 1 B"; asked to follow some from a place, "A 1 2", the places it comes to.
  case traversal(places: Int, labels: Int)
  /// Sentences of the bAbI tasks; asked a question, one word.
  case stories(CellVocabulary)

  /// What cannot be told to a cell, or asked of it.
  package enum Refusal: Error, Equatable {
    /// The text has a letter, a word or a form that the cell was not trained on.
    case unreadable(String, expected: String)
  }

  /// - Returns: nil for a task that is not known, or whose shape is another.
  init?(name: String, shape: CellShape, _ vocabulary: CellVocabulary?) {
    switch (name, vocabulary) {
    case ("copy", nil) where shape.inputs == 9 && shape.outputs == 8: self = .copy
    case ("repeat-copy", nil) where shape.inputs == 10 && shape.outputs == 9: self = .repeatCopy
    case ("associative-recall", nil) where shape.inputs == 8 && shape.outputs == 6: self = .recall
    case ("traversal", nil) where shape.inputs > 2 * shape.outputs + 3:
      self = .traversal(places: shape.outputs, labels: shape.inputs - 2 * shape.outputs - 3)
    case ("stories", .some(let words))
    where shape.inputs == words.words.count * words.places && shape.outputs == words.answers.count:
      self = .stories(words)
    default: return nil
    }
  }

  /// What to type, for help.
  package var usage: String {
    switch self {
    case .copy: "tell it a short text; ask without a question, and it says the text"
    case .repeatCopy:
      "tell it a short text; ask how often, and it says the text that often"
    case .recall:
      "tell it two to six words of three letters each; ask one of them, and it says the one after it"
    case .traversal(let places, let labels):
      "tell it edges such as \"A 1 B\" of \(places) places and \(labels) labels; ask \"A 1 2\", and it says the places it comes to"
    case .stories:
      "tell it sentences of the bAbI tasks 1 to 5; ask a question, and it says one word"
    }
  }

  // MARK: - Telling

  /// The inputs of something that is told.
  package func told(_ text: String) throws(Refusal) -> [[Float]] {
    switch self {
    case .copy:
      // A byte 0 ends it: its length, too, comes out of the memory.
      return Self.bytes(text).map { Self.bits($0, 8) + [0] } + [Self.bits(0, 8) + [0]]
    case .repeatCopy:
      return Self.bytes(text).map { Self.bits($0, 8) + [0, 0] }
    case .recall:
      var inputs: [[Float]] = []
      for word in text.split(separator: " ") {
        inputs.append([Float](repeating: 0, count: 6) + [1, 0])
        inputs += try Self.letters(String(word)).map { Self.bits($0, 6) + [0, 0] }
      }
      return inputs
    case .traversal(let places, let labels):
      let parts = text.split(separator: " ").map(String.init)
      guard parts.count == 3, let from = Self.place(parts[0], of: places),
        let label = Self.label(parts[1], of: labels), let to = Self.place(parts[2], of: places)
      else { throw .unreadable(text, expected: "an edge such as \"A 1 B\"") }
      var input = [Float](repeating: 0, count: 2 * places + labels + 3)
      for index in [from, places + label, places + labels + to, 2 * places + labels] {
        input[index] = 1
      }
      return [input]
    case .stories(let vocabulary):
      var steps: [[Float]] = []
      for sentence in text.split(whereSeparator: { ".!\n".contains($0) })
      where sentence.contains(where: { !$0.isWhitespace }) {
        steps.append(try Self.sentence(String(sentence), vocabulary))
      }
      guard !steps.isEmpty else { throw .unreadable(text, expected: "a sentence") }
      return steps
    }
  }

  // MARK: - Asking

  /// The inputs of a question, and those under which the answer is said.
  package func asked(
    _ question: String
  ) throws(Refusal) -> (question: [[Float]], answer: [[Float]]) {
    switch self {
    case .copy:
      return ([Self.bits(0, 8) + [1]], Self.silence(9, 128))
    case .repeatCopy:
      guard let times = Int(question.trimmingCharacters(in: .whitespacesAndNewlines)),
        (1...20).contains(times)
      else {
        throw .unreadable(question, expected: "how often, 1 to 20")
      }
      let mark = Self.bits(0, 8) + [1, (Float(times) - 5.5) / 2.8723]
      return ([mark], Self.silence(10, 256))
    case .recall:
      let mark = [Float](repeating: 0, count: 7) + [1]
      let word = try Self.letters(question.trimmingCharacters(in: .whitespacesAndNewlines)).map {
        Self.bits($0, 6) + [0, 0]
      }
      return ([mark] + word + [mark], Self.silence(8, 3))
    case .traversal(let places, let labels):
      let parts = question.split(separator: " ").map(String.init)
      guard parts.count >= 2, parts.count <= 17, let start = Self.place(parts[0], of: places) else {
        throw .unreadable(question, expected: "a place and labels such as \"A 1 2\"")
      }
      let width = 2 * places + labels + 3
      var inputs: [[Float]] = []
      for (step, text) in parts.dropFirst().enumerated() {
        guard let label = Self.label(text, of: labels) else {
          throw .unreadable(question, expected: "a place and labels such as \"A 1 2\"")
        }
        var input = [Float](repeating: 0, count: width)
        if step == 0 { input[start] = 1 }
        input[places + label] = 1
        input[2 * places + labels + 1] = 1
        inputs.append(input)
      }
      var mark = [Float](repeating: 0, count: width)
      mark[width - 1] = 1
      return (inputs + [mark], [[Float]](repeating: mark, count: parts.count - 1))
    case .stories(let vocabulary):
      // The answer is said at the step of the question itself.
      return ([], [try Self.sentence(question, vocabulary)])
    }
  }

  /// Whether an output is the last of an answer.
  package func isLast(_ output: [Float]) -> Bool {
    switch self {
    case .copy: output.allSatisfy { $0 <= 0 }
    case .repeatCopy: (output.last ?? 0) > 0
    default: false
    }
  }

  /// What the outputs of an answer say, without the last one of a task that has a mark for it.
  package func said(_ outputs: [[Float]]) -> String {
    switch self {
    case .copy, .repeatCopy:
      String(decoding: outputs.map { UInt8(Self.number($0.prefix(8))) }, as: UTF8.self)
    case .recall:
      String(outputs.map { Self.alphabet[Self.number($0[...])] })
    case .traversal:
      outputs.map { Self.name(ofPlace: Self.largest($0)) }.joined(separator: " ")
    case .stories(let vocabulary):
      outputs.map { vocabulary.answers[Self.largest($0)] }.joined(separator: " ")
    }
  }

  // MARK: - Letters and numbers

  /// Sixty-four letters, six bits each.
  private static let alphabet = Array(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")

  private static func bytes(_ text: String) -> [Int] { text.utf8.filter { $0 != 0 }.map(Int.init) }

  private static func letters(_ word: String) throws(Refusal) -> [Int] {
    let places = word.compactMap { alphabet.firstIndex(of: $0) }
    guard places.count == 3, word.count == 3 else {
      throw .unreadable(word, expected: "a word of three letters or digits")
    }
    return places
  }

  private static func bits(_ number: Int, _ count: Int) -> [Float] {
    (0..<count).map { Float(number >> $0 & 1) }
  }

  private static func number(_ outputs: ArraySlice<Float>) -> Int {
    outputs.enumerated().reduce(0) { $0 + ($1.element > 0 ? 1 << $1.offset : 0) }
  }

  private static func silence(_ inputs: Int, _ steps: Int) -> [[Float]] {
    [[Float]](repeating: [Float](repeating: 0, count: inputs), count: steps)
  }

  private static func largest(_ values: [Float]) -> Int {
    values.indices.max { (values[$0], $1) < (values[$1], $0) } ?? 0
  }

  private static func place(_ text: String, of count: Int) -> Int? {
    (0..<count).first { name(ofPlace: $0) == text.uppercased() }
  }

  private static func name(ofPlace place: Int) -> String {
    String(UnicodeScalar(UInt8(ascii: "A") + UInt8(place % 26)))
  }

  private static func label(_ text: String, of count: Int) -> Int? {
    Int(text).flatMap { (1...count).contains($0) ? $0 - 1 : nil }
  }

  private static func sentence(
    _ text: String, _ vocabulary: CellVocabulary
  ) throws(Refusal) -> [Float] {
    let spaced = text.lowercased().map { $0 == "?" ? " ? " : $0.isLetter ? String($0) : " " }
    let words = spaced.joined().split(separator: " ").map(String.init)
    let count = vocabulary.words.count
    var input = [Float](repeating: 0, count: count * vocabulary.places)
    guard !words.isEmpty, words.count <= vocabulary.places else {
      throw .unreadable(text, expected: "1 to \(vocabulary.places) words")
    }
    for (place, word) in words.enumerated() {
      guard let number = vocabulary.words.firstIndex(of: word) else {
        throw .unreadable(word, expected: "one of the \(count) words it was trained on")
      }
      input[place * count + number] = 1
    }
    return input
  }
}
