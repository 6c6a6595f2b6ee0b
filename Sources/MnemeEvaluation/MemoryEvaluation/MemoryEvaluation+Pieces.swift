import Foundation
import Memory
import Mneme
import ModelFiles
import Transformer

extension MemoryEvaluation {
  /// One arm, one task.
  struct Piece {
    var key: EvaluationRecord.Key
    var arm: ArmDescription
    var suite: PlannedSuite
    /// Estimated size, in tokens through the model.
    var weight: Double
  }

  static func arms(
    _ memories: [MemoryArm], _ controls: [ControlArm], _ passphrases: [ByteString: Passphrase]
  ) -> ([ArmDescription], [String: ControlArm]) {
    var arms = memories.map {
      ArmDescription(
        name: $0.name, role: .memory, modules: kinds(of: $0.source, passphrases: passphrases))
    }
    let modules = arms.first?.modules ?? []
    arms.append(ArmDescription(name: ABReport.detached, role: .detached))
    var byArm: [String: ControlArm] = [:]
    for control in controls {
      var arm =
        switch control {
        case .wrongMemory, .file:
          ArmDescription(name: ABReport.wrongMemory, role: .wrongMemory, modules: modules)
        case .fullContext: ArmDescription(name: ABReport.fullContext, role: .fullContext)
        case .retrieval: ArmDescription(name: ABReport.retrieval, role: .retrieval)
        case .randomRetrieval:
          ArmDescription(name: ABReport.randomRetrieval, role: .randomRetrieval)
        }
      let alike = arms.count { $0.role == arm.role }
      if alike > 0 { arm.name += "-\(alike + 1)" }
      arms.append(arm)
      byArm[arm.name] = control
    }
    return (arms, byArm)
  }

  private static func kinds(
    of source: MemorySource, passphrases: [ByteString: Passphrase]
  ) -> [String] {
    switch source {
    case .new(let kinds, _): kinds.map(\.rawValue)
    case .files(let paths):
      // A file that cannot be read is refused later, when it is attached.
      paths.flatMap { path in
        (try? DetachableMemory.info(path, passphrase: passphrases[path]))?.modules.map(\.kind) ?? []
      }
    }
  }

  /// The control that belongs to an arm.
  func control(of arm: ArmDescription) -> ControlArm? { controlsByArm[arm.name] }

  /// Arms in which a suite is run.
  func arms(for suite: PlannedSuite) -> [ArmDescription] {
    arms.filter { arm in
      switch suite.plan {
      case .episodes(let episodes, let decoys):
        switch control(of: arm) {
        case .wrongMemory: decoys.count == episodes.count && episodes.contains { $0.isTold }
        case .retrieval, .randomRetrieval: episodes.contains { $0.isTold } || hasFiles
        default: true
        }
      case .texts:
        switch control(of: arm) {
        case .file, nil: true
        default: false
        }
      case .lifecycle, .cost: arm.role == .memory
      }
    }
  }

  /// The trial's choice of how told texts are put into contexts; nil where no arm of the plans does so.
  func contextChoice(
    for plans: [PlannedSuite], announce: () -> Void
  ) throws -> ContextChoice? {
    let roles = plans.flatMap { planned -> [ArmDescription.Role] in
      guard case .episodes(let episodes, _) = planned.plan,
        episodes.contains(where: { $0.questions.contains { !$0.isRaw } })
      else { return [] }
      return arms(for: planned).map(\.role)
    }
    let retrieves = roles.contains { $0 == .retrieval || $0 == .randomRetrieval }
    guard retrieves || roles.contains(.fullContext) else { return nil }
    announce()
    let trial = ContextTrial(
      model: model, runner: runner,
      session: TransformerSession(model: model.transformer, contextLength: contextLength))
    var choice = ContextChoice()
    if roles.contains(.fullContext) { choice.full = try trial.full() }
    if retrieves { (choice.retrieved, choice.pieces) = try trial.retrieved() }
    return choice
  }

  private var hasFiles: Bool {
    memories.first.map { if case .files = $0.source { true } else { false } } ?? false
  }

  /// The work of a suite: task by task, every arm, so that an interrupted run has pairs to compare.
  func pieces(of suite: PlannedSuite) -> [Piece] {
    let arms = arms(for: suite)
    return suite.taskWeights.enumerated().flatMap { task, size in
      arms.map { arm in
        Piece(
          key: .init(suite: suite.suite.name, arm: arm.name, task: task), arm: arm, suite: suite,
          weight: weight(told: size.told, questions: size.questions, suite, arm))
      }
    }
  }

  private func weight(
    told: Double, questions: Int, _ suite: PlannedSuite, _ arm: ArmDescription
  ) -> Double {
    let asking = Double(questions) * 60
    return switch arm.role {
    case .memory, .wrongMemory: 20 + told * 3 + asking * 2
    case .detached:
      if case .texts = suite.plan { 20 + told } else { 20 + asking }
    case .fullContext: 20 + asking + Double(questions) * min(told, Double(contextLength))
    case .retrieval, .randomRetrieval: 20 + asking + Double(questions * budget)
    }
  }

  /// The benches the arms of the plans need, by arm.
  func makeBenches(for plans: [PlannedSuite]) throws -> [String: EvaluationBench] {
    let learns = plans.contains { $0.isTold }
    var benches: [String: EvaluationBench] = [:]
    for arm in arms {
      benches[arm.name] = EvaluationBench(plain: model, contextLength: contextLength)
    }
    for memory in memories {
      try Task.checkCancellation()
      benches[memory.name] = try EvaluationBench(
        memory.source, model: model, contextLength: contextLength, learns: learns,
        passphrases: passphrases)
    }
    for arm in arms {
      switch control(of: arm) {
      case .wrongMemory:
        if let first = memories.first { benches[arm.name] = benches[first.name] }
      case .file(let path):
        benches[arm.name] = try EvaluationBench(
          .files([path]), model: model, contextLength: contextLength, learns: false,
          passphrases: passphrases)
      default: break
      }
    }
    return benches
  }
}

extension Episode {
  /// Whether it has statements to learn.
  var isTold: Bool { sessions.contains { !$0.isEmpty } }
}

extension PlannedSuite {
  /// Whether memories learn statements in it.
  var isTold: Bool {
    switch plan {
    case .episodes(let episodes, _): episodes.contains(where: \.isTold)
    case .texts(let texts): texts.contains { $0.learns || $0.before != nil }
    case .lifecycle, .cost: false
    }
  }

  /// The approximate number of told tokens and the number of questions of each task.
  var taskWeights: [(told: Double, questions: Int)] {
    switch plan {
    case .episodes(let episodes, _):
      episodes.map { episode in
        let letters = episode.sessions.joined().reduce(0) { $0 + $1.text.utf8.count }
        return (Double(letters) / 3.5, episode.questions.count)
      }
    case .texts(let texts):
      texts.map { (Double($0.text.utf8.count + ($0.before?.utf8.count ?? 0)) / 3.5, 0) }
    case .lifecycle: [(400, 10)]
    case .cost(let tokens): [(Double((tokens.max() ?? 0)) * 1.5, 20)]
    }
  }
}
