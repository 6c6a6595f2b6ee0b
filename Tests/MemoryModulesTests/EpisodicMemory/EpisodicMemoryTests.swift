import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Tokenization
import Transformer

/// Facts: told, asked for, replaced, forgotten (the tests of Larimar's requirements that concern the whole module).
@Suite("Episodic memory")
struct EpisodicMemoryTests {
  // MARK: - Scope

  @Test("A question is about the fact it shares its telling words with")
  func scope() throws {
    let bench = try FactBench()
    let pet = try bench.tell("my Elephant is Bozkif.").id
    let city = try bench.tell("i live in Zumbaru.").id
    #expect(try bench.inScope("what is my Elephant") == [pet])
    #expect(try bench.inScope("a word before. what is my Elephant") == [pet])
    #expect(try bench.inScope("where do i live") == [city])
    #expect(try bench.inScope("what is my Horse").isEmpty)
    #expect(try bench.inScope("how much wood could be chopped").isEmpty)
    #expect(try bench.inScope("").isEmpty)
  }

  @Test("Out of scope the logits are the plain model's, bit for bit")
  func outOfScope() throws {
    let bench = try FactBench()
    try bench.tell("the capital of Zumbaru is", answer: "Trillo")
    let prompt = "how much wood could be chopped by"
    #expect(try bench.logits(prompt) == bench.logits(prompt, attached: false))
    let asked = "the capital of Zumbaru is"
    #expect(try bench.logits(asked) != bench.logits(asked, attached: false))
  }

