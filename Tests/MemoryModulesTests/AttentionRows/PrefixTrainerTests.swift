import Memory
import MemoryModules
import TestSupport
import Testing
import Transformer

/// Rows that are trained by questions about their text.
@Suite("Trained prefixes")
struct PrefixTrainerTests {
  let bench: Workbench
  private let begin = TinyLlama.tokens(3, seed: 20)
  private let text = TinyLlama.tokens(40, seed: 21)

  init() throws { bench = try Workbench.shared.get() }

  /// The rows of the text right after what a conversation begins with, one for `ratio` tokens, as they are.
  private func rows(ratio: Int) throws -> HeadRows {
    let shape = RowShape(keysOf: bench.model.configuration)
    let points = [HookPoint.Site.k, .v].flatMap { site in
      (0..<shape.layers).map { HookPoint.block($0, site) }
    }
    let tables = try ActivationRecorder(
      model: bench.model, points: points, contextLength: 64
    ).record(begin + text).map { Array($0.dropFirst(begin.count * shape.columns)) }
    let kept = Array(stride(from: 0, to: text.count, by: ratio))
    var sources = RowSources()
    for (place, token) in text.enumerated() {
      sources.append(token: token, journal: place, place: place, isSpoken: false, surprisal: 0)
    }
    var rows = HeadRows(shape: shape, type: .f32)
    rows.append(
      (0..<shape.layers * shape.heads).map { index in
        func values(_ table: [Float]) -> [Float] {
          kept.flatMap { row in
            let start = row * shape.columns + index % shape.heads * shape.dimension
            return table[start..<start + shape.dimension]
          }
        }
        let layer = index / shape.heads
        return HeadRows.Head(
          keys: values(tables[layer]), values: values(tables[shape.layers + layer]),
          biases: kept.map { _ in 0 }, anchors: kept)
      }, sources: sources)
    return rows
  }

  /// What the model with the text says after some tokens.
  private func lessons(_ seeds: Range<UInt64>) -> [PrefixLesson] {
    let teacher = GradientPass(model: bench.model, points: [])
    return seeds.map { seed in
      let tokens = TinyLlama.tokens(9, seed: seed)
      let rows = 3..<9
      let first = begin.count + text.count
      let states = teacher.hiddenStates(
        of: [(begin + text + tokens, rows.map { first + $0 })])[0]
      return PrefixLesson(tokens: tokens, rows: rows, states: states)
    }
  }

  @Test("All of a text's rows say what the text says")
  func whole() throws {
    let trainer = PrefixTrainer(
      ModuleContext(model: bench.model, keyColumns: bench.keys.columns), begin: begin)
    #expect(try trainer.divergence(rows(ratio: 1), by: lessons(30..<34)) < 1e-4)
  }

  @Test("Training brings few rows nearer to the text, also for questions that were not learned")
  func training() throws {
    let trainer = PrefixTrainer(
      ModuleContext(model: bench.model, keyColumns: bench.keys.columns), begin: begin)
    let rows = try rows(ratio: 8)
    let none = HeadRows(shape: rows.shape, type: rows.type)
    var shares: [Double] = []
    let trained = trainer.trained(rows, beside: none, by: lessons(40..<90), rounds: 20) {
      shares.append($0)
    }
    #expect(trained.groups == rows.groups && trained.sources == rows.sources)
    #expect(shares == shares.sorted() && shares.last == 1)
    let (before, after) = (
      trainer.divergence(rows, by: lessons(90..<110)),
      trainer.divergence(trained, by: lessons(90..<110))
    )
    #expect(after < 0.7 * before, "from \(before) to \(after)")
    // With another text's rows before them in every second step they learn as well.
    let other = try self.rows(ratio: 10)
    let beside = trainer.trained(rows, beside: other, by: lessons(40..<90), rounds: 20)
    #expect(trainer.divergence(beside, by: lessons(90..<110)) < before)
    #expect(trainer.trained(rows, beside: none, by: [], rounds: 3) == rows)
  }
}
