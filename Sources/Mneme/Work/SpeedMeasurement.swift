public import Memory
import Tokenization
import Transformer

/// Measures speed, plain and with each memory attached, side by side.
public struct SpeedMeasurement: Sendable {
  /// The results.
  public struct Report: Sendable, Equatable, Codable {
    /// One memory's cost.
    public struct Row: Sendable, Equatable, Codable {
      /// The module's kind.
      public var kind: String
      /// Time per decoded token with the memory divided by the time without; 1 is no cost.
      public var decodeRatio: Double
      /// Microseconds to learn a token.
      public var writeMicroseconds: Double
      /// Microseconds a read adds to a token.
      public var readMicroseconds: Double
      /// Bytes of its state after learning.
      public var stateBytes: Int

      private enum CodingKeys: String, CodingKey {
        case kind
        case decodeRatio = "decode_ratio"
        case writeMicroseconds = "write_us_per_token"
        case readMicroseconds = "read_us_per_token"
        case stateBytes = "state_bytes"
      }
    }

    /// Tokens per second through the prompt.
    public var prefillPerSecond: Double
    /// Tokens per second generated.
    public var decodePerSecond: Double
    /// A row per memory.
    public var memories: [Row]
    /// The kinds that were left out: the model would have had to be met, or calibrated, for them first.
    public var unready: [String]
    /// Tokens per second of several sequences that are decoded together, all of them counted; nil when not measured.
    public var togetherPerSecond: Double?

    private enum CodingKeys: String, CodingKey {
      case memories, unready
      case togetherPerSecond = "together_per_second"
      case prefillPerSecond = "prefill_per_second"
      case decodePerSecond = "decode_per_second"
    }
  }

  let model: LanguageModel
  let promptTokens: Int
  let generatedTokens: Int
  let rounds: Int
  let contextLength: Int

  /// A measurement.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - promptTokens: length of the prompt, also what a memory learns.
  ///   - generatedTokens: tokens decoded after it.
  ///   - rounds: how often plain and attached runs alternate; the fastest of each counts.
  ///   - contextLength: tokens in a session; the model's own limit when nil.
  public init(
    model: LanguageModel, promptTokens: Int = 512, generatedTokens: Int = 128, rounds: Int = 3,
    contextLength: Int? = nil
  ) {
    self.model = model
    self.promptTokens = max(2, promptTokens)
    self.generatedTokens = max(1, generatedTokens)
    self.rounds = max(1, rounds)
    self.contextLength =
      contextLength ?? max(model.contextLength, promptTokens + generatedTokens + 1)
  }

  /// Measures the plain model, then the model with each memory that can be made at once (`LanguageModel.readyKinds`).
  ///
  /// - Parameters:
  ///   - modules: makes a fresh memory of each kind.
  ///   - adapter: a file of slow weights; the one beside the model when nil.
  ///   - progress: called with the share that is done.
  public func run(
    _ modules: [ModuleKind], adapter: String? = nil,
    progress: @escaping @Sendable (Double, String) -> Void = { _, _ in }
  ) throws -> Report {
    let prompt = makePrompt()
    let plain = TransformerSession(model: model.transformer, contextLength: contextLength)
    _ = try time(plain, prompt)  // warms up caches and pages
    var base = try time(plain, prompt)
    var rows: [Report.Row] = []
    let ready = try modules.isEmpty ? [] : model.readyKinds(adapter: adapter)
    let measured = modules.filter(ready.contains)
    for (index, kind) in measured.enumerated() {
      progress(Double(index) / Double(measured.count), kind.rawValue)
      try Task.checkCancellation()
      let memory = try model.createMemory([kind], adapter: adapter)
      let session = TransformerSession(model: model.transformer, contextLength: contextLength)
      let attachment = try memory.attach(to: session)
      defer { attachment.detach() }
      let write = try learn(prompt, in: session)
      var beside: (plain: Double, attached: Double) = (.infinity, .infinity)
      for _ in 0..<rounds {
        let without = try time(plain, prompt)
        base = (min(base.prefill, without.prefill), min(base.decode, without.decode))
        beside.plain = min(beside.plain, without.decode)
        beside.attached = min(beside.attached, try time(session, prompt).decode)
      }
      rows.append(
        Report.Row(
          kind: kind.rawValue, decodeRatio: beside.attached / beside.plain,
          writeMicroseconds: write * 1000,
          readMicroseconds: max(0, beside.attached - beside.plain) * 1000,
          stateBytes: memory.modules.reduce(0) { $0 + $1.stateBytes }))
    }
    return Report(
      prefillPerSecond: 1000 / base.prefill, decodePerSecond: 1000 / base.decode, memories: rows,
      unready: modules.filter { !ready.contains($0) }.map(\.rawValue))
  }

  /// Tokens per second, all counted, of sequences that go on together after prompts of the measurement's length. Rounds take
  /// turns with a single sequence.
  ///
  /// - Returns: of all together, and of the single one.
  public func together(_ sequences: Int) throws -> (all: Double, one: Double) {
    let prompt = makePrompt()
    let sessions = (0..<max(1, sequences)).map { _ in
      TransformerSession(model: model.transformer, contextLength: contextLength)
    }
    let clock = ContinuousClock()
    var best = (all: 0.0, one: 0.0)
    for _ in 0..<rounds {
      try Task.checkCancellation()
      for count in [sessions.count, 1] {
        let some = sessions.prefix(count)
        for session in some {
          session.reset()
          _ = try session.forward(prompt, logits: .last)
        }
        let began = clock.now
        for index in 0..<generatedTokens {
          let token = prompt[index % prompt.count]
          _ = try TransformerSession.forward(some.map { .init($0, token) })
        }
        let speed = Double(count * generatedTokens) * 1000 / (clock.now - began).milliseconds
        if count == 1 { best.one = max(best.one, speed) }
        if count == sessions.count { best.all = max(best.all, speed) }
      }
    }
    return best
  }

  /// Ordinary text pieces, in a fixed order that does not repeat early.
  private func makePrompt() -> [Int32] {
    let tokenizer = model.tokenizer
    let usable = (0..<Int32(tokenizer.vocabularySize)).filter { tokenizer.kind(of: $0) == .normal }
    let pool = usable.isEmpty ? [0] : usable
    return (0..<promptTokens).map { pool[($0 &* 7919 &+ 13) % pool.count] }
  }

  /// Milliseconds per token: prefill of the prompt, then decode after it. Nothing is committed.
  private func time(
    _ session: TransformerSession, _ prompt: [Int32]
  ) throws -> (prefill: Double, decode: Double) {
    let clock = ContinuousClock()
    session.reset()
    let began = clock.now
    _ = try session.forward(prompt, logits: .last)
    let prefilled = clock.now
    for index in 0..<generatedTokens {
      _ = try session.forward([prompt[index % prompt.count]], logits: .last)
    }
    let done = clock.now
    session.reset()
    return (
      (prefilled - began).milliseconds / Double(prompt.count),
      (done - prefilled).milliseconds / Double(generatedTokens)
    )
  }

  /// Milliseconds per token that a commit of the prompt takes.
  private func learn(_ prompt: [Int32], in session: TransformerSession) throws -> Double {
    session.reset()
    _ = try session.forward(prompt, logits: .none)
    let clock = ContinuousClock()
    let began = clock.now
    try session.commit(
      through: prompt.count,
      provenance: Provenance(
        conversation: "bench", turn: 0, role: .document, source: "bench", time: 0),
      learnable: prompt.indices.map { $0 > 0 }, endsSegment: true)
    return (clock.now - began).milliseconds / Double(prompt.count)
  }
}
