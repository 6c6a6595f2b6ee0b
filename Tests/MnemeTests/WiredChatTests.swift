import Foundation
import Mneme
import TestSupport
import Testing

/// The trained wires that are part of the repository, on the bundled model: facts reach the answer with no text handed over.
@Suite("Trained wires in a chat")
struct WiredChatTests {
  private static let told: [(fact: String, question: String, value: String)] = [
    ("My turtle is called Bramwick.", "What is my turtle called?", "Bramwick"),
    ("My locker code is 5093.", "What is my locker code?", "5093"),
    ("I live in Torvalen.", "Where do I live?", "Torvalen"),
    ("My cousin is called Sophira.", "What is my cousin called?", "Sophira"),
    ("I work for Quellmar.", "Who do I work for?", "Quellmar"),
  ]

  @Test(
    "What one session told the next one says; without the memory nobody does",
    arguments: ["ntm", "dnc"])
  func tellsOverRestart(_ kind: String) async throws {
    let model = try await LanguageModel.load(Repository.bundledModel)
    let folder = try TemporaryFolder()
    let path = folder.path("wired.mneme")
    let adapter = Repository.path("Models/mneme-chat.wires.adapter.safetensors")
    _ = try model.createMemory(at: path, [ModuleKind(rawValue: kind)], adapter: adapter)
    let teller = ChatSession(model)
    try await teller.attach(path)
    for one in Self.told { try await teller.remember(one.fact) }
    try await teller.detach(path)

    func named(attached: Bool) async throws -> Int {
      var count = 0
      for one in Self.told {
        let chat = ChatSession(model)
        if attached { try await chat.attach(path, readOnly: true) }
        let reply = try await chat.respond(to: one.question, options: .greedy).content
        if reply.contains(one.value) { count += 1 }
        if attached { try await chat.detach(path) }
      }
      return count
    }
    // Of many facts they say 67 and 80 % (Models/README.md); by chance nobody says one.
    #expect(try await named(attached: true) >= 3)
    #expect(try await named(attached: false) == 0)
  }
}
