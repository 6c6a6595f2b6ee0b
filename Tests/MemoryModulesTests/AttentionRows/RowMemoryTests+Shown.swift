import Memory
import MemoryModules
import TestSupport
import Testing
import Transformer

extension RowMemoryTests {
  @Test("What an answer was shown can be told afterwards; of a text, and once detached, nothing")
  func tellsWhatWasShown() throws {
    let (memory, text, word) = try blocksWithPassages()
    let session = bench.session()
    let attached = try memory.attach(to: session, readOnly: true)
    #expect(attached.shown.isEmpty, "nothing was asked yet")
    /// What is shown to an answer behind one token, which is the question.
    func shown(asking token: Int32) throws -> [ShownContents] {
      session.reset()
      session.read(as: .answer(from: 2, question: 1..<2))
      _ = try session.forward([1, token, 6], logits: .none)
      return attached.shown
    }
    let again = try #require(try shown(asking: word).first)
    // A text without sentences is cut every 48 tokens, and the room is for eight.
    #expect(again.module == "block" && again.rows == 8 && again.readAgain == Array(text[1..<9]))
    let stored = try #require(try shown(asking: 5).first)
    #expect(stored.readAgain.isEmpty && (1...12).contains(stored.rows))
    session.reset()
    session.read(as: .text)
    _ = try session.forward([1, word, 6], logits: .none)
    #expect(attached.shown.isEmpty, "a text sees rows, too, but says nothing by them")
    _ = try shown(asking: word)
    attached.detach()
    #expect(attached.shown.isEmpty)
  }

  @Test("Of rows that each head has of its own the mean is told")
  func tellsOfHeads() throws {
    let memory = try memory("document", ["ratio=4", "passages=0"])
    try learn(TinyLlama.tokens(41, seed: 3), memory)
    let module = try module(memory, DocumentMemory.self)
    let view = RowView(isAnswer: true, prompt: [1, 2])
    let parts = module.parts(for: view, without: ContextOverlap([]))
    #expect(parts.reduce(0) { $0 + $1.count } == 10)
  }
}
