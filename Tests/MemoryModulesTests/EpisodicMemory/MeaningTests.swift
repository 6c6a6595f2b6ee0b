import Foundation
import Generation
import Memory
import MemoryModules
import TestSupport
import Testing
import Tokenization
import Transformer

/// Finding a fact by words and meaning, on a model that is met for the first time. Its weights are random, so its sentence
/// vectors say little: what other words find is first, but not sure.
@Suite("Recall by meaning")
struct MeaningTests {
  private static let facts = [
    "My cousin Quendra plays the harp.", "We moved to Tallinn last spring.",
    "The spare key is under the yellow pot.", "I work as a locksmith.",
    "Our boiler was repaired for 310 euros.", "My hamster is called Pelorin.",
  ]

  private func memory(_ told: [String]) throws -> (EpisodicMemory, TinyModel) {
    let tiny = try TinyModel()
    let model = try tiny.load()
    let tokenizer = try loadTokenizer(from: model.file)
    let adapter = try FirstMeeting(
      model: model, tokenizer: tokenizer,
      template: ChatTemplate(family: .chatml, tokenizer: tokenizer), registry: .standard
    ).run()
    return (try EpisodicMemory.told(told, to: model, tokenizer, adapter), tiny)
  }

  @Test(
    "Words, and other words for the same thing, find the fact",
    arguments: [
      ("Which instrument does my cousin play?", 0, Certainty.sure),
      ("What town do I live in?", 1, .no), ("Where is the spare key?", 2, .sure),
      ("What is my job?", 3, .no), ("What did the boiler cost?", 4, .perhaps),
      ("What's my hamster's name?", 5, .sure),
    ])
  func finds(question: String, fact: Int, certainty: Certainty) throws {
    let (memory, tiny) = try self.memory(Self.facts)
    _ = tiny
    let tokenizer = try #require(memory.context.tokenizer)
    let found = memory.recall(
      tokenizer.encode(question, addBOS: false, parseSpecial: false), limit: 3)
    #expect(found.first?.fact.text.contains(Self.facts[fact].dropLast()) == true, "\(found)")
    #expect(found.first.map { $0.certainty >= certainty } == true, "\(found)")
    #expect(found.first.map { $0.isInScope == ($0.certainty == .sure) } == true)
  }

  @Test(
    "Requests and general questions are about no fact",
    arguments: [
      "Write a poem about the sea.", "What is the square root of 81?", "Hello there!",
      "Thanks, that was kind.", "Explain how rain forms.",
    ])
  func outOfScope(message: String) throws {
    let (memory, tiny) = try self.memory(Self.facts)
    _ = tiny
    let tokenizer = try #require(memory.context.tokenizer)
    let found = memory.recall(
      tokenizer.encode(message, addBOS: false, parseSpecial: false), limit: 3)
    #expect(found.allSatisfy { $0.certainty < .sure }, "\(found)")
  }

  @Test("A file brings the vectors back; a file without them computes them")
  func file() throws {
    let (memory, tiny) = try self.memory(Self.facts)
    _ = tiny
    let meanings = memory.state.ledger.records.map(\.meaning)
    #expect(
      meanings.allSatisfy { vector in
        !vector.isEmpty && abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-3
      })
    #expect(Set(meanings).count == meanings.count)
  }

  @Test("Of two facts with the same words the one that was asked about comes first")
  func first() throws {
    let (memory, tiny) = try self.memory([
      "My sister is called Kekuva.", "My brother is called Dibitrul.",
      "My school is called Fifokar.",
    ])
    _ = tiny
    let tokenizer = try #require(memory.context.tokenizer)
    for (question, name) in [
      ("What is the name of my brother?", "Dibitrul"), ("What is my sister called?", "Kekuva"),
      ("What is the name of my school?", "Fifokar"),
    ] {
      let found = memory.recall(
        tokenizer.encode(question, addBOS: false, parseSpecial: false), limit: 3)
      #expect(found.first?.fact.text.contains(name) == true, "\(question): \(found)")
    }
  }

  @Test("Sums do not depend on the order of sets: the same scores each time")
  func isDeterministic() throws {
    let (memory, tiny) = try self.memory(Self.facts)
    _ = tiny
    let tokenizer = try #require(memory.context.tokenizer)
    let question = tokenizer.encode(
      "Where did we move last spring?", addBOS: false, parseSpecial: false)
    let first = memory.recall(question, limit: 6)
    for _ in 0..<5 { #expect(memory.recall(question, limit: 6) == first) }
  }

  @Test("A question about the user finds what was said of the user, not what shares more words")
  func ownName() throws {
    let (memory, tiny) = try self.memory([
      "My sister's name is Kekuva.", "Hello, I'm Dibitrul.", "My name day is in June.",
    ])
    _ = tiny
    let tokenizer = try #require(memory.context.tokenizer)
    let found = memory.recall(
      tokenizer.encode("What is my name?", addBOS: false, parseSpecial: false), limit: 3)
    #expect(found.first?.fact.text.contains("Dibitrul") == true, "\(found)")
    #expect(found.first?.evidence["mismatch"].map { $0 < 0 } == true)
  }

  @Test(
    "A sentence about her is found by the one that names her, and says nothing of it once that is forgotten"
  )
  func antecedent() throws {
    let (memory, tiny) = try self.memory([
      "My aunt lives in Tallinn. She is 81 and grows leeks.", "My uncle sells kites. I am 40.",
    ])
    _ = tiny
    let tokenizer = try #require(memory.context.tokenizer)
    let question = tokenizer.encode(
      "How old is my aunt?", addBOS: false, parseSpecial: false)
    let found = try #require(memory.recall(question, limit: 3).first)
    #expect(found.fact.text == "She is 81 and grows leeks.")
    #expect(found.statement == "My aunt lives in Tallinn. She is 81 and grows leeks.")
    let aunt = try #require(memory.facts.first { $0.text == "My aunt lives in Tallinn." })
    memory.forget(facts: [aunt.id])
    let left = memory.recall(question, limit: 3)
    #expect(left.allSatisfy { $0.statement?.contains("Tallinn") != true })
    // Without her name nothing is left that the question shares with the sentence but its kind of answer.
    #expect(left.allSatisfy { $0.certainty < .sure }, "\(left)")
  }
}

