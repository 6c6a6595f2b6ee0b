import CKernels
import ModelFiles
import Tensors
import TestSupport
import Testing
import Transformer

/// One prefill, chunks of any size, and token by token give the same bits, at any number of threads.
@Suite struct SplitTests {
  static let types = ElementType.allCases

  private func logits(
    _ model: TransformerModel, _ tokens: [Int32], chunks: [Int]
  ) throws -> [[Float]] {
    let session = TransformerSession(model: model)
    var rows: [[Float]] = []
    var start = 0
    var next = 0
    while start < tokens.count {
      let end = min(tokens.count, start + chunks[next % chunks.count])
      let result = try session.forward(Array(tokens[start..<end]), logits: .all)
      for row in 0..<result.rows { rows.append(result[row]) }
      start = end
      next += 1
    }
    return rows
  }

  @Test(arguments: types)
  func anySplitGivesTheSameBits(type: ElementType) throws {
    var random = TestRandom(seed: 1)
    var shape = TinyModel.Shape(of: type)
    if type.blockSize <= 32 { shape.feedForward = 160 }
    shape.isTied = false
    let tiny = try TinyModel(shape)
    let model = try tiny.load()
    let tokens = random.tokens(70, below: model.configuration.vocabularySize)
    let whole = try logits(model, tokens, chunks: [tokens.count])
    #expect(whole.count == tokens.count)
    #expect(try logits(model, tokens, chunks: [1]) == whole)
    #expect(try logits(model, tokens, chunks: [3, 1, 5, 7, 2, 17]) == whole)
    #expect(try logits(tiny.load(threads: 2), tokens, chunks: [tokens.count]) == whole)
    #expect(try logits(tiny.load(threads: 3), tokens, chunks: [9, 1]) == whole)
  }

  /// Odd extents: heads shorter than a vector, a part of a head rotated, one key/value head, odd widths.
  @Test(arguments: [
    TinyModel.Shape {
      $0.width = 40
      $0.heads = 5
      $0.keyValueHeads = 1
      $0.headDimension = 6
      $0.ropeDimension = 4
      $0.feedForward = 52
    },
    TinyModel.Shape {
      $0.heads = 8
      $0.keyValueHeads = 8
      $0.headDimension = 8
      $0.ropeDimension = 8
      $0.feedForward = 172
    },
  ])
  func oddShapesToo(shape: TinyModel.Shape) throws {
    var random = TestRandom(seed: 2)
    let model = try TinyModel(shape).load()
    let tokens = random.tokens(40, below: model.configuration.vocabularySize)
    defer { mn_force_level(-1) }
    var best: [[Float]] = []
    for level in (0...Int32(MN_AVX512_VNNI)).reversed() {
      mn_force_level(level)
      let whole = try logits(model, tokens, chunks: [40])
      #expect(try logits(model, tokens, chunks: [1]) == whole, "level \(level)")
      #expect(try logits(model, tokens, chunks: [6, 11]) == whole, "level \(level)")
      if best.isEmpty { best = whole }
      #expect(whole == best, "level \(level)")
    }
  }

  @Test func longPromptsPassInChunks() throws {
    var random = TestRandom(seed: 3)
    let tiny = try TinyModel(TinyModel.Shape { $0.context = 1200 })
    let model = try tiny.load()
    let tokens = random.tokens(1100, below: model.configuration.vocabularySize)
    let session = TransformerSession(model: model)
    let last = try session.forward(tokens).last
    let other = TransformerSession(model: model)
    _ = try other.forward(Array(tokens[..<1000]), logits: .none)
    let rest = try other.forward(Array(tokens[1000...]), logits: .all)
    #expect(rest.rows == 100)
    #expect(rest.last == last)
  }

  @Test func truncationAndResetLeaveNoTrace() throws {
    var random = TestRandom(seed: 4)
    let model = try TinyModel().load()
    let tokens = random.tokens(30, below: model.configuration.vocabularySize)
    let fresh = try logits(model, tokens, chunks: [30])
    let session = TransformerSession(model: model)
    _ = try session.forward(Array(tokens[..<20]))
    _ = try session.forward([5, 6, 7, 8])
    session.truncate(to: 20)
    #expect(session.tokens == Array(tokens[..<20]))
    let continued = try session.forward(Array(tokens[20...]), logits: .all)
    #expect((0..<10).allSatisfy { continued[$0] == fresh[20 + $0] })
    session.reset()
    #expect(session.tokens.isEmpty && session.committed == 0)
    #expect(try session.forward(tokens).last == fresh.last)
  }

  @Test func sessionsShareNothingButTheModel() throws {
    var random = TestRandom(seed: 5)
    let model = try TinyModel().load(threads: 2)
    let a = random.tokens(20, below: model.configuration.vocabularySize)
    let b = random.tokens(20, below: model.configuration.vocabularySize)
    let alone = try (logits(model, a, chunks: [1]), logits(model, b, chunks: [1]))
    let (first, second) = (TransformerSession(model: model), TransformerSession(model: model))
    let handle = second.hooks.edit([.embed]) { _, _ in }
    defer { handle.remove() }
    for index in 0..<20 {
      #expect(try first.forward([a[index]]).last == alone.0[index])
      #expect(try second.forward([b[index]]).last == alone.1[index])
    }
  }

  @Test func whatDoesNotFitIsRefusedAndNothingChanges() throws {
    let model = try TinyModel().load()
    let session = TransformerSession(model: model, contextLength: 8)
    _ = try session.forward([1, 2, 3])
    #expect(throws: TransformerError.contextFull(limit: 8, needed: 9)) {
      try session.forward([1, 2, 3, 4, 5, 6])
    }
    #expect(throws: TransformerError.emptyInput) { try session.forward([]) }
    let size = model.configuration.vocabularySize
    for token in [Int32(-1), Int32(size)] {
      #expect(throws: TransformerError.tokenOutOfRange(token: token, vocabularySize: size)) {
        try session.forward([1, token])
      }
      #expect(throws: TransformerError.tokenOutOfRange(token: token, vocabularySize: size)) {
        try model.embed(token)
      }
    }
    #expect(session.tokens == [1, 2, 3])
    _ = try session.forward([4, 5, 6, 7, 8])
    #expect(session.tokens.count == 8)
  }
}
