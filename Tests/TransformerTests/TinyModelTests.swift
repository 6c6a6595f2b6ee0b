import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing
import Tokenization
import Transformer

/// The model that other tests build on is itself sound.
@Suite struct TinyModelTests {
  @Test func theSameSeedGivesTheSameBytes() {
    let shape = TinyModel.Shape { $0.seed = 7 }
    let other = TinyModel.Shape { $0.seed = 8 }
    #expect(TinyModel.writer(shape).serialized() == TinyModel.writer(shape).serialized())
    #expect(TinyModel.writer(shape).serialized() != TinyModel.writer(other).serialized())
  }

  @Test(arguments: ElementType.allCases, [true, false])
  func everyTypeLoadsAndSpreadsItsLogits(type: ElementType, isTied: Bool) throws {
    var shape = TinyModel.Shape(of: type)
    shape.isTied = isTied
    let tiny = try TinyModel(shape)
    let model = try tiny.load()
    #expect(model.configuration.vocabularySize == TinyVocabulary().pieces.count)
    #expect(model.configuration.keyValueHeadCount == 2)
    let logits = try TransformerSession(model: model).forward([1, 300, 301]).last
    let isFinite = logits.allSatisfy { $0.isFinite }
    #expect(isFinite)
    let mean = logits.reduce(0, +) / Float(logits.count)
    let deviation = (logits.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(logits.count))
      .squareRoot()
    #expect((0.5...10).contains(deviation))
  }

  @Test func theTokenizerReadsWordsAndBytes() throws {
    let tokenizer = try TinyModel().tokenizer()
    let text = "my dog is called Bozkif. \u{e9}"
    let ids = tokenizer.encode(text, addBOS: false, parseSpecial: false)
    #expect(tokenizer.decode(ids) == text)
    let pieces = ids.prefix(4).map { tokenizer.piece($0) }
    #expect(pieces == ["▁my", "▁dog", "▁is", "▁called"])
    #expect(tokenizer.special.bos == 1 && tokenizer.special.eot == 6)
    #expect(tokenizer.encode("<|user|>", addBOS: true, parseSpecial: true) == [1, 4])
  }
}
