import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Tokenization
import Transformer

/// What the bundled model asks itself about a text, and documents whose rows learn from it.
@Suite("Self-study")
struct SelfStudyTests {
  private let text =
    "The ferry to Osmer leaves at nine. Clara Norwood keeps the key of the lamp room. "
    + "The lamp room has 41 steps. On Sundays the ferry stays in the harbour."

  private func model() throws -> TransformerModel {
    try TransformerModel(file: ModelFile.open(Repository.bundledModel))
  }

  @Test("A sentence is asked for by the words that few others have, before what is said of them")
  func keywords() throws {
    let tokenizer = try loadTokenizer(from: model().file)
    let sentences = [
      "The ferry leaves at nine.", "The ferry waits for Clara Norwood.", "A lamp is lit at nine.",
    ].map { tokenizer.encode($0, addBOS: false, parseSpecial: false) }
    let keywords = SentenceKeywords(sentences, tokenizer)
    #expect(keywords.of(0) == ["The", "leaves"])
    #expect(keywords.of(1) == ["waits", "for"])
    #expect(keywords.of(2, count: 1) == ["lamp"])
    #expect(keywords.of(2, count: 9) == ["lamp", "lit"])
  }

  @Test("Every sentence is asked for twice, with what the model says that has read it")
  func lessons() throws {
    let model = try model()
    let tokenizer = try loadTokenizer(from: model.file)
    let context = ModuleContext(model: model, keyColumns: 64, tokenizer: tokenizer)
    let tokens = tokenizer.encode(text, addBOS: false, parseSpecial: false)
    var shares: [Double] = []
    let lessons = SelfStudy(context).lessons(about: tokens) { shares.append($0) }
    #expect(lessons.count >= 8 && shares.last == 1)
    for lesson in lessons {
      #expect(lesson.states.count == lesson.rows.count * model.configuration.width)
      #expect(lesson.rows.upperBound == lesson.tokens.count && !lesson.rows.isEmpty)
    }
    // The answers are sentences of the text, word by word.
    let answers = lessons.prefix(8).map { lesson in
      tokenizer.decode(Array(lesson.tokens[(lesson.rows.lowerBound + 1)...]))
    }
    #expect(answers.count { $0.contains("Clara Norwood keeps the key") } == 2, "\(answers)")
    #expect(SelfStudy(context).lessons(about: tokens).map(\.tokens) == lessons.map(\.tokens))
  }

  @Test("Rows of a document that were trained say more nearly what the text says")
  func document() throws {
    let model = try model()
    let tokenizer = try loadTokenizer(from: model.file)
    let context = ModuleContext(model: model, keyColumns: 64, tokenizer: tokenizer)
    let tokens = tokenizer.encode(text, addBOS: true, parseSpecial: false)
    func learned(_ training: Int) throws -> HeadRows {
      var configuration = DocumentConfiguration(for: context)
      (configuration.ratio, configuration.training, configuration.type) = (8, training, .f32)
      let module = try DocumentMemory(
        context: context,
        parameters: ModuleParameters(configuration, gate: .closed(ReadoutGate.commonFeatureNames)))
      var shares: [Double] = []
      module.onWork = { shares.append($0) }
      let points = module.taps
      let rows = try ActivationRecorder(model: model, points: points, contextLength: 128)
        .record(tokens)
      module.write(
        CommittedRows(
          positions: 0..<tokens.count, tokens: tokens[...], isLearned: tokens.map { _ in true },
          provenance: Provenance(
            conversation: "a", turn: 0, role: .document, source: "a.txt", time: 0),
          rows: Dictionary(uniqueKeysWithValues: zip(points, rows))))
      module.endSegment()
      #expect(shares == shares.sorted() && shares.last == 1)
      return module.rowsOfDocuments
    }
    let (plain, trained) = (try learned(0), try learned(3))
    #expect(trained.groups == plain.groups && trained.sources == plain.sources)
    let study = SelfStudy(context)
    let lessons = study.lessons(about: plain.sources.tokens)
    let trainer = PrefixTrainer(context, begin: study.begin)
    let (before, after) = (
      trainer.divergence(plain, by: lessons), trainer.divergence(trained, by: lessons)
    )
    #expect(after < 0.8 * before, "from \(before) to \(after)")
  }
}
