public import Memory
import Tensors
import Tokenization
public import Transformer

/// How facts in scope reach the model.
public enum EpisodicReadout: String, Sendable, Codable, CaseIterable {
  /// Their tokens vote for the next one (logit mixing).
  case votes
  /// Their own key/value rows join the attention of the answer, as if they stood before the conversation.
  case context
  /// Both.
  case both
}

extension EpisodicMemory {
  /// Extra rows for the attention of an answer, when the configuration or the adapter asks for them.
  ///
  /// With `context` read-out, the facts in scope are passed through the plain model once each and their keys and values
  /// are shown to the answer, the newest closest; no training is needed. With the adapter's tensor `latent`
  /// [layers, latent columns, key/value columns] Larimar's way is taken: the latent times it is one row per layer, key and
  /// value at once, unrotated. The prompt itself never sees any of it, and out of scope there are no rows.
  public func install(in host: ModuleHost) -> [HookHandle] {
    let projection = projection
    guard configuration.readout != .votes || projection != nil else { return [] }
    let rows = ContextRows(memory: self, session: host.session, projection: projection)
    return (0..<context.model.configuration.layerCount).flatMap { layer in
      [ContextRows.Kind.facts, .latent].map { kind in
        host.session.hooks.extendAttention(layer: layer) { [rows] hook in
          rows.rows(kind, layer: layer, positions: hook.positions)
        }
      }
    }
  }

  /// What a question is about, in order: best first.
  package func factsInScope(of prompt: [Int32]) -> [FactRecord] {
    inScope(lastMessage(of: prompt[...])).compactMap { match in
      state.ledger.index(of: match.id).map { state.ledger.records[$0] }
    }
  }

  /// The latent that answers a question: what the least-squares memory reads, or the best fact's own.
  package func latent(of prompt: [Int32]) -> [Float]? {
    let question = lastMessage(of: prompt[...])
    guard let best = inScope(question).first, let place = state.ledger.index(of: best.id) else {
      return nil
    }
    guard let index = state.index else { return state.ledger.profiles[place].latent }
    let words = state.ledger.splitter.words(question)
    return index.read(state.ledger.encoder.encode(FactProfile.unique(words[...])))
  }
}

/// The rows of the answer under way: made when it begins, the same for all its tokens and any split of them.
private final class ContextRows {
  enum Kind { case facts, latent }

  private weak var memory: EpisodicMemory?
  private weak var session: TransformerSession?
  private let projection: ParameterTensor?
  private var decided: (prompt: [Int32], version: Int)?
  private var facts: [ExtraKeyValues?] = []  // by block
  private var latents: [ExtraKeyValues?] = []  // by block
  /// Passes through the plain model, by fact.
  private var known: [Int: FactRows] = [:]

  init(memory: EpisodicMemory, session: TransformerSession, projection: ParameterTensor?) {
    self.memory = memory
    self.session = session
    self.projection = projection
  }

  func rows(_ kind: Kind, layer: Int, positions: Range<Int>) -> ExtraKeyValues? {
    guard let memory, let session, !memory.isEmpty, let start = session.responseStart, start > 0,
      positions.upperBound >= start, session.tokens.count >= start
    else { return nil }
    let prompt = Array(session.tokens[..<start])
    if decided.map({ $0.version != memory.version || $0.prompt != prompt }) ?? true {
      if decided?.version != memory.version { known = [:] }
      facts = memory.configuration.readout == .votes ? [] : makeFacts(memory, prompt)
      latents = makeLatents(memory, prompt)
      decided = (prompt, memory.version)
    }
    let rows = kind == .facts ? facts : latents
    return rows.indices.contains(layer) ? rows[layer] : nil
  }

  /// The rows of up to four facts, at the positions before the conversation; the best stands closest to it.
  private func makeFacts(_ memory: EpisodicMemory, _ prompt: [Int32]) -> [ExtraKeyValues?] {
    let count = memory.context.model.configuration.layerCount
    var keys = [[Float]](repeating: [], count: count)
    var values = keys
    var total = 0
    for record in memory.factsInScope(of: prompt).prefix(4).reversed() {
      let rows = known[record.id] ?? FactRows(record.tokens, context: memory.context)
      known[record.id] = rows
      guard let rows else { continue }
      for layer in 0..<count {
        keys[layer] += rows.keys[layer]
        values[layer] += rows.values[layer]
      }
      total += record.count
    }
    guard total > 0 else { return [] }
    return (0..<count).map { layer in
      var rows = ExtraKeyValues(
        count: total, keys: keys[layer], values: values[layer],
        positions: (0..<total).map { $0 - total })
      rows?.visibleFrom = prompt.count - 1
      return rows
    }
  }

  /// One row per block that the adapter makes of the latent: key and value at once, unrotated.
  private func makeLatents(_ memory: EpisodicMemory, _ prompt: [Int32]) -> [ExtraKeyValues?] {
    guard let projection, let z = memory.latent(of: prompt) else { return [] }
    let shape = memory.context.model.configuration
    let columns = shape.keyValueHeadCount * shape.headDimension
    return (0..<shape.layerCount).map { layer in
      let slice = projection.values[layer * z.count * columns..<(layer + 1) * z.count * columns]
      let row = LinearAlgebra.product(z, Array(slice), m: 1, n: columns, k: z.count)
      var rows = ExtraKeyValues(count: 1, keys: row, values: row)
      rows?.visibleFrom = prompt.count - 1
      return rows
    }
  }
}

/// The keys before rotation and the values of a fact's tokens in every block of the plain model.
private struct FactRows {
  var keys: [[Float]]  // per block [count, key/value columns]
  var values: [[Float]]

  /// Passes a fact through the plain model behind the begin of sequence; nil when it does not fit.
  init?(_ tokens: [Int32], context: ModuleContext) {
    let session = TransformerSession(model: context.model)
    let count = context.model.configuration.layerCount
    let recorder = Recorder(count)
    let handles = (0..<count).map { layer in
      session.hooks.read([.block(layer, .k), .block(layer, .v)]) { hook, span in
        let rows = (0..<span.count).map { span[$0] }
        if hook.point.site == .k {
          recorder.keys[layer] += rows
        } else {
          recorder.values[layer] += rows
        }
      }
    }
    defer { for handle in handles { handle.remove() } }
    let start = context.tokenizer?.special.bos.map { [$0] } ?? []
    guard (try? session.forward(start + tokens, logits: .none)) != nil else { return nil }
    let skipped = start.count
    func trimmed(_ rows: [Float]) -> [Float] {
      Array(rows.dropFirst(skipped * rows.count / (skipped + tokens.count)))
    }
    keys = recorder.keys.map(trimmed)
    values = recorder.values.map(trimmed)
  }

  private final class Recorder {
    var keys: [[Float]]
    var values: [[Float]]
    init(_ count: Int) {
      keys = [[Float]](repeating: [], count: count)
      values = keys
    }
  }
}
