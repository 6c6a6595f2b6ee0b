import Tensors
import Transformer

/// Mixes the readings of all memories attached to one session into its logits.
///
/// All memories are read before any reading is mixed in, and every gate sees the plain model's distribution, so the
/// order of attachment does not matter. Memories of a `Poolable` kind count as one. In plain text each gate is scaled
/// by an online trust weight from past log-likelihood gain (`TrackRecord`); not in answers: a question is too short to
/// measure a gain, and its answer is the model's own text.
final class SessionMixer: LogitMixer {
  private struct Member {
    weak var memory: AttachedMemory?
  }

  /// One non-empty memory at the rows to predict.
  private struct Reader {
    let attached: AttachedMemory
    let module: any AssociativeModule
    let gate: ReadoutGate
    let input: ReadInput

    var kind: ModuleKind { module.kind }
  }

  /// A reading to mix in at one row, and the memories it comes from.
  private struct Voice {
    let kind: ModuleKind
    /// Nil where the memory has no prediction.
    var reading: Reading?
    var gate: Float
    let votes: [(attached: AttachedMemory, votes: [Reading.Vote])]

    /// Scales the gate by the memory's trust weight. A reading that would replace the row is instead mixed into it,
    /// with the trust weight as its gate.
    mutating func temper(_ trust: Float) {
      guard gate > 0, let isWhole = reading?.isWhole else { return }
      gate = isWhole ? trust : gate * trust
      reading?.isWhole = false
    }
  }

  private var members: [Member] = []
  private var record = TextRecord()

  /// Adds a memory to the mixer of a session; the first memory creates the mixer.
  static func add(_ memory: AttachedMemory, to session: TransformerSession) -> SessionMixer {
    let mixer = session.hooks.mixer as? SessionMixer ?? SessionMixer()
    session.hooks.mixer = mixer
    mixer.members.append(Member(memory: memory))
    mixer.record = TextRecord()
    return mixer
  }

  /// Removes a memory; removing the last one also removes the mixer.
  func remove(_ memory: AttachedMemory, from session: TransformerSession) {
    members.removeAll { $0.memory == nil || $0.memory === memory }
    record = TextRecord()
    if members.isEmpty { session.hooks.mixer = nil }
  }

