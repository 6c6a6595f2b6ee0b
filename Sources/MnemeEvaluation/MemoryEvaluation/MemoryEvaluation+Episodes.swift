import Foundation
import Generation
import Memory
import Mneme
import ModelFiles
import Tokenization
import Transformer

extension MemoryEvaluation {
  private var runner: QuestionRunner {
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
    splits: Bool, memory: EvaluationBench?
  ) throws -> [ABReport.Outcome] {
    switch arm.role {
    case .memory, .wrongMemory:
      if case .file = control(of: arm) {
        return try ask(episode, first: first, in: bench) { _, _ in [] }
      }
      guard told.isTold else { return try ask(episode, first: first, in: bench) { _, _ in [] } }
      if splits { return try askApart(episode, told: told, first: first, bench: bench) }
      let teacher = EpisodeTeacher(
        model: model, source: told.id, session: bench.session, memories: bench.memories)
      for session in told.sessions { try teacher.teach(session) }
      return try ask(episode, first: first, in: bench) { _, _ in [] }
    case .detached:
      return try ask(episode, first: first, in: bench) { _, _ in [] }
    case .fullContext:
      let pieces = (memory?.told(model) ?? []) + told.contextPieces
      return try ask(episode, first: first, in: bench) { _, _ in pieces }
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
      return try ask(episode, first: first, in: bench) { question, index in
        let chosen =
          arm.role == .retrieval
          ? retriever.best(for: question.prompt, budget: budget, countTokens: count)
          : retriever.random(seed: seed &+ UInt64(index), budget: budget, countTokens: count)
        return chosen.map { ContextPiece($0) }
      }
    }
  }

  private func ask(
    _ episode: Episode, first: Int, in bench: EvaluationBench,
    context: (Question, Int) -> [ContextPiece]
  ) throws -> [ABReport.Outcome] {
    try episode.questions.enumerated().map { offset, question in
      try Task.checkCancellation()
      let recalled =
        question.isRaw
        ? nil
        : RecalledText(
          for: question.prompt, in: bench.memories.map { ($0.name, $0) }, model: model,
          contextLength: bench.session.contextLength)
      return try runner.ask(
        question, told: context(question, first + offset), recalled: recalled?.message,
        index: first + offset, in: bench.session)
    }
  }

  /// Each session ends with the file saved, and the next one begins with it loaded; then it is loaded for the questions.
  private func askApart(
    _ episode: Episode, told: Episode, first: Int, bench: EvaluationBench
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
    return try ask(episode, first: first, in: fresh) { _, _ in [] }
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
