public import Memory
import Tokenization
import Transformer

/// How facts in scope reach the model.
public enum EpisodicReadout: String, ConfigurationChoice {
  /// Their tokens vote for the next one (logit mixing).
  case votes
  /// Their own key/value rows join the attention of the answer, at positions before the conversation.
  case context
  /// Votes and those rows.
  case both
  /// Their text stands in the user's message (`RecallForm`); logits are not mixed in answers.
  case text
  /// Rows that an adapter decodes from their latents join the attention of the answer (Larimar): of constant size, and
  /// with matrix addressing decoded from the output of the least-squares memory.
  case latents
}

extension EpisodicReadout {
  /// Whether an answer attends to rows of the facts.
  var usesRows: Bool { self == .context || self == .both || self == .latents }
  /// Whether the facts' tokens vote for the tokens of an answer.
  var votes: Bool { self == .votes || self == .both }
}

extension EpisodicMemory: ForwardModule {
  /// Adds rows to the attention of an answer, when the configuration has a read-out with rows.
  ///
  /// With the `context` read-out, each fact in scope is passed through the plain model once, and the answer attends to
  /// its keys and values; no training is needed. With `latents` the rows are decoded from the stored latents
  /// (`RowCodec`). The prompt itself never attends to the rows, and out of scope there are none.
  public func join(_ pass: ForwardPass) {
    guard configuration.readout.usesRows else { return }
    let rows = ContextRows(memory: self, session: pass.view)
    for layer in 0..<context.model.configuration.layerCount {
      pass.extendAttention(layer: layer) { hook in
        rows.rows(layer: layer, positions: hook.positions)
      }
    }
  }

  /// The facts a question is about, best first.
  package func factsInScope(of question: ArraySlice<Int32>) -> [FactRecord] {
    inScope(Self.tail(of: question)).compactMap { match in
      state.ledger.index(of: match.id).map { state.ledger.records[$0] }
    }
  }

  /// The latents for a question, best first: the output of the least-squares memory, or those of the facts in scope.
  package func latents(of question: ArraySlice<Int32>) -> [[Float]] {
    let question = Self.tail(of: question)
    let found = inScope(question).prefix(Self.shownFacts)
      .compactMap { state.ledger.index(of: $0.id) }
    guard !found.isEmpty else { return [] }
    guard let index = state.index else {
      return found.map { state.ledger.records[$0].latent }.filter { !$0.isEmpty }
    }
    let words = state.ledger.splitter.words(question)
    let key = state.ledger.encoder.encode(FactProfile.unique(words[...]))
    return index.content(key).map { [$0] } ?? []
  }

  /// The largest number of facts whose rows an answer attends to.
  static let shownFacts = 4
}

/// The rows of the current answer: computed when it begins, the same for all its tokens and any split of them.
private final class ContextRows {
  private weak var memory: EpisodicMemory?
  private let session: SessionView
  private var decided: (prompt: Prompt, version: Int)?
  private var rows: [ExtraKeyValues?] = []  // by block
  /// Passes through the plain model, by fact.
  private var known: [Int: FactRows] = [:]

  init(memory: EpisodicMemory, session: SessionView) {
    self.memory = memory
    self.session = session
  }

  func rows(layer: Int, positions: Range<Int>) -> ExtraKeyValues? {
    guard let memory, !memory.isEmpty, let start = session.mode.answerStart, start > 0,
      positions.upperBound >= start, session.tokens.count >= start
    else { return nil }
    guard case .answer(_, let question) = session.mode else { return nil }
    let prompt = Prompt(tokens: Array(session.tokens[..<start]), question: question)
    if decided.map({ $0.version != memory.version || $0.prompt != prompt }) ?? true {
      if decided?.version != memory.version { known = [:] }
      rows = FactRows.joined(
        memory.configuration.readout == .latents
          ? decoded(memory, prompt) : facts(memory, prompt),
        layers: memory.context.model.configuration.layerCount, visibleFrom: start - 1)
      decided = (prompt, memory.version)
    }
    return rows.indices.contains(layer) ? rows[layer] : nil
  }

  /// The rows of up to four facts, at the positions before the conversation; the best is closest to it.
  private func facts(_ memory: EpisodicMemory, _ prompt: Prompt) -> [FactRows] {
    var result: [FactRows] = []
    var total = 0
    let facts = memory.factsInScope(of: prompt.tokens[prompt.question])
    for record in facts.prefix(EpisodicMemory.shownFacts) {
      let rows = known[record.id] ?? FactRows(record.tokens, context: memory.context)
      known[record.id] = rows
      guard let rows else { continue }
      result.append(rows.moved(back: total))
      total += rows.count
    }
    return result.reversed()
  }

  /// The same, decoded from latents.
  private func decoded(_ memory: EpisodicMemory, _ prompt: Prompt) -> [FactRows] {
    guard let codec = memory.codec else { return [] }
    return memory.latents(of: prompt.tokens[prompt.question]).enumerated().map { number, latent in
      codec.decode(latent).moved(back: number * codec.slots)
    }.reversed()
  }
}
