import Foundation
import Memory
import Mneme
import TestSupport

/// SmolLM2-135M-Instruct where `Tools/model` has put it, and memory files on it: a model that other people trained.
struct ReferenceHost: Sendable {
  let model: LanguageModel
  let folder: TemporaryFolder

  /// Whether its file is there; the suites that need it are skipped without.
  static let isPresent = (try? KnownModel.smollm2.path()) != nil

  /// Loaded and met once for all tests.
  static let shared = Result { try ReferenceHost() }

  init() throws {
    folder = try TemporaryFolder()
    model = try LanguageModel(path: try KnownModel.smollm2.path(), threads: 2)
  }

  /// A memory file with the default kinds.
  func memory() throws -> String {
    let path = folder.path("\(UUID().uuidString).mneme")
    try model.createMemory(Self.kinds).save(to: path)
    return path
  }

  static let kinds: [ModuleKind] = [.episodic, .neighbor]

  func session(_ memory: String? = nil, tokens: Int = 30) async throws -> ChatSession {
    var options = GenerationOptions.greedy
    options.maximumResponseTokens = tokens
    let session = ChatSession(model, options: options, contextLength: 1024)
    if let memory { try await session.attach(memory) }
    return session
  }

  /// Says lines in a conversation of their own, and saves.
  func tell(_ lines: [String], to memory: String) async throws {
    let session = try await session(memory, tokens: 2)
    for line in lines { try await session.respond(to: line) }
    try await session.saveMemories()
    try await session.detach(DetachableMemory.name(of: memory))
  }
}
