import Foundation
import Mneme
import MnemeEvaluation
import ModelFiles
import Tensors
import TestSupport
import Testing
import Transformer

/// A memory becomes another model's own by reading everything again.
@Suite("Rebinding a memory")
struct RebindTests {
  private let chat: TinyChat
  private let path: String

  init() throws {
    chat = try TinyChat(seed: 3)
    path = chat.freshPath()
  }

  /// A chat, a text and a fact, in a file.
  private func tell() async throws {
    let session = chat.session()
    try await session.attach(path, modules: [.episodic, .neighbor])
    _ = try await session.respond(to: "my dog is called bozkif. he is quite old now.")
    _ = try await session.respond(to: "my cat is called mirlo.")
    try await session.detach(DetachableMemory.name(of: path))
    let job = MemoryTeaching(model: chat.model, path: path)
    _ = try job.run([
      LearningInput(name: "text", content: .text("the rain came early and the river rose.")),
      LearningInput(
        name: "write", content: .statement("the capital of zumbaru is", answer: "trillo")),
    ])
  }

  private func learned(_ memory: DetachableMemory, _ model: LanguageModel) -> [String] {
    memory.commits(with: model.tokenizer).filter { $0.learned > 0 }.map(\.text)
  }

  @Test("Same tokenizer: the journal's tokens are read as they stand, and it is the new model's")
  func sameTokenizer() async throws {
    try await tell()
    let other = try TinyChat(seed: 4)
    let target = chat.freshPath()
    let report = try MemoryRebinding(model: other.model, path: path, target: target).run()
    #expect(!report.retokenized)
    #expect(report.before == nil, "the old model was not there")
    #expect((report.after?.items ?? 0) > 0)
    let old = try chat.model.loadMemory(path)
    let new = try other.model.loadMemory(target)
    #expect(report.commits == old.journal?.recordCount)
    #expect(new.fingerprint != old.fingerprint)
    #expect(new.journal?.tokens == old.journal?.tokens)
    #expect(new.journal?.sources == old.journal?.sources)
    #expect(new.factMemory?.facts.map(\.text) == old.factMemory?.facts.map(\.text))
    #expect(new.factMemory?.facts.map(\.handle) == old.factMemory?.facts.map(\.handle))
    #expect(throws: MemoryError.self) { _ = try chat.model.loadMemory(target) }
    // Read again by the model it was made with, it is the memory it was.
    let back = chat.freshPath()
    _ = try MemoryRebinding(model: chat.model, path: target, target: back).run()
    let again = try chat.model.loadMemory(back)
    #expect(again.difference(to: old).isEmpty || again.journal?.tokens == old.journal?.tokens)
  }

  @Test("With the old model there, it is measured before and after")
  func measured() async throws {
    try await tell()
    let other = try TinyChat(seed: 4)
    let report = try MemoryRebinding(
      model: other.model, old: chat.model, path: path, target: chat.freshPath()
    ).run()
    let (before, after) = (try #require(report.before), try #require(report.after))
    #expect(before.items == after.items)
    #expect(before.attached_nll < before.detached_nll, "the memory helps to end what it was told")
    #expect(after.attached_nll < after.detached_nll)
  }

  @Test("Another tokenizer: the words are told anew, in the new model's own tokens and form")
  func otherTokenizer() async throws {
    try await tell()
    let bench = try VariantBench()
    // The same letters under other numbers.
    let changed = try bench.changed(chat.tiny.path) { metadata in
      guard var pieces = metadata.strings("tokenizer.ggml.tokens"),
        let a = pieces.firstIndex(of: "a"), let o = pieces.firstIndex(of: "o")
      else { return }
      pieces.swapAt(a, o)
      metadata["tokenizer.ggml.tokens"] = .stringArray(pieces)
    }
    let other = try TransformerModel(
      file: ModelFile.open(changed), threads: ThreadPool(threads: 1))
    try TinyChat.adapter(other).save(to: Adapter.path(beside: changed))
    let model = try LanguageModel(path: changed, threads: 1)
    let target = chat.freshPath()
    #expect(throws: MemoryError.unknownTokens(path: path)) {
      _ = try MemoryRebinding(model: model, path: path, target: target).run()
    }
    #expect(!FileManager.default.fileExists(atPath: target))
    let report = try MemoryRebinding(
      model: model, old: chat.model, path: path, target: target
    ).run()
    #expect(report.retokenized)
    let old = try chat.model.loadMemory(path)
    let new = try model.loadMemory(target)
    let words = { (texts: [String]) in
      texts.joined(separator: " ").split(whereSeparator: \.isWhitespace)
    }
    #expect(words(learned(new, model)).count == words(learned(old, chat.model)).count)
    let told = new.factMemory?.facts.filter(\.isTold).map(\.text)
    #expect(told == ["the capital of zumbaru is trillo"])
  }

  @Test("What has no journal cannot be read again; a wrong old model is refused")
  func refused() async throws {
    let memory = try chat.model.createMemory([.neighbor], keepsJournal: false)
    try memory.save(to: path)
    let target = chat.freshPath()
    #expect(throws: MemoryError.self) {
      _ = try MemoryRebinding(model: chat.model, path: path, target: target).run()
    }
    let kept = chat.freshPath()
    try chat.model.createMemory([.neighbor]).save(to: kept)
    #expect(throws: MemoryError.self) {
      _ = try MemoryRebinding(
        model: chat.model, old: try TinyChat(seed: 4).model, path: kept, target: target
      ).run()
    }
    #expect(!FileManager.default.fileExists(atPath: target))
  }
}
