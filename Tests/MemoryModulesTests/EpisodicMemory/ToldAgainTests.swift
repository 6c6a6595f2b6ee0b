import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// What is told again is one fact, and what is corrected holds no longer.
@Suite("Told again and corrected")
struct ToldAgainTests {
  /// Reads messages as one conversation of a user.
  private func say(
    _ messages: [String], to bench: FactBench, conversation: String = "chat", role: Role = .user
  ) throws {
    let start = bench.memory.factMemory?.nextFact ?? 0
    for (number, text) in messages.enumerated() {
      let session = bench.bench.session()
      let attached = try bench.memory.attach(to: session)
      defer { attached.detach() }
      let tokens = [1] + bench.encode(text)
      _ = try session.forward(tokens, logits: .none)
      try session.commit(
        through: tokens.count,
        provenance: Provenance(
          conversation: conversation, turn: start + number, role: role, source: conversation,
          time: 1_000 + Double(start + number)),
        learnable: tokens.indices.map { $0 > 0 }, endsSegment: true)
    }
  }

  private func current(_ bench: FactBench) throws -> [String] {
    try bench.episodic.currentFacts.map(\.text)
  }

  /// What the facts that hold say by themselves.
  private func statements(_ bench: FactBench) throws -> [String] {
    let episodic = try bench.episodic
    return episodic.currentFacts.map {
      episodic.state.ledger.statement(of: $0.id) ?? $0.text
    }
  }

  // MARK: - Told again

  @Test("A sentence that is told again is one fact, with the newest provenance")
  func again() throws {
    let bench = try FactBench()
    try say(["My dog is called Bozkif."], to: bench, conversation: "a")
    try say(["my dog is called Bozkif.", "I live in Zumbaru."], to: bench, conversation: "b")
    #expect(try current(bench) == ["my dog is called Bozkif.", "I live in Zumbaru."])
    #expect(try bench.inScope("what is my dog called").count == 1)
    let sources = try bench.episodic.currentFacts.map(\.provenance.source)
    #expect(sources == ["b", "b"])
    // Forgetting either source leaves the other's.
    let before = bench.memory.snapshot()
    _ = try bench.memory.forget(.source("a"))
    #expect(try current(bench) == ["my dog is called Bozkif.", "I live in Zumbaru."])
    bench.memory.restore(before)
    _ = try bench.memory.forget(.source("b"))
    #expect(try current(bench) == ["My dog is called Bozkif."])
  }

