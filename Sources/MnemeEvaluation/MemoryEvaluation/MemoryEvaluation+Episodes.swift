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

  /// Writes an episode's statements into an arm's memories, or finds what stands in its contexts; the questions come next.
  ///
  /// - Parameters:
  ///   - told: the episode whose contents are told; not the one that is asked about for a wrong memory.
  ///   - memory: the first memory's bench, which was told nothing yet: what its files learned before is also put into the
  ///     contexts.
  func prepare(
    told: Episode, arm: ArmDescription, bench: EvaluationBench, splitsSessions: Bool,
    memory: EvaluationBench?
  ) throws -> PreparedArm {
    switch arm.role {
    case .memory, .wrongMemory:
      if case .file = control(of: arm) { return PreparedArm(bench: bench) }
      guard told.isTold else { return PreparedArm(bench: bench) }
      if splitsSessions { return PreparedArm(bench: try teachApart(told, bench: bench)) }
      let teacher = EpisodeTeacher(
        model: model, source: told.id, session: bench.session, memories: bench.memories)
      for session in told.sessions { try teacher.teach(session) }
      return PreparedArm(bench: bench)
    case .detached:
      return PreparedArm(bench: bench)
    case .fullContext:
      let pieces = (memory?.told(model) ?? []) + told.contextPieces
      return PreparedArm(bench: bench) { _, _ in Given(pieces: pieces, form: context.full) }
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
      return PreparedArm(bench: bench) { question, index in
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

  /// An arm that can be asked.
  struct PreparedArm {
    let bench: EvaluationBench
    let given: (Question, Int) -> Given

    init(
      bench: EvaluationBench, given: @escaping (Question, Int) -> Given = { _, _ in Given() }
    ) {
      self.bench = bench
      self.given = given
    }
  }

  /// What an arm without memory is given for a question.
  struct Given {
    var pieces: [ContextPiece] = []
    var form: ContextForm?
    /// What its search found first, nil where it found nothing; nil where it does not search.
    var found: String??
  }

  /// Asks an episode's questions in several arms that share no session; their replies are generated together.
  ///
  /// - Parameters:
  ///   - first: the number of the first question in the suite.
  /// - Returns: per arm the outcome of each question.
  func ask(
    _ episode: Episode, first: Int, metrics: Set<Metric>, in arms: [PreparedArm]
  ) throws -> [[ABReport.Outcome]] {
    let isUnrelated = episode.questions.contains(where: \.isUnrelated)
    let plain =
      isUnrelated && arms.contains { !$0.bench.memories.isEmpty }
      ? TransformerSession(model: model.transformer, contextLength: contextLength) : nil
    var outcomes = [[ABReport.Outcome]](repeating: [], count: arms.count)
    for (offset, question) in episode.questions.enumerated() {
      let index = first + offset
      try Task.checkCancellation()
      let recalled = arms.map { question.isRaw ? nil : recalledText(for: question, $0.bench) }
      let given = arms.map { $0.given(question, index) }
      var asked = try arms.indices.map { arm in
        try runner.begin(
          question, told: given[arm].pieces, form: given[arm].form ?? .turns,
          recalled: recalled[arm]?.message, pointer: recalled[arm]?.pointer(model.tokenizer),
          index: index, in: arms[arm].bench.session)
      }
      try AskedQuestion.reply(to: &asked)
      for arm in arms.indices {
        let bench = arms[arm].bench
        var outcome = try runner.finish(
          asked[arm], plain: bench.memories.isEmpty ? nil : plain)
        if !question.isUnrelated, !question.isForgotten {
          if metrics.contains(.cited) {
            let cited = recalled[arm]?.citations.contains {
              AnswerText.contains($0.text, question.answers)
            }
            outcome.cited = outcome.contains == 1 || cited == true ? 1 : 0
          }
          if metrics.contains(.found), let found = given[arm].found ?? bench.found(question, model)
          {
            outcome.found =
              found.map { AnswerText.contains($0, question.answers) } == true ? 1 : 0
          }
        }
        outcomes[arm].append(outcome)
      }
    }
    return outcomes
  }

  private func recalledText(for question: Question, _ bench: EvaluationBench) -> RecalledText {
    RecalledText(
      for: question.prompt, in: bench.memories.map { ($0.name, $0) }, model: model,
      contextLength: bench.session.contextLength)
  }

  /// Each session ends with the file saved, and the next one begins with it loaded; then it is loaded for the questions.
  private func teachApart(_ told: Episode, bench: EvaluationBench) throws -> EvaluationBench {
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
    return try EvaluationBench(
      .files(paths), model: model, contextLength: contextLength, learns: false, passphrases: keys)
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
