import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Tokenization
import Transformer

/// A memory of facts on a tiny model whose tokens are letters, and verbs to tell and to ask.
final class FactBench {
  let bench: Workbench
  let tokenizer: any Tokenizer
  let memory: DetachableMemory
  private var turns = 0

  init(
    kinds: [ModuleKind] = [.episodic], adapter: Adapter? = nil,
    change: (inout EpisodicConfiguration) -> Void = { _ in }
  ) throws {
    bench = try Workbench.shared.get()
    tokenizer = try loadTokenizer(from: bench.model.file)
    memory = try DetachableMemory.create(
      kinds: kinds, model: bench.model, adapter: try adapter ?? Self.adapter(bench, change),
      registry: .standard, tokenizer: tokenizer, name: "facts")
  }

  /// The workbench's adapter with all gates open and a scope gate that is not fitted to random tokens.
  private static func adapter(
    _ bench: Workbench, _ change: (inout EpisodicConfiguration) -> Void
  ) throws -> Adapter {
    let open = bench.adapter(.open)
    var configuration = EpisodicConfiguration()
    // Without a prior words count by their letters, and a random model takes everything to be alike.
    configuration.sameSubject = 0.95
    change(&configuration)
    var modules = open.modules
    if let gate = open.modules[.episodic]?.gate {
      modules[.episodic] = try ModuleParameters(configuration, gate: gate)
    }
    return Adapter(fingerprint: open.fingerprint, keys: open.keys, modules: modules)
  }

  var episodic: EpisodicMemory {
    get throws {
      guard let module = memory.modules.first(where: { $0 is EpisodicMemory }) as? EpisodicMemory
      else { throw MemoryError.noFacts(name: memory.name) }
      return module
    }
  }

  func encode(_ text: String) -> [Int32] {
    tokenizer.encode(text, addBOS: false, parseSpecial: false)
  }

  /// What follows a prompt, as tokens.
  func encode(answer: String) -> [Int32] {
    tokenizer.encode(fragment: " " + answer, continuing: true)
  }

  /// Reads a text as one message of the user; nothing is declared a fact.
  func read(_ text: String, source: String = "test", time: Double? = nil) throws {
    turns += 1
    let session = bench.session()
    let attached = try memory.attach(to: session)
    defer { attached.detach() }
    let tokens = [1] + encode(text)
    _ = try session.forward(tokens, logits: .none)
    try session.commit(
      through: tokens.count,
      provenance: Provenance(
        conversation: "c\(turns)", turn: turns, role: .user, source: source,
        time: time ?? 1_000 + Double(turns)),
      learnable: tokens.indices.map { $0 > 0 }, endsSegment: true)
  }

  /// Tells a fact.
  @discardableResult
  func tell(
    _ text: String, answer: String? = nil, source: String = "test", time: Double? = nil
  ) throws -> (id: Int, replaced: ForgettingReport?) {
    let first = memory.factMemory?.nextFact ?? 0
    let whole = answer.map { text + " " + $0 } ?? text
    try read(whole, source: source, time: time)
    let given = answer.map { FactAnswer(text: ByteString($0), tokens: encode(answer: $0)) }
    guard let settled = memory.settleFact(from: first, text: whole, answer: given) else {
      throw MemoryError.noFacts(name: memory.name)
    }
    return settled
  }

  /// The logits behind a prompt that asks for an answer, after some of it was said.
  func logits(_ prompt: String, said: [Int32] = [], attached: Bool = true) throws -> [Float] {
    let session = bench.session()
    let attachment = attached ? try memory.attach(to: session, readOnly: true) : nil
    defer { attachment?.detach() }
    let tokens = [1] + encode(prompt)
    return try session.ask(Prompt(text: tokens, bos: 1), begun: said).last
  }

  /// Greedy tokens behind a prompt.
  func answer(_ prompt: String, count: Int) throws -> [Int32] {
    var said: [Int32] = []
    while said.count < count {
      let logits = try logits(prompt, said: said)
      said.append(Int32(logits.indices.max { logits[$0] < logits[$1] } ?? 0))
    }
    return said
  }

  /// The numbers of the facts in scope of a question.
  func inScope(_ question: String) throws -> [Int] {
    try episodic.recall(encode(question), limit: 10).filter(\.isInScope).map(\.fact.id)
  }

  /// The memory as a file.
  func bytes() throws -> Data { try Workbench.bytes(of: memory) }
}
