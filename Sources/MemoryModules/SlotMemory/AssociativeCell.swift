package import Memory
package import ModelFiles

/// The algorithm of a slot memory as a value: keys are written with what they stand for, and a key is read back as a score
/// per item.
///
/// An item is a number: a token of the vocabulary, or the number of a sentence (`SlotMemory.item(of:)`). `SlotMemory` makes a
/// whole kind of memory of a cell: sentences, recalled text, mixing, the file.
package protocol AssociativeCell: Sendable {
  associatedtype Options: SlotConfiguration

  /// The description of the kind.
  static var about: ModuleDescription { get }

  /// An empty cell for keys of some width, which are of length 1.
  init(_ options: Options, columns: Int)

  /// Writes a key, [columns], with what it stands for.
  mutating func write(_ key: [Float], item: Int32)
  /// What is written from now on belongs to another session.
  mutating func beginSession()
  /// How well each item fits a key, [items]: about 1 for what was written with that very key, about 0 for the rest.
  func scores(_ key: [Float], among items: ItemCodes) -> [Float]

  /// Bytes of learned state.
  var stateBytes: Int { get }
  /// What else is to say of the place of a key, for people: "61 locations"; nil for nothing.
  func remark(of key: [Float]) -> String?

  /// Adds the state to a file as tensors `<name>.<tensor>`.
  func save(_ name: String, into writer: inout SafetensorsWriter)
  /// Replaces the state by a file's contents; every length and value is checked.
  ///
  /// - Throws: `MemoryError.file` and `.malformed`.
  mutating func load(_ name: String, from file: SafetensorsFile) throws(MemoryError)
}

extension AssociativeCell {
  package mutating func beginSession() {}
  package func remark(of key: [Float]) -> String? { nil }

  /// What a state that does not fit is reported as.
  static func malformed(_ file: SafetensorsFile, expected: String) -> MemoryError {
    .malformed(
      path: file.path, what: "the state of the memory '\(about.kind)' is not sound",
      expected: expected)
  }
}

/// The configuration of a slot memory: what all of them share, beside the cell's own options.
package protocol SlotConfiguration: ModuleConfiguration {
  /// How sentences are kept, found in scope, and reach the model.
  var texts: EpisodicConfiguration { get set }
  /// Sentences that the cell proposes for a question; whether one of them answers it is then decided by words and meaning.
  var candidates: Int { get }
  /// Sharpness of the softmax over scores of next tokens.
  var sharpness: Float { get }
  /// Reads in a row for a question, each beginning with what the one before found; 1 for all but memory networks.
  var hops: Int { get }
  /// The options of the cell of sentences; the same as those of words unless a kind says otherwise.
  var ofSentences: Self { get }
}

/// The configuration of a slot memory that learns by steps against its error.
package protocol SteppedSlotConfiguration: SlotConfiguration {
  /// The share of an error that one writing makes up for.
  var rate: Float { get set }
  /// The same for sentences. A question never has the very key of what was told: whole steps, which make each key's own reading
  /// exact, leave large errors between keys that are alike. On SmolLM2, of 20 facts among 120 sentences, fast weights find 11 with
  /// 1 and 18 with 0.2.
  var sentenceRate: Float { get }
}

extension SteppedSlotConfiguration {
  package var ofSentences: Self {
    var options = self
    options.rate = sentenceRate
    return options
  }

  /// Whether both are in range.
  var areRatesSound: Bool {
    [rate, sentenceRate].allSatisfy { $0.isFinite && $0 > 0 && $0 <= 1 }
  }
}

extension SlotConfiguration {
  package var hops: Int { 1 }
  package var ofSentences: Self { self }

  /// Whether the shared values are in range.
  var isSharedSound: Bool {
    texts.isSound && (1...1024).contains(candidates) && sharpness.isFinite
      && (0.1...1000).contains(sharpness)
  }
}
