import Foundation
import Generation
import Memory
import Mneme
import ModelFiles
import Transformer

extension MemoryEvaluation {
  /// One check and whether it passed.
  struct Check {
    var name: String
    var holds: Bool
    /// What was compared, for a check that failed or was skipped.
    var detail: String?
  }

  /// The life cycle of a memory, step by step; the result of each step is compared bit for bit with the expected one.
  func lifecycle(of arm: MemoryArm) throws -> [Check] {
    var life = try MemoryLife(arm: arm, evaluation: self)
    return try life.run()
  }
}

/// A memory that is attached, written to, saved, loaded, detached, forked and made to forget.
private struct MemoryLife {
  typealias Check = MemoryEvaluation.Check

  let evaluation: MemoryEvaluation
  let bench: EvaluationBench
  let folder: PrivateFolder
  /// The plain model's logits.
  let plain: [Float]
  let path: String
  var checks: [Check] = []

  private static let statement = "My dog is called Bozkif."
  private static let other = "My cat is called Marwenna."
  private static let question = "What is my dog called?"
  private static let answer = "Your dog is called Bozkif."

  init(arm: MemoryEvaluation.MemoryArm, evaluation: MemoryEvaluation) throws {
    self.evaluation = evaluation
    let model = evaluation.model
    folder = try PrivateFolder()
    path = folder.path("life.mneme")
    bench = try EvaluationBench(
      evaluation.openSource(of: arm), model: model,
      contextLength: evaluation.contextLength, learns: true,
      passphrases: evaluation.passphrases)
    let bare = EvaluationBench(plain: model, contextLength: evaluation.contextLength)
    plain = try Self.probe(bare.session, model)
  }

  mutating func run() throws -> [Check] {
    guard let memory = bench.memories.first else { return [] }
    let session = bench.session
    let begun = memory.isEmpty && bench.memories.count == 1
    let first = try probe(session)
    if begun { add("empty: the logits are the plain model's, bit for bit", first == plain) }
    let before = memory.info.sha256
    _ = try probe(session)
    add("reading changes nothing", memory.info.sha256 == before)

    let snapshot = memory.snapshot()
    try teach(Self.statement, source: "told")
    let told = memory.info.sha256
    let heard = try probe(session)
    add("telling changes the memory, and it is heard", told != before && heard != first)
    memory.restore(snapshot)
    add(
      "taken back: the memory and the logits are as before",
      try memory.info.sha256 == before && probe(session) == first)
    try teach(Self.statement, source: "told")
    add(
      "told again after that: the same memory",
      try probe(session) == heard, "the logits differ")

    try memory.save(to: path)
    let saved = try Data(contentsOf: URL(fileURLWithPath: path))
    try memory.save(to: folder.path("again.mneme"))
    add(
      "saved twice: the same bytes",
      try Data(contentsOf: URL(fileURLWithPath: folder.path("again.mneme"))) == saved)
    let alone = try logits(of: path)
    add("saved and loaded: the same logits", bench.memories.count > 1 || alone == heard)
    try newProcess()
    try forks(saved)
    try forgets()
    refuses(saved)
    try refusesOthers()

    bench.detach()
    add("detached: the plain model's logits, bit for bit", try probe(session) == plain)
    return checks
  }

  /// Another process that loads the file must give the same answer as this one.
  private mutating func newProcess() throws {
    guard evaluation.carrier.isProcess else { return }
    let there = try evaluation.carrier.complete(Self.question, path)
    let here = try SessionCarrier.inProcess(
      evaluation.model, contextLength: evaluation.contextLength
    ).complete(Self.question, path)
    add("loaded in a new process: the same answer", there == here && !here.isEmpty)
  }

  private mutating func forks(_ saved: Data) throws {
    let copy = folder.path("fork.mneme")
    _ = try DetachableMemory.fork(path, to: copy)
    try evaluation.model.loadMemory(path).saveAfterTelling(
      Self.other, to: copy, evaluation: evaluation)
    let original = try Data(contentsOf: URL(fileURLWithPath: path))
    add(
      "forked: the copy learns, the original keeps its bytes",
      try original == saved && Data(contentsOf: URL(fileURLWithPath: copy)) != saved)
  }

