import Foundation
import Generation
import Memory
import Mneme
import ModelFiles
import Tokenization
import Transformer

extension MemoryEvaluation {
  var runner: QuestionRunner {
    var sampling = options.sampling
    sampling.seed = sampling.seed ?? seed
    return QuestionRunner(
      tokenizer: model.tokenizer, template: model.template, stop: model.stopTokens,
      sampling: sampling, maximumTokens: options.maximumResponseTokens)
  }

  /// Writes an episode's statements into an arm's memories and asks the questions.
  ///
  /// - Parameters:
  ///   - told: the episode whose contents are told; not `episode` for a wrong memory.
  ///   - first: the number of the first question in the suite.
  ///   - memory: the first memory's bench: what its files learned before is also put into the contexts.
  func ask(
    _ episode: Episode, told: Episode, first: Int, arm: ArmDescription, bench: EvaluationBench,
    suite: any EvaluationSuite, memory: EvaluationBench?
  ) throws -> [ABReport.Outcome] {
    let asking = Asking(metrics: Set(suite.metrics), first: first)
    switch arm.role {
    case .memory, .wrongMemory:
      if case .file = control(of: arm) { return try ask(episode, asking, in: bench) }
      guard told.isTold else { return try ask(episode, asking, in: bench) }
      if suite.splitsSessions { return try askApart(episode, told: told, asking, bench: bench) }
      let teacher = EpisodeTeacher(
        model: model, source: told.id, session: bench.session, memories: bench.memories)
      for session in told.sessions { try teacher.teach(session) }
      return try ask(episode, asking, in: bench)
    case .detached:
      return try ask(episode, asking, in: bench)
    case .fullContext:
      let pieces = (memory?.told(model) ?? []) + told.contextPieces
      return try ask(episode, asking, in: bench) { _, _ in Given(pieces: pieces, form: context.full)
      }
    case .retrieval, .randomRetrieval:
      let tokenizer = model.tokenizer
      let count: (String) -> Int = {
        tokenizer.encode($0, addBOS: false, parseSpecial: false).count
      }
      let before = (memory?.told(model) ?? []).map { Telling(.document, $0.text) }
      let tellings = told.sessions.joined().map { telling in
        var telling = telling
        telling.text = telling.statement
        return telling
      }
      let retriever = TextRetriever(before + tellings, countTokens: count)
      return try ask(episode, asking, in: bench) { question, index in
        guard arm.role == .retrieval else {
          return Given(
            pieces: retriever.random(
              seed: seed &+ UInt64(index), budget: budget, limit: context.pieces,
              countTokens: count
            ).map { ContextPiece($0) }, form: context.retrieved)
        }
        return Given(
          pieces: retriever.best(
            for: question.prompt, budget: budget, limit: context.pieces, countTokens: count
          ).map { ContextPiece($0) },
          form: context.retrieved, found: .some(retriever.first(for: question.prompt)))
      }
    }
  }

  /// What is measured of an episode's questions.
  private struct Asking {
    let metrics: Set<Metric>
    /// The number of the first question in the suite.
    let first: Int
  }

  /// What an arm without memory is given for a question.
  private struct Given {
    var pieces: [ContextPiece] = []
    var form: ContextForm?
    /// What its search found first, nil where it found nothing; nil where it does not search.
    var found: String??
  }

  private func ask(
    _ episode: Episode, _ asking: Asking, in bench: EvaluationBench,
    given: (Question, Int) -> Given = { _, _ in Given() }
  ) throws -> [ABReport.Outcome] {
    let needsPlain = !bench.memories.isEmpty && episode.questions.contains(where: \.isUnrelated)
    let plain =
      needsPlain
      ? TransformerSession(model: model.transformer, contextLength: contextLength) : nil
    return try episode.questions.enumerated().map { offset, question in
      try Task.checkCancellation()
      let recalled =
        question.isRaw
        ? nil
        : RecalledText(
          for: question.prompt, in: bench.memories.map { ($0.name, $0) }, model: model,
          contextLength: bench.session.contextLength)
      let given = given(question, asking.first + offset)
      var outcome = try runner.ask(
        question, told: given.pieces, form: given.form ?? .turns, recalled: recalled?.message,
        pointer: recalled?.pointer(model.tokenizer), index: asking.first + offset,
        in: bench.session, plain: plain)
      guard !question.isUnrelated, !question.isForgotten else { return outcome }
      if asking.metrics.contains(.cited) {
        let cited = recalled?.citations.contains { AnswerText.contains($0.text, question.answers) }
        outcome.cited = outcome.contains == 1 || cited == true ? 1 : 0
      }
      if asking.metrics.contains(.found), let found = given.found ?? bench.found(question, model) {
        outcome.found = found.map { AnswerText.contains($0, question.answers) } == true ? 1 : 0
      }
      return outcome
    }
  }

  /// Each session ends with the file saved, and the next one begins with it loaded; then it is loaded for the questions.
  private func askApart(
    _ episode: Episode, told: Episode, _ asking: Asking, bench: EvaluationBench
  ) throws -> [ABReport.Outcome] {
    let folder = try PrivateFolder()
    var paths: [String] = []
    var keys: [ByteString: Passphrase] = [:]
    for (index, memory) in bench.memories.enumerated() {
      let path = folder.path("memory-\(index).mneme")
      try memory.save(to: path)
      paths.append(path)
      // An encrypted memory stays encrypted, and its passphrase stays in this process.
      let passphrase = bench.passphrases[index]
      keys[path] = passphrase
      let carrier =
        passphrase == nil
        ? carrier : .inProcess(model, contextLength: contextLength, passphrase: passphrase)
      for session in told.sessions {
        try Task.checkCancellation()
        try carrier.teach(session, told.id, path)
      }
    }
    let fresh = try EvaluationBench(
      .files(paths), model: model, contextLength: contextLength, learns: false, passphrases: keys)
    return try ask(episode, asking, in: fresh)
  }

  /// The names of an episode's items in results.
  func items(of episode: Episode) -> [ABReport.Item] {
    episode.questions.map { question in
      var item = ABReport.Item(
        prompt: question.prompt, answers: question.answers, kind: question.kind, arms: [:])
      item.episode = episode.id
      item.depth = question.depth
      item.length = question.length
      item.answerPieces = runner.answerPieces(of: question)
      return item
    }
  }
}