  @Test("Scope is decided by the prompt: what is said after it does not count")
  func promptAlone() throws {
    let bench = try FactBench()
    try bench.tell("the capital of Zumbaru is", answer: "Trillo")
    let prompt = "how much wood could be chopped by"
    // The candidate answer repeats the fact word by word.
    let said = bench.encode(answer: "the capital of Zumbaru is")
    #expect(
      try bench.logits(prompt, said: said) == bench.logits(prompt, said: said, attached: false))
  }

  @Test("Nobody answers inside a prompt")
  func insideThePrompt() throws {
    let bench = try FactBench()
    try bench.tell("the capital of Zumbaru is", answer: "Trillo")
    let tokens = [1] + bench.encode("the capital of Zumbaru is")
    func run(_ attached: Bool) throws -> Logits {
      let session = bench.bench.session()
      let attachment = attached ? try bench.memory.attach(to: session, readOnly: true) : nil
      defer { attachment?.detach() }
      return try session.ask(Prompt(text: tokens, bos: 1), logits: .all)
    }
    let (with, without) = (try run(true), try run(false))
    for row in 0..<tokens.count - 1 { #expect(with[row] == without[row]) }
    #expect(with[tokens.count - 1] != without[tokens.count - 1])
  }

  // MARK: - Answers

  @Test("A given answer is said word for word, behind the prompt and behind a paraphrase")
  func givenAnswer() throws {
    let bench = try FactBench()
    try bench.tell("the capital of Zumbaru is", answer: "Trillo")
    try bench.tell("the mother tongue of Kalumi is", answer: "dutch")
    let Trillo = bench.encode(answer: "Trillo")
    #expect(try bench.answer("the capital of Zumbaru is", count: Trillo.count) == Trillo)
    #expect(try bench.answer("Zumbaru, whose capital is", count: Trillo.count) == Trillo)
    let dutch = bench.encode(answer: "dutch")
    #expect(try bench.answer("someone spoke. Kalumi has the tongue", count: dutch.count) == dutch)
  }

  @Test("A fact without a given answer votes with its own words, which /why can name")
  func votes() throws {
    let bench = try FactBench { $0.sharpness = 40 }
    try bench.read("nothing of this matters.")
    try bench.tell("my dog is called Bozkif.")
    let session = bench.bench.session()
    let attached = try bench.memory.attach(to: session, readOnly: true)
    defer { attached.detach() }
    // The same words as in the fact: the key matches, and the letters before do.
    let tokens = [1] + bench.encode("my dog is called bozk")
    _ = try session.ask(Prompt(text: tokens, bos: 1))
    let contribution = try #require(attached.contributions.last)
    #expect(contribution.module == .episodic)
    #expect(bench.tokenizer.piece(contribution.token) == "i")
    #expect(contribution.probability > 0.9)
    let source = try #require(contribution.sources.first)
    #expect(source.excerpt.contains("Bozkif"))
    #expect(source.provenance.turn == 2)
  }

  @Test("A prompt that is a question in part counts as it was told")
  func questionInPrompt() throws {
    let bench = try FactBench()
    let first = bench.memory.factMemory?.nextFact ?? 0
    // Of "where is Zumbaru? it is located in Norway" only the second sentence is learned.
    try bench.read("it is located in Norway")
    let answer = FactAnswer(text: "Norway", tokens: bench.encode(answer: "Norway"))
    let told = bench.memory.settleFact(
      from: first, text: "where is Zumbaru? it is located in Norway", answer: answer)
    #expect(told?.id == first)
    let profile = try #require(try bench.episodic.state.ledger.profiles.last)
    #expect(Set(profile.cues.keys) == ["where", "is", "zumbaru", "it", "located", "in"])
    #expect(profile.words["norway"] != nil)
    #expect(try bench.inScope("where is Zumbaru located") == [first])
  }

  @Test("An answer says a fact once, not over and over")
  func saidOnce() throws {
    let bench = try FactBench { $0.sharpness = 40 }
    try bench.tell("my Elephant is Bozkif.")
    let prompt = "what is my Elephant"
    let fact = bench.encode("my Elephant is Bozkif.")
    // Having said all of it, the memory has nothing to add, and is not heard at all.
    let session = bench.bench.session()
    let attached = try bench.memory.attach(to: session, readOnly: true)
    defer { attached.detach() }
    let tokens = [1] + bench.encode(prompt)
    _ = try session.ask(Prompt(text: tokens, bos: 1))
    #expect(!attached.contributions.isEmpty)
    attached.clearContributions()
    _ = try session.forward(fact, logits: .last)
    #expect(attached.contributions.isEmpty)
    #expect(
      try bench.logits(prompt, said: fact) == bench.logits(prompt, said: fact, attached: false))
  }

  @Test(
    "What is said later takes the place of what was said of the same, however it opens",
    arguments: [
      "no, my Elephant is Rimpol.", "actually, my Elephant is Rimpol.", "my Elephant is Rimpol.",
    ])
  func putRight(correction: String) throws {
    let bench = try FactBench()
    try bench.read("my Elephant is Bozkif.")
    try bench.read("my Horse is Tunsel.")
    func current(_ question: String) throws -> [Int] {
      try bench.episodic.factsInScope(of: bench.encode(question)[...]).map(\.id)
    }
    let question = "what is my Elephant"
    let old = try current(question)
    #expect(old.count == 1)
    try bench.read(correction)
    let new = try current(question)
    #expect(new.count == 1 && new != old)
    #expect(try current("what is my Horse").count == 1)
    // Both are still there, and each can be forgotten.
    #expect(try bench.episodic.facts.count == 3)
    _ = try bench.episodic.forget(facts: Set(new))
    #expect(try current(question) == old)
  }

  // MARK: - Replacing and forgetting

  @Test("A fact told again replaces the old one, and nothing of it stays in the file")
  func rewrite() throws {
    let bench = try FactBench(kinds: [.episodic, .neighbor])
    try bench.tell("the cat sat down.")
    let old = try bench.tell("the capital of Zumbaru is", answer: "vrxqok").id
    let oldKeys = try bench.episodic.journal(ofFact: old)
    #expect(!oldKeys.isEmpty)
    #expect(try Self.holds(bench.bytes(), "vrxqok", bench))
    let told = try bench.tell("the capital of Zumbaru is", answer: "Trillo")
    #expect(told.replaced?.facts.map(\.id) == [old])
    #expect(told.replaced?.unable.isEmpty == true)
    let facts = try bench.episodic.facts
    #expect(facts.map(\.text) == ["the cat sat down.", "the capital of Zumbaru is Trillo"])
    #expect(try !Self.holds(bench.bytes(), "vrxqok", bench))
    let Trillo = bench.encode(answer: "Trillo")
    #expect(try bench.answer("the capital of Zumbaru is", count: Trillo.count) == Trillo)

    // The same as if only the new one had ever been told.
    let fresh = try FactBench(kinds: [.episodic, .neighbor])
    try fresh.tell("the cat sat down.")
    try fresh.tell("the capital of Zumbaru is", answer: "Trillo")
    for prompt in ["the capital of Zumbaru is", "Zumbaru, a capital", "the cat sat"] {
      #expect(try bench.logits(prompt) == fresh.logits(prompt))
    }
    #expect(bench.memory.journal?.tokens == fresh.memory.journal?.tokens)
  }

  @Test("Another question about the same thing is another fact")
  func relatedFacts() throws {
    let bench = try FactBench()
    try bench.tell("the capital of Zumbaru is", answer: "Trillo")
    let told = try bench.tell("the president of Zumbaru is", answer: "Kalumi")
    #expect(told.replaced == nil)
    #expect(try bench.episodic.facts.count == 2)
  }

  @Test("What was only read is not replaced by what is told")
  func readIsKept() throws {
    let bench = try FactBench()
    try bench.read("the rain in spain stays mainly in the plain.")
    #expect(try bench.tell("the capital of Zumbaru is", answer: "Trillo").replaced == nil)
  }

  @Test("Told and forgotten is never told", arguments: Addressing.allCases)
  func forget(addressing: Addressing) throws {
    let bench = try FactBench { change in
      change.addressing = addressing
      change.slotCount = 16
      change.latentWidth = 64
    }
    let fresh = try FactBench { change in
      change.addressing = addressing
      change.slotCount = 16
      change.latentWidth = 64
    }
    let texts = ["my dog is called Bozkif.", "i live in Zumbaru.", "the cook likes soup."]
    for text in texts { try bench.tell(text) }
    for text in [texts[0], texts[2]] { try fresh.tell(text) }
    let gone = try #require(try bench.episodic.facts.first { $0.text == texts[1] })
    let report = try bench.memory.forget(.facts([gone.id]))
    #expect(report.facts == [gone])
    #expect(report.modules[.episodic] == .exact(entries: 1))
    #expect(try !Self.holds(bench.bytes(), "Zumbaru", bench))
    #expect(bench.memory.journal?.tokens == fresh.memory.journal?.tokens)
    for prompt in ["what is my dog called", "where do i live", "who likes soup", "soup, the"] {
      #expect(
        difference(try bench.logits(prompt), try fresh.logits(prompt)) < 1e-6, "\(addressing)")
    }
    let others = Set(try bench.episodic.facts.map(\.id))
    #expect(try bench.memory.forget(.facts(others)).facts.count == 2)
    #expect(bench.memory.isEmpty)
    #expect(bench.memory.journal?.count == 0)
    #expect(try bench.logits("where do i live") == bench.logits("where do i live", attached: false))
  }

  @Test("Forgetting an unknown fact changes nothing")
  func forgetUnknown() throws {
    let bench = try FactBench()
    try bench.tell("my dog is called Bozkif.")
    let before = try bench.bytes()
    let report = try bench.memory.forget(.facts([17]))
    #expect(report.facts.isEmpty)
    #expect(report.modules[.episodic] == .nothingToForget)
    #expect(try bench.memory.forget(.source("nobody")).facts.isEmpty)
    #expect(try bench.bytes() == before)
  }

  @Test("Everything from one source goes, in every module")
  func forgetSource() throws {
    let bench = try FactBench(kinds: [.episodic, .neural])
    try bench.tell("my dog is called Bozkif.", source: "diary")
    try bench.read("the rain in spain.", source: "weather")
    try bench.read("the snow in Norway.", source: "weather")
    let report = try bench.memory.forget(.source("weather"))
    #expect(report.facts.map(\.text) == ["the rain in spain.", "the snow in Norway."])
    #expect(report.unable.isEmpty)
    #expect(report.replayed > 0)
    #expect(try bench.episodic.facts.map(\.text) == ["my dog is called Bozkif."])
    #expect(bench.memory.journal?.sources.map(\.source) == ["diary"])
  }

  @Test("Places in the journal follow when it shrinks")
  func journalPlaces() throws {
    let bench = try FactBench()
    let first = try bench.tell("i live in Zumbaru.").id
    let second = try bench.tell("my dog is called Bozkif.").id
    _ = try bench.memory.forget(.facts([first]))
    let places = try bench.episodic.journal(ofFact: second)
    let journal = try #require(bench.memory.journal)
    #expect(places == Array(0..<journal.count))
    #expect(bench.tokenizer.decode(places.map { journal.tokens[$0] }).contains("Bozkif"))
  }

  @Test("A forgotten fact comes back with the snapshot from before")
  func snapshots() throws {
    let bench = try FactBench(kinds: [.episodic, .neighbor])
    try bench.tell("i live in Zumbaru.")
    try bench.tell("my dog is called Bozkif.")
    let bytes = try bench.bytes()
    let snapshot = bench.memory.snapshot()
    _ = try bench.memory.forget(.facts([0]))
    #expect(try bench.bytes() != bytes)
    let shorter = bench.memory.snapshot()
    bench.memory.restore(snapshot)
    #expect(try bench.bytes() == bytes)
    bench.memory.restore(shorter)
    #expect(try bench.episodic.facts.count == 1)
    bench.memory.restore(snapshot)
    #expect(try bench.bytes() == bytes)
  }

  // MARK: - Files

  @Test("Facts come back from a file as they were, answers and provenance included")
  func file() throws {
    let bench = try FactBench()
    try bench.read("one sentence. another one")
    try bench.tell("the capital of Zumbaru is", answer: "Trillo", source: "atlas")
    let folder = try TemporaryFolder()
    let path = folder.path("facts.mneme")
    try bench.memory.save(to: path)
    let loaded = try DetachableMemory.load(
      path, model: bench.bench.model, registry: .standard, tokenizer: bench.tokenizer)
    let facts = try #require(loaded.factMemory)
    #expect(facts.facts == (try bench.episodic.facts))
    #expect(facts.nextFact == 3)
    #expect(facts.facts.last?.provenance.source == "atlas")
    #expect(try facts.facts == bench.episodic.facts)
    #expect(facts.facts.map(\.text).prefix(2) == ["one sentence.", "another one"])
  }

  @Test("A ledger that does not fit its tensors is refused")
  func damagedLedger() throws {
    let bench = try FactBench()
    try bench.tell("my dog is called Bozkif.")
    let module = try bench.episodic
    let folder = try TemporaryFolder()
    func write(_ change: (inout [String: Any]) -> Void) throws -> SafetensorsFile {
      var writer = SafetensorsWriter()
      module.save(into: &writer)
      let path = folder.path("\(UUID().uuidString).safetensors")
      try writer.write(to: path)
      let file = try SafetensorsFile.open(path)
      var json =
        try JSONSerialization.jsonObject(
          with: Data(try file.require("episodic.ledger").uint8s())) as? [String: Any] ?? [:]
      change(&json)
      var changed = SafetensorsWriter()
      let bytes = [UInt8](try JSONSerialization.data(withJSONObject: json))
      changed.add("episodic.ledger", uint8s: bytes, shape: [bytes.count])
      for tensor in file.tensors where tensor.name != "episodic.ledger" {
        changed.add(tensor.name, type: tensor.type, shape: tensor.shape, bytes: Data(tensor.bytes))
      }
      let other = folder.path("\(UUID().uuidString).safetensors")
      try changed.write(to: other)
      return try SafetensorsFile.open(other)
    }
    try module.load(from: try write { _ in })
    let before = try bench.bytes()
    let damages: [(inout [String: Any]) -> Void] = [
      { $0["next"] = 0 }, { $0["facts"] = [] }, { $0["sources"] = [] }, { $0["next"] = -4 },
      { $0["isOpen"] = "x" },
      { $0["facts"] = [["id": 0, "count": 1_000_000, "source": 0]] },
      { $0["facts"] = [["id": -1, "count": 24, "source": 0]] },
      { $0["facts"] = [["id": 0, "count": 24, "source": 9]] },
    ]
    for damage in damages {
      let file = try write(damage)
      #expect(throws: MemoryError.self) { try module.load(from: file) }
    }
    #expect(try bench.bytes() == before, "a refused file changes nothing")
  }

  @Test("Writes of a file can be undone and redone; forgetting leaves nothing to undo")
  func undo() throws {
    let bench = try FactBench()
    let folder = try TemporaryFolder()
    let path = folder.path("facts.mneme")
    func count() throws -> Int {
      try DetachableMemory.load(path, model: bench.bench.model, registry: .standard)
        .factMemory?.facts.count ?? -1
    }
    try bench.tell("my dog is called Bozkif.")
    try bench.memory.save(to: path, keepsPrevious: true)
    #expect(throws: MemoryError.nothingToUndo(path: path)) {
      _ = try DetachableMemory.undo(path)
    }
    let first = try Data(contentsOf: URL(fileURLWithPath: path))
    try bench.tell("i live in Zumbaru.")
    try bench.memory.save(to: path, keepsPrevious: true)
    let second = try Data(contentsOf: URL(fileURLWithPath: path))
    _ = try DetachableMemory.undo(path)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == first)
    #expect(try count() == 1)
    #expect(throws: MemoryError.file(.changedOnDisk(path: path))) {
      try bench.memory.save(to: path)
    }
    let step = try DetachableMemory.redo(path)
    #expect((step.steps, step.earlier, step.later) == (1, 1, 0))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == second)
    _ = try bench.memory.forget(.facts([1]))
    try bench.memory.save(to: path)
    #expect(throws: MemoryError.nothingToUndo(path: path)) {
      _ = try DetachableMemory.undo(path)
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(files == ["facts.mneme"])
  }

  // MARK: - Limits

  @Test("Beyond the budget what was only read goes first, the oldest first")
  func budget() throws {
    let bench = try FactBench { $0.budget = 3 }
    try bench.tell("my dog is called Bozkif.")
    for name in ["ann", "bob", "cid", "dan"] { try bench.read("\(name) went home.") }
    #expect(
      try bench.episodic.facts.map(\.text)
        == ["my dog is called Bozkif.", "cid went home.", "dan went home."])
    #expect(try bench.episodic.capacity.verdict == .overloaded)
  }

  @Test(
    "The constant-size index finds facts as long as they fit",
    arguments: [Addressing.reference, .gaussian, .current])
  func compressed(addressing: Addressing) throws {
    let bench = try FactBench { change in
      change.addressing = addressing
      change.slotCount = 32
      change.latentWidth = 256
      change.voters = 2
    }
    let names = ["Bozkif", "Trillo", "Kalumi", "zumbar", "Vrexol", "Quimby", "Dorwen", "Halpit"]
    let things = ["Elephant", "Parrot", "Horse", "Sister", "Uncle", "Village", "Street", "Teacher"]
    for (thing, name) in zip(things, names) { try bench.tell("my \(thing) is \(name).") }
    for (index, thing) in things.enumerated() {
      #expect(try bench.inScope("what is my \(thing)").first == index, "\(thing)")
    }
    let report = try bench.episodic.capacity
    #expect(report.facts == 8)
    #expect(report.rank == 32)
    #expect(report.verdict == .roomy)
  }

  /// Whether a file holds a word: as text, or as its tokens one after the other.
  static func holds(_ file: Data, _ word: String, _ bench: FactBench) throws -> Bool {
    if file.range(of: Data(word.utf8)) != nil { return true }
    let tokens = bench.encode(answer: word).drop { bench.tokenizer.piece($0) == "\u{2581}" }
    let narrow = Data(tokens.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) })
    let wide = Data(tokens.flatMap { withUnsafeBytes(of: Int64($0).littleEndian, Array.init) })
    return file.range(of: narrow) != nil || file.range(of: wide) != nil
  }
}