  /// After forgetting one of several statements, the file must equal that of a memory that never saw it.
  private mutating func forgets() throws {
    guard bench.memories.count == 1, let memory = bench.memories.first, memory.journal != nil
    else { return }
    bench.reset()
    try teach(Self.other, source: "kept")
    let never = memory.info.sha256
    let logits = try probe(bench.session)
    bench.reset()
    try teach(Self.statement, source: "gone")
    try teach(Self.other, source: "kept")
    let report = try memory.forget(.source("gone")) { _ in try Task.checkCancellation() }
    add(
      "forgotten: as if it had never been told",
      try memory.info.sha256 == never && probe(bench.session) == logits,
      report.unable.isEmpty ? "the state differs" : "some modules cannot")
    bench.reset()
  }

  private mutating func refuses(_ saved: Data) {
    var damaged = saved
    damaged[damaged.index(damaged.startIndex, offsetBy: damaged.count / 2)] ^= 1
    let place = folder.path("damaged.mneme")
    let isWritten = (try? damaged.write(to: URL(fileURLWithPath: place))) != nil
    add("one bit wrong: refused", isWritten && refuses(place, evaluation.model))
    let short = (try? saved.dropLast(1).write(to: URL(fileURLWithPath: place))) != nil
    add("one byte short: refused", short && refuses(place, evaluation.model))
  }

  /// A model of the same shape with some weights permuted must be refused.
  private mutating func refusesOthers() throws {
    let name = "with another model: refused"
    guard evaluation.model.transformer.file.byteCount < 1 << 30 else { return }
    let place = folder.path("stranger.gguf")
    try StrangerModel(of: evaluation.model.transformer.file).write(to: place)
    let stranger = try LanguageModel(path: place)
    add(name, refuses(path, stranger))
  }

  private func refuses(_ path: String, _ model: LanguageModel) -> Bool {
    do {
      _ = try model.loadMemory(path, readOnly: true)
      return false
    } catch {
      return error is any MnemeError
    }
  }

  private mutating func add(_ name: String, _ holds: Bool, _ detail: String? = nil) {
    checks.append(Check(name: name, holds: holds, detail: holds ? nil : detail))
  }

  private func teach(_ text: String, source: String) throws {
    try EpisodeTeacher(
      model: evaluation.model, source: source, session: bench.session, memories: bench.memories
    ).teach([Telling(.statement, text)])
  }

  private func logits(of path: String) throws -> [Float] {
    let fresh = try EvaluationBench(
      .files([path]), model: evaluation.model, contextLength: evaluation.contextLength,
      learns: false, passphrases: [:])
    return try probe(fresh.session)
  }

  private func probe(_ session: TransformerSession) throws -> [Float] {
    try Self.probe(session, evaluation.model)
  }

  /// Logits after the question and at each token of its answer, one after the other.
  private static func probe(
    _ session: TransformerSession, _ model: LanguageModel
  ) throws -> [Float] {
    let prompt = model.template.encode(
      [ChatMessage(role: .user, content: question)], addGenerationPrompt: true
    ).prompt
    session.reset()
    defer { session.reset() }
    let first = try session.ask(prompt).last
    let rest = model.tokenizer.encode(answer, addBOS: false, parseSpecial: false)
    return first + (try session.forward(rest, logits: .all).values)
  }
}

extension DetachableMemory {
  /// Writes a statement into a memory and saves it elsewhere.
  fileprivate func saveAfterTelling(
    _ text: String, to path: String, evaluation: MemoryEvaluation
  ) throws {
    let session = TransformerSession(
      model: evaluation.model.transformer, contextLength: evaluation.contextLength)
    let attachment = try attach(to: session)
    defer { attachment.detach() }
    try EpisodeTeacher(
      model: evaluation.model, source: "fork", session: session, memories: [self]
    ).teach([Telling(.statement, text)])
    try save(to: path)
  }
}
