import Foundation
import Generation
public import Memory
import MemoryModules
import Tensors
import Tokenization
import Transformer

/// Takes the facts of a memory over into fast weights, as sleep does: afterwards they are answered with nothing retrieved.
///
/// Self-study (Cartridges, arXiv 2506.06266; context distillation): the plain model is asked about each fact with the fact
/// before it, and the fast weights learn to answer so without it. Facts that were taken over earlier are learned again beside
/// new ones (experience replay, as in complementary learning systems), and what concerns no fact is held to the plain
/// model.
public struct MemoryConsolidation: Sendable {
  /// How long and how hard it learns.
  public struct Options: Sendable, Equatable {
    /// Passes over the facts.
    public var epochs = 20
    /// Lessons of a step.
    public var batch = 6
    /// Step size; that of the memory's fast weights when nil.
    public var learningRate: Float?
    /// The weight of the answers' own tokens, against that of the teacher's predictions.
    public var tokens: Float = 1
    /// Facts of earlier consolidations that are repeated per pass, at most.
    public var replayed = 24
    /// Learning ends when the answers to wordings that are kept apart are this probable, nats a token.
    public var enough: Float = 0.03
    /// How firmly weights that matter to earlier facts are held where they stood (elastic weight consolidation).
    public var protection: Float = 0
    /// Begin anew instead of adding to what was taken over before.
    public var restarts = false

    /// The defaults.
    public init() {}
  }

  /// What came of it.
  public struct Report: Sendable, Codable, Equatable {
    /// Facts that are held in weights now.
    public var facts: Int
    /// Those among them that are new.
    public var new: Int
    /// Facts that are too long to be told back; they stay text.
    public var skipped: Int
    /// Steps taken.
    public var steps: Int
    /// Surprisal of the answers to wordings that were kept apart, nats a token, before and after.
    public var before: Double
    public var after: Double
    /// Seconds, and seconds a new fact.
    public var seconds: Double
    /// Whether it was interrupted; what was learned by then is kept.
    public var was_interrupted: Bool
  }

  /// Characters of a fact that is learned by heart, at most.
  public static let longest = 300

  let model: LanguageModel
  let path: String
  let passphrase: Passphrase?
  let options: Options

  /// A consolidation of the memory file at `path`.
  ///
  /// - Parameter passphrase: of an encrypted file.
  public init(
    model: LanguageModel, path: String, passphrase: Passphrase? = nil,
    options: Options = Options()
  ) {
    self.model = model
    self.path = path
    self.passphrase = passphrase
    self.options = options
  }

  /// Learns and saves.
  ///
  /// Cancelling the task ends it early: what was learned by then is saved, and the next consolidation goes on from there.
  ///
  /// - Parameter progress: the share done, and what is being done.
  /// - Throws: `MemoryError`; `.noFacts` for a memory without any.
  public func run(
    progress: @escaping @Sendable (Double, String) -> Void = { _, _ in }
  ) throws -> Report {
    let memory = try model.loadMemory(path, forWriting: true, passphrase: passphrase)
    defer { memory.closeForWriting() }
    let report = try run(on: memory, progress: progress)
    try memory.save(to: path, keepsPrevious: true)
    return report
  }

  /// The same on a loaded memory, which is not saved.
  package func run(
    on memory: DetachableMemory, progress: (Double, String) -> Void
  ) throws -> Report {
    let began = ContinuousClock().now
    guard let store = memory.factMemory else { throw MemoryError.noFacts(name: memory.name) }
    guard let module = memory.modules.lazy.compactMap({ $0 as? NeuralMemory }).first else {
      throw MemoryError.noModules(available: [ModuleKind.neural.rawValue])
    }
    let all = store.currentFacts
    let facts = all.filter { $0.text.count <= Self.longest }
    guard !facts.isEmpty else { throw MemoryError.noFacts(name: memory.name) }
    let told = Set(store.facts.map(\.handle))
    var held = module.facts
    // What was forgotten since must not stay in weights: what is left is learned anew. What was corrected is still told; its
    // new value is learned over it.
    if options.restarts
      || held.map({ !($0.handles + $0.traces).allSatisfy(told.contains) }) ?? false
    {
      held = nil
    }
    let known = held?.handles.filter(Set(facts.map(\.handle)).contains) ?? []
    let new = facts.filter { !known.contains($0.handle) }
    var report = Report(
      facts: known.count, new: 0, skipped: all.count - facts.count, steps: 0, before: 0, after: 0,
      seconds: 0, was_interrupted: false)
    if !new.isEmpty {
      let lessons = try lessons(
        new: new, old: facts.filter { known.contains($0.handle) }, store: store
      ) { progress(0.1 * $0, $1) }
      var learner = FactLearner(model: model, module: module, begins: held, options: options)
      report.before = learner.surprisal(of: lessons.heldOut)
      (report.steps, report.after) = learner.learn(lessons) {
        progress(0.1 + 0.9 * $0, "learning")
      }
      report.was_interrupted = Task.isCancelled
      // What is not learned to the end stays text; the next consolidation begins with what there is.
      let handles = known + (report.was_interrupted ? [] : new.map(\.handle))
      let marked = (held?.handles ?? []) + (held?.traces ?? []) + new.map(\.handle)
      if report.steps > 0 {
        let result = ConsolidatedFacts(
          weights: learner.weights, handles: handles,
          traces: Set(marked).subtracting(handles).sorted(),
          importance: options.protection > 0 ? learner.importance(lessons) : nil)
        memory.changing { module.facts = result }
      }
      report.new = handles.count - known.count
      report.facts = handles.count
    } else if held == nil, module.facts != nil {
      memory.changing { module.facts = nil }
      report.facts = 0
    }
    report.seconds = (ContinuousClock().now - began).milliseconds / 1000
    return report
  }

  private func lessons(
    new: [Fact], old: [Fact], store: any FactMemory, progress: (Double, String) -> Void
  ) throws -> FactLessons {
    let teacher = FactTeacher(model: model, form: store.recallForm ?? .use)
    let isLed = options.tokens < 1
    var lessons = FactLessons()
    for (number, fact) in new.enumerated() {
      if Task.isCancelled { return lessons }
      let statement = store.statement(ofFact: fact.id) ?? fact.text
      let questions = FactQuestions(statement)
      lessons.new += teacher.lessons(
        fact, statement, questions: questions.asked, isLed: isLed)
      lessons.heldOut += teacher.lessons(
        fact, statement, questions: [questions.heldOut], isLed: false)
      progress(Double(number + 1) / Double(new.count + 1), "asking about the facts")
    }
    for fact in old {
      if Task.isCancelled { return lessons }
      let statement = store.statement(ofFact: fact.id) ?? fact.text
      lessons.old += teacher.lessons(
        fact, statement, questions: Array(FactQuestions(statement).asked.prefix(3)), isLed: false)
    }
    lessons.unrelated = try teacher.unrelated(UnrelatedPrompts.all)
    progress(1, "asking about the facts")
    return lessons
  }
}

/// What is learned in one consolidation.
struct FactLessons: Sendable {
  /// About new facts.
  var new: [FactLesson] = []
  /// About facts that are held already.
  var old: [FactLesson] = []
  /// About new facts, in wordings that are not learned from.
  var heldOut: [FactLesson] = []
  /// About no fact.
  var unrelated: [FactLesson] = []
}