/// What was said later about the same thing answers for what was said first, without one retiring the other.
@Suite("Newer facts about one thing")
struct UpdateTests {
  private func memory(_ told: [String]) throws -> (EpisodicMemory, TinyModel) {
    let tiny = try TinyModel()
    let model = try tiny.load()
    let tokenizer = try loadTokenizer(from: model.file)
    let parameters = ModuleParameters(
      configuration: Data(#"{"readout":"text"}"#.utf8),
      gate: .closed(ReadoutGate.commonFeatureNames + EpisodicMemory.featureNames))
    let identity = (0..<64 * 64).map { Float($0 % 65 == 0 ? 1 : 0) }
    let part = try #require(
      KeyTransform.Part(
        point: .block(1, .ln2), mean: [Float](repeating: 0, count: 64), whitening: identity))
    let adapter = Adapter(
      fingerprint: ModelFingerprint(of: model), keys: KeyTransform(parts: [part]),
      modules: [.episodic: parameters])
    return (try EpisodicMemory.told(told, to: model, tokenizer, adapter), tiny)
  }

  private func first(_ question: String, _ told: [String]) throws -> String? {
    let (memory, tiny) = try self.memory(told)
    _ = tiny
    let tokenizer = try #require(memory.context.tokenizer)
    let found = memory.recall(
      tokenizer.encode(question, addBOS: false, parseSpecial: false), limit: 3)
    #expect(memory.currentFacts.count == told.count, "nothing is retired")
    return found.first?.fact.text
  }

  @Test(
    "With a word that says that something has changed",
    arguments: [
      (
        "I left my bicycle behind the bakery on Harrow Road.",
        "Someone wheeled the bicycle over to the museum, it's there now.",
        "Where did I leave my bicycle?"
      ),
      (
        "The tailor looks after our spare keys, in case.",
        "The spare keys are with the greengrocer now, safer there.", "Who has our spare keys?"
      ),
    ])
  func takesOver(first: String, later: String, question: String) throws {
    #expect(try self.first(question, [first, later])?.hasPrefix(later.prefix(20)) == true)
  }

  @Test(
    "Not of another thing, of other people, or without such a word",
    arguments: [
      (
        "My locker code is 4417.", "The code of my garage door is 9911 now.",
        "What is my locker code?"
      ),
      (
        "My sister works in a bakery.", "My brother works in a museum now.",
        "Where does my sister work?"
      ),
      (
        "Our boiler was repaired in March.", "The boiler is in the cellar.",
        "When was our boiler repaired?"
      ),
    ])
  func staysFirst(first: String, later: String, question: String) throws {
    #expect(try self.first(question, [first, later])?.hasPrefix(first.prefix(20)) == true)
  }
}

extension EpisodicMemory {
  /// A memory that begins with an adapter and was told some sentences, each in an empty context.
  static func told(
    _ sentences: [String], to model: TransformerModel, _ tokenizer: any Tokenizer,
    _ adapter: Adapter
  ) throws -> EpisodicMemory {
    let memory = try DetachableMemory.create(
      kinds: [.episodic], model: model, tokenizer: tokenizer, adapter: adapter)
    let session = TransformerSession(model: model)
    let attached = try memory.attach(to: session)
    defer { attached.detach() }
    for text in sentences {
      session.reset()
      let tokens = tokenizer.encode(text + "\n", addBOS: true, parseSpecial: false)
      try Workbench.feed(tokens, to: session)
    }
    return try #require(memory.modules.first as? EpisodicMemory)
  }
}
