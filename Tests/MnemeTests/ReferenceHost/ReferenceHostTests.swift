import Foundation
import Generation
import Memory
import Mneme
import TestSupport
import Testing
import Transformer

/// Memory on a chat model that nobody trained for it. Wordings here are used nowhere else.
@Suite(
  "Reference host", .serialized,
  .enabled(if: ReferenceHost.isPresent, "SmolLM2 is not here; Tools/model fetches it"))
struct ReferenceHostTests {
  private let host: ReferenceHost

  init() throws { host = try ReferenceHost.shared.get() }

  private static let told = [
    "My accountant is called Tessaly.", "We keep the ladder at Quorven's place.",
    "my shoe size is 46", "I'm allergic to hazelnuts", "I play the bassoon in a quintet.",
    "Our landlord, Mr. Brisk, lives in Ulverton.", "The bins go out on Wednesdays.",
    "I was born in Skarnes", "My niece Orla collects stamps.", "I can't stand cucumber.",
    "My bike lock opens with 7-2-9-1.", "I'm learning Finnish because of my girlfriend Aino.",
  ]

  /// Questions in other words, with what the fact that answers them contains.
  private static let asked = [
    ("What's the name of my accountant?", "Tessaly"), ("where's the ladder", "Quorven"),
    ("Which shoe size do I wear?", "46"), ("What am I allergic to?", "hazelnuts"),
    ("Do I play an instrument?", "bassoon"), ("Who is our landlord?", "Brisk"),
    ("When do the bins go out?", "Wednesdays"), ("Where was I born?", "Skarnes"),
    ("What does my niece collect?", "stamps"), ("Which vegetable do I hate?", "cucumber"),
    ("tell me the combination of my bike lock", "7-2-9-1"),
    ("Which language am I learning?", "Finnish"), ("What is my girlfriend called?", "Aino"),
  ]