  func mix(_ context: HookContext, _ logits: inout MutableSpan<Float>) {
    let attached = members.compactMap(\.memory).filter { !$0.memory.isEmpty }
    guard !attached.isEmpty else { return }
    let positions = Array(context.positions)
    let columns = context.columns
    for member in attached { member.dropContributions(from: context.positions.lowerBound) }
    let text = attached[0].text(at: positions)
    let isRecorded = !text.mode.isAnswer
    // Summing up a row of the whole vocabulary costs as much as a few per cent of a small model's token.
    let open = attached.map { (attached: $0, modules: Self.open($0, text)) }
    guard isRecorded || open.contains(where: { !$0.modules.isEmpty }) else { return }
    logits.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      let bases = positions.indices.map { row in
        BaseDistribution(UnsafeBufferPointer(start: start + row * columns, count: columns))
      }
      let readers = open.flatMap { Self.readers($0.modules, of: $0.attached, text, bases: bases) }
      var kinds: [ModuleKind] = []
      for reader in readers where !kinds.contains(reader.kind) { kinds.append(reader.kind) }
      let voices = kinds.flatMap { kind in
        Self.voices(
          readers.filter { $0.kind == kind }, bases: bases, logits: start, columns: columns)
      }
      if isRecorded, let first = positions.first {
        record.resume(text.tokens, at: first, voices: voices.count)
      }
      for row in positions.indices {
        var heard = voices.map { $0[row] }
        if isRecorded {
          let trusts = record.trusts(
            heard.map { ($0.reading, $0.gate) }, row: start + row * columns, columns: columns,
            logSumExp: bases[row].logSumExp, tokens: text.tokens, position: positions[row])
          for index in heard.indices { heard[index].temper(trusts[index]) }
        }
        // Readings that replace the row come before readings that are added to it.
        let order =
          heard.filter { $0.reading?.isWhole == true }
          + heard.filter { $0.reading?.isWhole == false }
        for voice in order where voice.gate > 0 {
          guard let reading = voice.reading else { continue }
          // Each gate was fitted against the plain model alone, so its odds are applied relative to the plain model:
          // the row becomes p_LM + sum of g/(1-g) p_mem before it is normalised, in whatever order modules come.
          Mixture.apply(
            reading, gate: voice.gate, logSumExp: bases[row].logSumExp,
            to: start + row * columns)
          for source in voice.votes {
            source.attached.record(
              voice.kind, reading: reading, votes: source.votes, gate: voice.gate,
              position: positions[row])
          }
        }
      }
    }
  }

  /// The modules that may be heard in a text, and their gates.
  private static func open(
    _ attached: AttachedMemory, _ text: TextWindow
  ) -> [(module: any AssociativeModule, gate: ReadoutGate)] {
    attached.memory.modules.compactMap { module in
      guard let module = module as? any AssociativeModule, !module.isEmpty,
        let gate = attached.memory.adapter.modules[module.kind]?.gate,
        !text.mode.isAnswer || module.readsAnswers && gate.opensInAnswers != false
      else { return nil }
      return (module, gate)
    }
  }

  private static func readers(
    _ modules: [(module: any AssociativeModule, gate: ReadoutGate)], of attached: AttachedMemory,
    _ text: TextWindow, bases: [BaseDistribution]
  ) -> [Reader] {
    let positions = text.positions
    guard !modules.isEmpty, let (keys, hidden) = attached.keysAndHidden(at: positions) else {
      return []
    }
    return modules.map { module, gate in
      let input = ReadInput(
        rows: positions.count, keys: keys, hidden: hidden, text: text, base: bases,
        leadKeys: positions.first.map {
          attached.leadKeys(
            before: $0,
            lookback: (module as? any LookbackReader)?
              .lookback(isAnswer: text.mode.isAnswer) ?? 1)
        } ?? [])
      return Reader(attached: attached, module: module, gate: gate, input: input)
    }
  }

  /// Per voice its rows: all memories of one poolable kind together, or each memory by itself.
  private static func voices(
    _ readers: [Reader], bases: [BaseDistribution], logits: UnsafeMutablePointer<Float>,
    columns: Int
  ) -> [[Voice]] {
    if readers.count > 1, let kind = type(of: readers[0].module) as? any Poolable.Type {
      let pooled = kind.readTogether(
        readers.map(\.module), readers.map(\.input), gates: readers.map(\.gate))
      return [
        pooled.map { pooled in
          Voice(
            kind: readers[0].kind, reading: pooled?.reading,
            gate: opening(pooled?.reading.opening ?? 0),
            votes: zip(readers, pooled?.votes ?? []).compactMap { reader, votes in
              votes.isEmpty ? nil : (reader.attached, votes)
            })
        }
      ]
    }
    return readers.map { reader in
      reader.module.read(reader.input).enumerated().map { row, reading in
        Voice(
          kind: reader.kind, reading: reading,
          gate: reading.map {
            gate(reader, $0, base: bases[row], logits: logits + row * columns)
          } ?? 0,
          votes: [(reader.attached, reading?.votes ?? [])])
      }
    }
  }

  private static func gate(
    _ reader: Reader, _ reading: Reading, base: BaseDistribution,
    logits: UnsafeMutablePointer<Float>
  ) -> Float {
    guard let top = reading.top else { return 0 }
    if let own = reading.opening { return opening(own) }
    return reader.gate(
      ReadoutGate.features(
        base: base, reading: reading,
        baseLogProbabilityOfMemoryTop: logits[Int(top.token)] - base.logSumExp))
  }

  private static func opening(_ gate: Float) -> Float { gate.isFinite ? max(0, min(1, gate)) : 0 }
}
