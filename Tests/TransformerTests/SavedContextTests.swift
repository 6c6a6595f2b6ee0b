import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing
import Transformer

/// What a session has read, taken over by another.
@Suite struct SavedContextTests {
  private let provenance = Provenance(
    conversation: "a", turn: 1, role: .document, source: "test", time: 0)

  private func read(_ tokens: [Int32], _ model: TransformerModel) throws -> TransformerSession {
    let session = TransformerSession(model: model)
    _ = try session.forward(tokens, logits: .none)
    try session.commit(
      through: tokens.count, provenance: provenance, learnable: tokens.map { _ in true },
      endsSegment: true)
    return session
  }

  @Test(arguments: CacheType.allCases)
  func theRestIsTheSameToTheBit(type: CacheType) throws {
    let tiny = try TinyModel(TinyModel.Shape { $0.headDimension = 32 })
    let model = try TransformerModel(
      file: ModelFile.open(tiny.path), threads: ThreadPool(threads: 1), cacheType: type)
    var random = TestRandom(seed: 3)
    let tokens = random.tokens(30, below: model.configuration.vocabularySize)
    let first = try read(Array(tokens[..<20]), model)
    let saved = first.savedContext()
    #expect(saved.tokens == Array(tokens[..<20]))
    let second = TransformerSession(model: model)
    #expect(second.restore(saved))
    #expect(second.committed == 20)
    let rest = Array(tokens[20...])
    let expected = try first.forward(rest, logits: .all)
    #expect(try second.forward(rest, logits: .all).values == expected.values)
  }

  @Test("What does not fit is refused, and nothing changes")
  func refusals() throws {
    let model = try TinyModel(TinyModel.Shape { $0.context = 64 }).load()
    let saved = try read([1, 5, 9, 4], model).savedContext()
    func refused(_ change: (inout SavedContext) -> Void, context: Int? = nil) -> Bool {
      var changed = saved
      change(&changed)
      let session = TransformerSession(model: model, contextLength: context)
      return !session.restore(changed) && session.tokens.isEmpty
    }
    #expect(refused { $0.keys.removeLast() })
    #expect(refused { $0.values = Data() })
    #expect(refused { $0.tokens.append(1) })
    #expect(refused { $0.tokens[0] = -1 })
    #expect(refused { $0.tokens[0] = 1 << 30 })
    #expect(refused { $0.type = .f16 })
    #expect(refused({ _ in }, context: 3))
    let busy = TransformerSession(model: model)
    _ = try busy.forward([1])
    #expect(!busy.restore(saved))
    #expect(busy.tokens == [1])
  }

  @Test("Rows handed over one by one are those of all logits, for texts of several pieces")
  func rowByRow() throws {
    let model = try TinyModel(TinyModel.Shape { $0.context = 1400 }).load()
    var random = TestRandom(seed: 4)
    let tokens = random.tokens(1300, below: model.configuration.vocabularySize)
    let whole = try TransformerSession(model: model).forward(tokens, logits: .all)
    var rows = 0
    try TransformerSession(model: model).forward(tokens) { row, logits in
      #expect(row == rows)
      #expect(whole.withRow(row) { $0.elementsEqual(logits) })
      rows += 1
    }
    #expect(rows == tokens.count)
    #expect(throws: TransformerError.emptyInput) {
      try TransformerSession(model: model).forward([]) { _, _ in }
    }
  }
}
