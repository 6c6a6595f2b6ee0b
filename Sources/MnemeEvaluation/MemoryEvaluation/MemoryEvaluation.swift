import Foundation
public import Memory
public import Mneme
public import ModelFiles
import Transformer

/// Runs suites in every arm: memories, the plain model, and controls; same seeds, same questions.
///
/// Each arm does every task from its initial state. No memory file is changed. Finished work is delivered record by
/// record, so that an interrupted run can be resumed from its records.
public struct MemoryEvaluation: Sendable {
  /// A memory under test and its name in tables.
  public struct MemoryArm: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// Where it comes from.
    public var source: MemorySource

    /// An arm from its parts.
    public init(name: String, source: MemorySource) {
      self.name = name
      self.source = source
    }
  }

  let model: LanguageModel
  let contextLength: Int
  var memories: [MemoryArm]
  let controls: [ControlArm]
  let options: GenerationOptions
  let budget: Int
  let seed: UInt64
  let limit: Int?
  let passphrases: [ByteString: Passphrase]
  let carrier: SessionCarrier
  /// Every arm, in the order tables show them: memories, the plain model, controls.
  public let arms: [ArmDescription]
  let controlsByArm: [String: ControlArm]
  /// How the control arms put told texts into the context.
  var context = ContextChoice()

  /// An evaluation.
  ///
  /// - Parameters:
  ///   - memories: at least one; the controls belong to the first.
  ///   - controls: further arms besides the memories and the plain model.
  ///   - options: how answers are generated.
  ///   - budget: tokens of told text the retrieval arms may put into the context.
  ///   - seed: of sampling, random retrieval and intervals; the tasks have their own seed.
  ///   - limit: the largest number of tasks of a suite.
  ///   - passphrases: by path, of the files that are encrypted.
  ///   - carrier: how a session is carried to the next one where a suite splits them; in this process when nil.
  public init(
    model: LanguageModel, contextLength: Int? = nil, memories: [MemoryArm],
    controls: [ControlArm] = [], options: GenerationOptions = .greedy, budget: Int = 128,
    seed: UInt64 = 0, limit: Int? = nil, passphrases: [ByteString: Passphrase] = [:],
    carrier: SessionCarrier? = nil
  ) {
    self.model = model
    self.contextLength = contextLength ?? model.contextLength
    self.memories = memories
    self.controls = controls
    self.options = options
    self.budget = budget
    self.seed = seed
    self.limit = limit
    self.passphrases = passphrases
    (arms, controlsByArm) = Self.arms(memories, controls, passphrases)
    self.carrier =
      carrier ?? .inProcess(model, contextLength: contextLength ?? model.contextLength)
  }

  /// Runs all work that is not finished yet.
  ///
  /// Cancelling the task ends the run after the current piece of work; the results then hold the finished part.
  ///
  /// - Parameters:
  ///   - plans: the suites, planned.
  ///   - settings: the settings that the results record; see `settings(suites:...)`.
  ///   - finished: records of an interrupted run of the same plans and settings.
  ///   - record: called for each further piece of work that is finished.
  /// - Throws: what the model, the memories and `record` throw.
  public func run(
    _ plans: [PlannedSuite], settings: RunSettings, finished: [EvaluationRecord] = [],
    record: (EvaluationRecord) throws -> Void = { _ in },
    progress: (EvaluationProgress) -> Void = { _ in }
  ) throws -> EvaluationResults {
    let began = Date().timeIntervalSince1970
    let work = plans.flatMap { pieces(of: $0) }
    let known = Set(work.map(\.key))
    var records = finished.filter { known.contains($0.key) }
    let done = Set(records.map(\.key))
    let weight = work.reduce(0) { $0 + $1.weight }
    var doneWeight = work.filter { done.contains($0.key) }.reduce(0) { $0 + $1.weight }
    let rest = work.filter { !done.contains($0.key) }
    let clock = ContinuousClock()
    let start = clock.now
    let startWeight = doneWeight
    func report(_ label: String) {
      let spent = (clock.now - start).milliseconds / 1000
      let gained = doneWeight - startWeight
      progress(
        EvaluationProgress(
          done: records.count, total: work.count, share: weight > 0 ? doneWeight / weight : 1,
          label: label, secondsLeft: gained > 0 ? spent * (weight - doneWeight) / gained : nil))
    }
    var settings = settings
    var me = self
    let choice = try contextChoice(for: plans) { report("choosing the form of the controls") }
    if let choice {
      me.context = choice
      settings.form = choice
    }
    if !rest.isEmpty {
      let folder = try PrivateFolder()
      let prepared = try me.introduced(in: folder) { report("meeting the model") }
      let benches = try prepared.makeBenches(for: plans)
      do {
        for group in Self.groups(of: rest, benches) {
          try Task.checkCancellation()
          let work = group.map(\.piece)
          report("\(work[0].key.suite), \(work.map(\.key.arm).joined(separator: ", "))")
          let before = clock.now
          let results = try prepared.measure(
            group, memory: prepared.memories.first.flatMap { benches[$0.name] })
          let seconds = (clock.now - before).milliseconds / 1000
          // Arms that took turns share the time by what they had to do.
          let weight = work.reduce(0) { $0 + $1.weight }
          for (piece, result) in zip(work, results) {
            var result = result
            result.seconds = seconds * piece.weight / weight
            try record(result)
            records.append(result)
            doneWeight += piece.weight
          }
        }
      } catch is CancellationError {
        // The finished part counts; the rest is reported as missing.
      }
    }
    report("")
    return results(plans, settings, records, total: work.count, began: began)
  }
}

/// A suite with its tasks.
public struct PlannedSuite: Sendable {
  /// The suite.
  public var suite: any EvaluationSuite
  /// Its tasks.
  public var plan: SuitePlan

  /// A suite and its tasks.
  public init(suite: any EvaluationSuite, plan: SuitePlan) {
    self.suite = suite
    self.plan = plan
  }

  /// Makes the tasks.
  ///
  /// - Parameter limit: the largest number of tasks.
  public init(
    _ suite: any EvaluationSuite, options: SuiteOptions, limit: Int? = nil
  ) throws(EvaluationError) {
    self.suite = suite
    plan = try suite.plan(options).limited(to: limit)
  }
}

extension SuitePlan {
  /// Its first tasks.
  func limited(to limit: Int?) -> SuitePlan {
    guard let limit else { return self }
    return switch self {
    case .episodes(let episodes, let decoys):
      .episodes(Array(episodes.prefix(limit)), decoys: Array(decoys.prefix(limit)))
    case .texts(let texts): .texts(Array(texts.prefix(limit)))
    case .lifecycle, .cost: self
    }
  }
}