  @Test("A text that is learned twice is there once; another letter makes another fact")
  func twice() throws {
    let bench = try FactBench()
    for name in ["x", "y"] {
      try say(["The tower of Zumba is in Krell."], to: bench, conversation: name, role: .document)
    }
    try say(["The tower of zumba is in Krell."], to: bench, conversation: "z", role: .document)
    #expect(
      try current(bench) == ["The tower of Zumba is in Krell.", "The tower of zumba is in Krell."])
    #expect(try bench.episodic.facts.count == 3)
  }

  @Test("A fact that is written twice is there once, however it is worded")
  func written() throws {
    let bench = try FactBench()
    for _ in 0..<2 { try bench.tell("Bozkif barks.") }
    #expect(try bench.episodic.facts.map(\.text) == ["Bozkif barks."])
    try say(["Bozkif barks."], to: bench)
    #expect(try current(bench) == ["Bozkif barks."])
  }

  @Test("Of what there may be several, writing one replaces none")
  func several() throws {
    let bench = try FactBench()
    let texts = [
      "I like tea.", "I like jazz.", "I am tired.", "I am Ann.", "my aunt has a dog.",
      "my aunt has a cat.",
    ]
    for text in texts { #expect(try bench.tell(text).replaced == nil, "\(text)") }
    #expect(try current(bench) == texts)
    #expect(try bench.tell("my Elephant is Bozkif.").replaced == nil)
    #expect(try bench.tell("my Elephant is Trillo.").replaced?.facts.count == 1)
  }

  @Test("The digits of a fact name all its tellings")
  func handle() throws {
    let bench = try FactBench()
    try say(["My dog is called Bozkif."], to: bench, conversation: "a")
    try say(["My dog is called Bozkif."], to: bench, conversation: "b")
    let shown = try #require(try bench.episodic.currentFacts.first)
    let named = try bench.memory.facts(handle: shown.handle)
    #expect(named.count == 2)
    _ = try bench.memory.forget(.facts(Set(named.map(\.id))))
    #expect(try !EpisodicMemoryTests.holds(bench.bytes(), "Bozkif", bench))
  }

  // MARK: - Corrections

  @Test(
    "A correction retires what it corrects and reads well alone",
    arguments: [
      (["My dog is called Bozkif."], "No, my dog is called Trillo.", "My dog is called Trillo."),
      (
        ["My cat is called Miso."], "Actually no, sorry, she's called Nori.",
        "My cat is called Nori."
      ),
      (["My cat is called Miso."], "Actually no, she's called Nori", "My cat is called Nori."),
      (
        ["My meeting is on Monday."], "The meeting got moved to Wednesday.",
        "My meeting is on Wednesday."
      ),
      (["My exam is on Monday."], "Sorry, I meant Thursday.", "My exam is on Thursday."),
      (["My exam is on Monday."], "Wait, it's on Friday.", "My exam is on Friday."),
      (["I live in Leeds."], "I moved, I'm living in York now.", "I'm living in York now."),
      (["I live in Leeds."], "We moved to Porto.", "We moved to Porto."),
      (["My sister lives in Leeds."], "My sister moved to Rome.", "My sister moved to Rome."),
      (
        ["My favourite food is sushi."], "I've changed my mind, my favourite food is ramen.",
        "My favourite food is ramen."
      ),
      (["My car is red."], "I had my car repainted, it's silver now.", "My car is silver."),
      (["My son is called Jonah."], "I meant Jonas, not Jonah.", "My son is called Jonas."),
      (["My name is Katrin."], "my name isn't Katrin, it's Katja", "My name is Katja."),
      (["I am 41 years old."], "Correction: I am 42.", "I am 42."),
      (
        ["My uncle is called Rolf."], "I made a mistake, his name isn't Rolf, it's Ralf.",
        "My uncle is called Ralf."
      ),
      (["I live in Leeds."], "I don't live in Leeds anymore.", "I don't live in Leeds anymore."),
      (["I work at Shell."], "I no longer work at Shell.", "I no longer work at Shell."),
      (["My daughter is 3."], "My daughter is 4 now.", "My daughter is 4 now."),
      (["My bike is blue."], "Actually, it's green.", "My bike is green."),
      (
        ["My boat is called Halpit."], "Oops, its name is Tarn, not Halpit.",
        "My boat is called Tarn."
      ),
    ])
  func corrected(told: [String], correction: String, statement: String) throws {
    let bench = try FactBench()
    let others = ["My brother is called Bo.", "My aunt lives in Rome.", "I have two cars."]
    try say(others + told, to: bench)
    try say([correction], to: bench)
    #expect(try statements(bench) == others + [statement])
    #expect(try current(bench) == others + [correction])
    // Forgetting the correction brings the old value back.
    let last = try #require(try bench.episodic.currentFacts.last)
    _ = try bench.memory.forget(.facts([last.id]))
    #expect(try current(bench) == others + told)
  }

  @Test(
    "Nothing unrelated is retired",
    arguments: [
      "Actually, I like jazz.", "No, that is fine.", "Sorry, I'm late.", "My train is late now.",
      "I am tired now.", "We moved the sofa to the wall.", "I changed the oil in my car.",
      "My sister has a new dog now.", "I have two dogs now.", "My friend Tim lives in Dover now.",
      "Wait, there is more.", "I moved in with Kim last week.", "My dog is sick now.",
      "My garden is green now.", "The shop is closed on Monday now.", "Actually my aunt is 71.",
      "No, I don't smoke.", "I'm not hungry.", "It's raining now.", "I am a teacher.",
      "My dog has 2 toys.", "My cousin is called Ida.", "My dog likes Ben.",
    ])
  func unrelated(text: String) throws {
    let bench = try FactBench()
    let told = [
      "I live in Leeds.", "My dog is called Bozkif.", "My sister lives in Oslo.", "I am 41.",
      "My car is red.", "My exam is on Monday.", "My name is Ann.", "I like tea.", "I am a nurse.",
      "My friend is called Ben.", "My cousin is called Bea.", "My dog is brown.",
    ]
    try say(told, to: bench)
    try say([text], to: bench)
    #expect(try current(bench) == told + [text])
  }

  @Test(
    "The same of the same, told anew, holds without a word of correction",
    arguments: [
      ("My dog is called Bozkif.", "My dog is called Trillo."),
      ("I live in Leeds.", "I live in York."),
      ("My favourite colour is blue.", "My favourite colour is green."),
      ("My password is abc.", "My password is xyz."), ("I am 41 years old.", "I am 42 years old."),
    ])
  func anew(old: String, new: String) throws {
    let bench = try FactBench()
    try say([old, "It rains.", "My aunt lives in Rome."], to: bench, conversation: "a")
    try say([new], to: bench, conversation: "b")
    #expect(try current(bench) == ["It rains.", "My aunt lives in Rome.", new])
  }

  @Test("Corrections of corrections hold in turn, and a question finds the last by its subject")
  func chain() throws {
    let bench = try FactBench()
    try say(["My Elephant is called Bozkif."], to: bench)
    try say(["No, it's called Trillo."], to: bench)
    try say(["Sorry, I meant Kalumi, not Trillo."], to: bench)
    #expect(try statements(bench) == ["My Elephant is called Kalumi."])
    let found = try bench.episodic.recall(bench.encode("what is my Elephant called"), limit: 3)
    #expect(found.map(\.statement) == ["My Elephant is called Kalumi."])
    #expect(found.first?.isInScope == true)
    let last = try #require(found.first?.fact.id)
    #expect(try bench.episodic.replaced(byFact: last) == [0, 1])
    // The one in the middle goes: the last one corrects what it can, the first.
    _ = try bench.memory.forget(.facts([1]))
    #expect(try bench.episodic.currentFacts.count == 2)
  }

  @Test("What holds is not stored: a loaded file says the same")
  func loaded() throws {
    let bench = try FactBench()
    try say(["My cat is called Miso.", "I live in Leeds."], to: bench)
    try say(["Actually no, she's called Nori.", "We moved to Porto."], to: bench)
    let folder = try TemporaryFolder()
    try bench.memory.save(to: folder.path("a.mneme"))
    let loaded = try DetachableMemory.load(
      folder.path("a.mneme"), model: bench.bench.model, registry: .standard,
      tokenizer: bench.tokenizer)
    #expect(loaded.factMemory?.currentFacts == (try bench.episodic.currentFacts))
    #expect(loaded.factMemory?.currentFacts.count == 2)
  }
}
