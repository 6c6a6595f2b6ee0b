import Foundation
import Memory
import MemoryModules
import Mneme
import TestSupport
import Testing

/// Facts learned by heart on a chat model that nobody trained for it. Wordings here are used nowhere else.
@Suite(
  "Consolidation on the reference host", .serialized,
  .enabled(if: ReferenceHost.isPresent, "SmolLM2 is not here; Tools/model fetches it"))
struct ReferenceHostConsolidationTests {
  private static let told = [
    "My ferret is called Brindolf.", "I keep the drill in the pantry.",
    "Ruslana plays the zither.", "My eye test is on Thursday at 11.",
    "The code for the boathouse is 6174.", "My friend Ottokar works as a beekeeper.",
  ]
  private static let asked = [
    ("What is my ferret called?", "Brindolf"), ("Where do I keep the drill?", "pantry"),
    ("What does Ruslana play?", "zither"), ("When is my eye test?", "Thursday"),
    ("What is the code for the boathouse?", "6174"),
    ("What does my friend Ottokar do?", "beekeeper"),
  ]

  /// The reply to a question in an empty context, with what it rests on.
  private func ask(
    _ question: String, _ host: ReferenceHost, _ memory: String
  ) async throws -> Response {
    let session = try await host.session()
    try await session.attach(memory, readOnly: true)
    return try await session.respond(to: question)
  }

  @Test("Facts are answered with nothing retrieved; a correction is learned over the old value")
  func facts() async throws {
    let host = try ReferenceHost.shared.get()
    let memory = host.folder.path("\(UUID().uuidString).mneme")
    try host.model.createMemory([.episodic, .neural]).save(to: memory)
    try await host.tell(Self.told, to: memory)
    let report = try MemoryConsolidation(model: host.model, path: memory).run()
    #expect(report.new == Self.told.count)
    var right = 0
    for (question, answer) in Self.asked {
      let response = try await ask(question, host, memory)
      #expect(response.citations.allSatisfy { $0.use != .prompt })
      if response.content.contains(answer) { right += 1 }
    }
    #expect(right >= 5, "\(right) of \(Self.asked.count)")

    try await host.tell(["My ferret isn't called Brindolf, he's called Quillon."], to: memory)
    let again = try MemoryConsolidation(model: host.model, path: memory).run()
    #expect(again.new == 1)
    let reply = try await ask("What is my ferret called?", host, memory).content
    #expect(reply.contains("Quillon"))
    #expect(!reply.contains("Brindolf"))
  }
}