  @Test("The projection of sentences is part of the program, wherever that is run")
  func projection() throws {
    let model = host.model.transformer
    let projection = try #require(
      SentenceProjection.included(for: ModelIdentity(of: model), shape: model.configuration))
    #expect(projection.fits(model.configuration))
  }

  @Test("What was told in one session is found, named and cited in the next")
  func remembers() async throws {
    let memory = try host.memory()
    try await host.tell(Self.told, to: memory)
    var (first, named) = (0, 0)
    for (question, answer) in Self.asked {
      let session = try await host.session(memory)
      let reply = try await session.respond(to: question)
      if reply.citations.first?.text.contains(answer) == true { first += 1 }
      if reply.content.contains(answer) { named += 1 }
      try await session.detach(DetachableMemory.name(of: memory))
    }
    #expect(first >= 11, "\(first) of \(Self.asked.count) found")
    #expect(named >= 8, "\(named) of \(Self.asked.count) named")
    // Nothing is known of it without the memory.
    let bare = try await host.session()
    #expect(try await !bare.respond(to: Self.asked[0].0).content.contains("Tessaly"))
  }

  @Test("What concerns no fact gets the plain model's reply, token for token")
  func leavesTheRest() async throws {
    let memory = try host.memory()
    try await host.tell(Self.told, to: memory)
    let session = try await host.session(memory, tokens: 24)
    for prompt in [
      "Write a limerick about the moon.", "What is the boiling point of water?", "Thank you!",
      "Who painted the Mona Lisa?",
    ] {
      let both = try await session.compare(prompt)
      #expect(both.attached.tokens == both.detached.tokens, "\(prompt)")
      #expect(both.attached.citations.isEmpty, "\(prompt)")
    }
  }

  @Test("What concerns no fact leaves the prompt as it is, and the logits to the bit")
  func leavesTheLogits() async throws {
    let path = try host.memory()
    try await host.tell(Self.told, to: path)
    let memory = try host.model.loadMemory(path, readOnly: true)
    let plain = TransformerSession(model: host.model.transformer, contextLength: 256)
    let attached = TransformerSession(model: host.model.transformer, contextLength: 256)
    let attachment = try memory.attach(to: attached, readOnly: true)
    defer { attachment.detach() }
    for message in ["Name three colours of the rainbow.", "How do magnets work?", "hello again"] {
      let recalled = RecalledText(
        for: message, in: [("memory", memory)], model: host.model, contextLength: 256)
      #expect(recalled.message == nil && recalled.citations.isEmpty, "\(message)")
      let prompt = host.model.template.encode(
        [ChatMessage(role: .user, content: message)], addGenerationPrompt: true
      ).prompt
      var (expected, found) = (try plain.ask(prompt).last, try attached.ask(prompt).last)
      for _ in 0..<8 {
        #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "\(message)")
        let best = expected.indices.max { (expected[$0], -$0) < (expected[$1], -$1) } ?? 0
        expected = try plain.forward([Int32(best)], logits: .last).last
        found = try attached.forward([Int32(best)], logits: .last).last
      }
      for session in [plain, attached] {
        session.truncate(to: 0)
        session.read(as: .text)
      }
    }
  }

  @Test("Undo takes back what was told, in the memory and in its file")
  func undoes() async throws {
    let memory = try host.memory()
    try await host.tell(["Our landlord, Mr. Brisk, lives in Ulverton."], to: memory)
    let before = try savedState(memory)
    let session = try await host.session(memory, tokens: 4)
    try await session.respond(to: "My violin teacher is called Imogelle.")
    try await session.saveMemories()
    #expect(try savedState(memory) != before)
    let asked = try await session.respond(to: "What is my violin teacher called?")
    #expect(asked.citations.first?.text.contains("Imogelle") == true)
    #expect(try await session.undo(2) == 2)
    try await session.saveMemories()
    #expect(try savedState(memory) == before)
    let later = try await session.respond(to: "What is my violin teacher called?")
    #expect(later.citations.isEmpty && !later.content.contains("Imogelle"))
  }

  #if os(Linux)
    @Test("Meeting it leaves one file in the user's cache, which the next process takes")
    func isMetOnce() throws {
      let cache = try TemporaryFolder()
      func files() throws -> [String: Date] {
        let folder = cache.path("mneme")
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
          .filter { $0.hasSuffix(".safetensors") }
        return try Dictionary(
          uniqueKeysWithValues: names.map {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/" + $0)
            return ($0, try #require(attributes[.modificationDate] as? Date))
          })
      }
      func meet() throws -> Int32 {
        let process = try OtherProcess.start(
          "MeetingProcess", MeetingOrder.variable, host.model.path,
          settings: ["XDG_CACHE_HOME": cache.url.path, "MNEME_CACHE": "on"])
        process.waitUntilExit()
        return process.terminationStatus
      }
      #expect(try meet() == 0)
      let first = try files()
      #expect(first.count == 1, "\(first)")
      #expect(try meet() == 0)
      #expect(try files() == first)
    }
  #endif

  @Test("A correction takes the old value's place, and what is forgotten is gone")
  func corrects() async throws {
    let memory = try host.memory()
    try await host.tell(
      ["My gardener is called Wendell.", "No wait, my gardener is called Ambrose."], to: memory)
    let session = try await host.session(memory)
    let reply = try await session.respond(to: "What is my gardener called?")
    #expect(reply.content.contains("Ambrose") && !reply.content.contains("Wendell"))
    let found = try await session.recall("What is my gardener called?")
    #expect(found.allSatisfy { !$0.recalled.fact.text.contains("Wendell") })
    // Without the correction what it corrected holds again; without both nothing is left.
    for name in ["Ambrose", "Wendell"] {
      let fact = try #require(try await session.recall("What is my gardener called?").first)
      #expect(fact.recalled.fact.text.contains(name))
      try await session.forget(fact: fact.recalled.fact.handle)
    }
    let later = try await session.respond(to: "What is my gardener called?")
    #expect(later.citations.isEmpty && !later.content.contains("Wendell"))
  }

  @Test("Meeting it chooses a form of recalled text from which it answers")
  func meets() async throws {
    let memory = try host.model.createMemory(ReferenceHost.kinds)
    let form = try #require(memory.factMemory?.recallForm)
    var named = 0
    for (fact, question, answer) in [
      ("Our boat is called Wilhelmina", "What is our boat called?", "Wilhelmina"),
      ("my plumber is a man named Ferrant", "Who is my plumber?", "Ferrant"),
      ("The attic key is in the tea caddy", "Where is the attic key?", "caddy"),
      ("I swim every Thursday", "On which day do I swim?", "Thursday"),
    ] {
      let reply = try await host.session().respond(to: form.text([fact], message: question))
      if reply.content.contains(answer) { named += 1 }
    }
    #expect(named >= 3, "\(named) of 4, with the form \(form)")
  }
}
