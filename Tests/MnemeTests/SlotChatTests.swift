import Memory
import Mneme
import Testing

/// Facts in the slots of a Neural Turing Machine and of a Differentiable Neural Computer, in a chat.
@Suite("Slots in a chat")
struct SlotChatTests {
  private static let told = [
    "My hamster is called Pelorin.", "The plumber comes on Tuesday.", "My locker code is 4417.",
  ]

  private func file(_ kind: ModuleKind) async throws -> (chat: TinyChat, path: String) {
    let chat = try TinyChat.shared.get()
    let path = chat.freshPath()
    let setting = try #require(ModuleSetting(parsing: "\(kind).facts.readout=text"))
    try chat.model.createMemory([kind], settings: [setting]).save(to: path)
    let session = chat.session(context: 400)
    try await session.attach(path)
    for fact in Self.told { try await session.remember(fact) }
    try await session.detach(path)
    return (chat, path)
  }

  @Test("Facts are recalled as text in another session", arguments: ["ntm", "dnc"])
  func recalls(_ kind: String) async throws {
    let (chat, path) = try await file(ModuleKind(rawValue: kind))
    let session = chat.session(context: 400)
    try await session.attach(path)
    let reply = try await session.respond(to: "What is my hamster called?")
    #expect(reply.citations.first?.text == Self.told[0])
    #expect(reply.citations.first?.use == .prompt)
    let other = try await session.respond(to: "Why is grass green?")
    #expect(other.citations.allSatisfy { $0.certainty != .sure })
  }

  @Test(
    "What was told after something is found by the order of the slots", arguments: ["ntm", "dnc"])
  func order(_ kind: String) async throws {
    let (chat, path) = try await file(ModuleKind(rawValue: kind))
    let session = chat.session(context: 400)
    try await session.attach(path)
    let cited = { (question: String) in
      try await session.respond(to: question).citations.first?.text
    }
    #expect(try await cited("What did I tell you after the plumber?") == Self.told[2])
    #expect(try await cited("What did I tell you before the plumber?") == Self.told[0])
    #expect(try await cited("What did I tell you after my locker code?") == nil)
    // A correction is the newest; what was told before it is followed by what came next.
    try await session.remember("The plumber comes on Friday.")
    #expect(try await cited("What did I tell you after my hamster?") == Self.told[2])
    #expect(
      try await cited("What did I tell you after my locker code?") == "The plumber comes on Friday."
    )
  }

  @Test("Each slot says what it holds", arguments: ["ntm", "dnc"])
  func contents(_ kind: String) async throws {
    let (chat, path) = try await file(ModuleKind(rawValue: kind))
    let memory = try chat.model.loadMemory(path)
    let module = try #require(memory.modules.first as? any Inspectable)
    let slots = module.contents.slots
    #expect(slots.count == 3)
    #expect(slots[0].remarks.contains("usage 1.00"))
    #expect(
      slots[2].remarks.contains("after 2") && !slots[0].remarks.contains { $0.hasPrefix("after") })
    #expect(slots.allSatisfy { $0.remarks.contains { $0.hasPrefix("most like") } })
  }

  @Test("Beyond its slots the oldest fact goes, and the order stays", arguments: ["ntm", "dnc"])
  func full(_ kind: String) async throws {
    let chat = try TinyChat.shared.get()
    let path = chat.freshPath()
    let settings = try ["facts.readout=text", "slots=2"].map {
      try #require(ModuleSetting(parsing: "\(kind).\($0)"))
    }
    try chat.model.createMemory([ModuleKind(rawValue: kind)], settings: settings).save(to: path)
    let session = chat.session(context: 400)
    try await session.attach(path)
    for fact in Self.told { try await session.remember(fact) }
    try await session.detach(path)
    let memory = try chat.model.loadMemory(path)
    #expect(memory.factMemory?.currentFacts.map(\.text) == Array(Self.told.dropFirst()))
    let again = chat.session(context: 400)
    try await again.attach(path)
    let reply = try await again.respond(to: "What did I tell you after the plumber?")
    #expect(reply.citations.first?.text == Self.told[2])
  }
}
