import Foundation
public import Memory
public import Mneme
import Transformer

/// Writes facts into a memory that keeps facts, one at a time and all together, and measures how well they are
/// recalled.
public struct EditMeasurement: Sendable {
  let model: LanguageModel
  let contextLength: Int
  let modules: [ModuleKind]
  let adapter: String?
  let forgets: Int

  /// A measurement with a fresh memory.
  ///
  /// - Parameters:
  ///   - modules: what the memory holds; one of them must keep facts.
  ///   - forgets: of all facts together, every `forgets`-th is forgotten at the end; 0 for none.
  public init(
    model: LanguageModel, contextLength: Int? = nil,
    modules: [ModuleKind] = ChatSession.factModules,
    adapter: String? = nil, forgets: Int = 10
  ) {
    self.model = model
    self.contextLength = contextLength ?? model.contextLength
    self.modules = modules
    self.adapter = adapter
    self.forgets = forgets
  }

  /// Makes and measures all edits. No file is written.
  ///
  /// - Throws: `EvaluationError.nothingToMeasure`, `MemoryError.noFacts`, what the model throws.
  public func run(
    _ edits: [KnowledgeEdit], source: String, progress: (Double) -> Void = { _ in }
  ) throws -> EditReport {
    guard !edits.isEmpty else {
      throw EvaluationError.nothingToMeasure(source: source, reason: "there is no edit")
    }
    let memory = try model.createMemory(modules, adapter: adapter)
    guard memory.factMemory != nil else { throw MemoryError.noFacts(name: memory.name) }
    // Facts that reach a chat model as text in the user's message are only heard in a chat.
    let form = memory.factMemory?.recallForm
    var runner = EditRunner(
      tokenizer: model.tokenizer, template: form == nil ? nil : model.template)
    var arms: [String: EditReport.Arm] = [:]
    let session = TransformerSession(model: model.transformer, contextLength: contextLength)

    var detached = EditReport.Arm()
    for (index, edit) in edits.enumerated() {
      try Task.checkCancellation()
      try runner.ask(edit, in: session, isPlain: true, into: &detached)
      progress(0.25 * Double(index + 1) / Double(edits.count))
    }
    arms["detached"] = detached

    var prompted = EditReport.Arm()
    for (index, edit) in edits.enumerated() {
      try Task.checkCancellation()
      let fact = "\(edit.prompt) \(edit.new)."
      try runner.ask(
        edit, in: session,
        given: { form?.text([fact], message: $0) ?? "\(fact) \($0)" }, isPlain: false,
        into: &prompted)
      progress(0.25 + 0.25 * Double(index + 1) / Double(edits.count))
    }
    arms["in-prompt"] = prompted

    let writer = TransformerSession(model: model.transformer, contextLength: contextLength)
    arms["single"] = try single(edits, &runner, session, writer, memory) {
      progress(0.5 + 0.25 * $0)
    }
    let (together, forgetting) = try together(edits, &runner, session, writer, memory) {
      progress(0.75 + 0.25 * $0)
    }
    arms["together"] = together
    return EditReport(edits: edits.count, arms: arms, forgetting: forgetting, form: form)
  }

  /// A prompt with what the memory recalls about it as text.
  private func recalled(_ prompt: String, _ memory: DetachableMemory) -> String {
    RecalledText(
      for: prompt, in: [(memory.name, memory)], model: model, contextLength: contextLength
    ).message ?? prompt
  }

  /// One fact in an empty memory at a time.
  private func single(
    _ edits: [KnowledgeEdit], _ runner: inout EditRunner, _ session: TransformerSession,
    _ writer: TransformerSession, _ memory: DetachableMemory, progress: (Double) -> Void
  ) throws -> EditReport.Arm {
    var arm = EditReport.Arm()
    let empty = memory.snapshot()
    var spent = 0.0
    for (index, edit) in edits.enumerated() {
      try Task.checkCancellation()
      spent += try write(edit, into: memory, through: writer).milliseconds
      let attachment = try memory.attach(to: session, readOnly: true)
      defer {
        attachment.detach()
        memory.restore(empty)
      }
      try runner.ask(
        edit, in: session, given: { recalled($0, memory) }, isPlain: false, into: &arm)
      progress(Double(index + 1) / Double(edits.count))
    }
    arm.write_ms = spent / Double(edits.count)
    return arm
  }

  /// All facts in one memory; then some of them are forgotten.
  private func together(
    _ edits: [KnowledgeEdit], _ runner: inout EditRunner, _ session: TransformerSession,
    _ writer: TransformerSession, _ memory: DetachableMemory, progress: (Double) -> Void
  ) throws -> (EditReport.Arm, EditReport.Forgetting?) {
    var arm = EditReport.Arm()
    var spent = 0.0
    var ids: [Int] = []
    for edit in edits {
      let written = try write(edit, into: memory, through: writer)
      spent += written.milliseconds
      ids.append(written.fact)
    }
    arm.write_ms = spent / Double(edits.count)
    let attachment = try memory.attach(to: session, readOnly: true)
    defer { attachment.detach() }
    var answered: [Bool] = []
    for (index, edit) in edits.enumerated() {
      try Task.checkCancellation()
      answered.append(
        try runner.ask(
          edit, in: session, given: { recalled($0, memory) }, isPlain: false, into: &arm))
      progress(Double(index + 1) / Double(edits.count))
    }
    guard forgets > 0 else { return (arm, nil) }
    let gone = edits.indices.filter { $0 % forgets == 0 }
    let count = memory.factMemory?.facts.count ?? 0
    _ = try memory.forget(.facts(Set(gone.map { ids[$0] })))
    let plain = TransformerSession(model: model.transformer, contextLength: contextLength)
    var report = EditReport.Forgetting(
      facts: count, forgotten: gone.count, forgotten_recall: 0, forgotten_base: 0,
      retained_recall: 0)
    var retained = (kept: 0, before: 0)
    for index in edits.indices {
      let edit = edits[index]
      let isRecalled = try runner.generates(
        edit.new, after: edit.prompt, in: session, given: { recalled($0, memory) })
      if index % forgets == 0 {
        let base = try runner.generates(edit.new, after: edit.prompt, in: plain)
        report.forgotten_recall += isRecalled ? 1 / Double(gone.count) : 0
        report.forgotten_base += base ? 1 / Double(gone.count) : 0
      } else if answered[index] {
        retained.before += 1
        retained.kept += isRecalled ? 1 : 0
      }
    }
    report.retained_recall = Double(retained.kept) / Double(max(1, retained.before))
    return (arm, report)
  }

  /// Writes an edit, after what it replaces if it replaces something.
  ///
  /// - Returns: the milliseconds of the last write, and the fact's number.
  private func write(
    _ edit: KnowledgeEdit, into memory: DetachableMemory, through session: TransformerSession
  ) throws -> (milliseconds: Double, fact: Int) {
    let attachment = try memory.attach(to: session)
    defer { attachment.detach() }
    let clock = ContinuousClock()
    var began = clock.now
    var fact = -1
    for answer in edit.isRewrite ? [edit.old, edit.new] : [edit.new] {
      began = clock.now
      var learner = TextLearner(
        session: session, model: model, conversation: "edits", source: "edits")
      _ = try learner.learnFact(edit.prompt, answer: answer, into: [memory], turn: 1)
      fact = learner.lastFact ?? fact
    }
    return ((clock.now - began).milliseconds, fact)
  }
}
