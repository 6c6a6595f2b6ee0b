import Foundation
import Generation
import Memory
import Mneme
import Transformer

extension MemoryEvaluation {
  /// The size and speed of a memory after each of several numbers of tokens.
  ///
  /// The text is generated; its words recur as in natural text. Decoding is timed side by side with the plain model,
  /// the fastest of three rounds each.
  func cost(
    of arm: MemoryArm, tokens points: [Int]
  ) throws -> (costs: [CostResult], timings: [CostTiming]) {
    let points = points.filter { $0 > 0 }.sorted()
    guard let most = points.last else { return ([], []) }
    let text = try costText(tokens: most)
    let bench = try EvaluationBench(
      openSource(of: arm), model: model, contextLength: contextLength, learns: true,
      passphrases: passphrases)
    let plain = EvaluationBench(plain: model, contextLength: contextLength)
    let folder = try PrivateFolder()
    var results: (costs: [CostResult], timings: [CostTiming]) = ([], [])
    let clock = ContinuousClock()
    func milliseconds(_ body: () throws -> Void) rethrows -> Double {
      let start = clock.now
      try body()
      return (clock.now - start).milliseconds
    }
    var read = 0
    for point in points {
      try Task.checkCancellation()
      var timing = CostTiming(arm: arm.name, tokens: point)
      let stretch = Array(text[read..<min(point, text.count)])
      let spent = try milliseconds { try learn(stretch, in: bench.session) }
      if !stretch.isEmpty { timing.writeMicroseconds = spent * 1000 / Double(stretch.count) }
      read = min(point, text.count)

      var files = 0
      for (index, memory) in bench.memories.enumerated() {
        let path = folder.path("cost-\(index).mneme")
        timing.saveMilliseconds =
          try (timing.saveMilliseconds ?? 0) + milliseconds { try memory.save(to: path) }
        timing.loadMilliseconds =
          try (timing.loadMilliseconds ?? 0)
          + milliseconds { _ = try model.loadMemory(path, readOnly: true) }
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        files += attributes[.size] as? Int ?? 0
      }
      let prompt = Array(text.prefix(min(64, contextLength / 2)))
      var decode = (plain: Double.infinity, attached: Double.infinity)
      for _ in 0..<3 {
        decode.plain = min(decode.plain, try decodeTime(prompt, in: plain.session).decode)
        let attached = try decodeTime(prompt, in: bench.session)
        decode.attached = min(decode.attached, attached.decode)
        timing.firstTokenMilliseconds = min(
          timing.firstTokenMilliseconds ?? .infinity, attached.first)
      }
      timing.decodeRatio = decode.attached / decode.plain
      results.timings.append(timing)
      let modules = bench.memories.flatMap(\.modules)
      results.costs.append(
        CostResult(
          arm: arm.name, tokens: point, stateBytes: modules.reduce(0) { $0 + $1.stateBytes },
          fileBytes: files, entries: modules.reduce(0) { $0 + $1.entries }))
    }
    return results
  }

  private func learn(_ tokens: [Int32], in session: TransformerSession) throws {
    guard !tokens.isEmpty else { return }
    var learner = TextLearner(session: session, model: model, conversation: "cost", source: "cost")
    try learner.learnDocument(tokens)
  }

  /// Generated text of a given number of tokens.
  private func costText(tokens: Int) throws -> [Int32] {
    let model = model
    let options = SuiteOptions(seed: seed, lengths: [tokens], context: contextLength) {
      model.tokenizer.encode($0, addBOS: false, parseSpecial: false).count
    }
    guard case .texts(let texts) = try StreamSuite().plan(options), let text = texts.first?.text
    else { return [] }
    var ids = model.tokenizer.encode(text, addBOS: false, parseSpecial: false)
    while !ids.isEmpty, ids.count < tokens { ids += ids }
    return Array(ids.prefix(tokens))
  }

  /// Milliseconds to the first token after a prompt, and per token after it. Nothing is committed.
  private func decodeTime(
    _ prompt: [Int32], in session: TransformerSession
  ) throws -> (first: Double, decode: Double) {
    let clock = ContinuousClock()
    session.reset()
    defer { session.reset() }
    let start = clock.now
    _ = try session.ask(Prompt(text: prompt, bos: model.tokenizer.special.bos))
    let first = clock.now
    let count = min(32, session.contextLength - prompt.count)
    for index in 0..<count {
      _ = try session.forward([prompt[index % prompt.count]], logits: .last)
    }
    return (
      (first - start).milliseconds, (clock.now - first).milliseconds / Double(max(1, count))
    )
  }
}
