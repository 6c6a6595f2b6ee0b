package import Memory
import Tokenization
import Transformer

/// A kind of memory made of a cell (`AssociativeCell`), at two levels: words and sentences.
///
/// Words: the key before each learned token is written with that token, and is mixed into predictions. Sentences: the vector of
/// each finished sentence (`MeaningEncoder`) is written with the sentence's number; for a question the cell proposes sentences,
/// and one that is surely about the question stands in the user's message as text, as with the episodic memory, whose ledger
/// keeps the sentences, finds corrections and decides what is in scope. Without a tokenizer, or without sentence vectors, there
/// are words only.
///
/// What is superposed in a matrix cannot be taken out of it again: forgetting and merging replay the journal.
package final class SlotMemory<Cell: AssociativeCell>: MemoryModule {
  package typealias Configuration = Cell.Options

  package static var about: ModuleDescription { Cell.about }

  /// What was learned, beside the sentences.
  struct State: Sendable {
    /// From keys to the tokens that followed.
    var words: Cell
    /// The tokens that were written.
    var tokens = ItemCodes()
    /// From sentences' vectors to their numbers; nil where sentences have no vectors.
    var sentences: Cell?
    /// The numbers that were written.
    var numbers = ItemCodes()
    /// Facts from this number on were not written into `sentences` yet.
    var next = 0
    /// Pairs of the current segment, which are not read yet.
    var pending = PendingPairs()
  }

  package let configuration: Cell.Options
  let context: ModuleContext
  /// The sentences.
  let texts: EpisodicMemory
  var state: State
  /// Whether sentences were taken out or joined, so that their cell must be made again before it is read.
  var isOutdated = false

  package init(context: ModuleContext, parameters: ModuleParameters) throws(MemoryError) {
    configuration = try Self.configuration(of: parameters, context: context)
    self.context = context
    // Sentences need no keys of their own.
    texts = try EpisodicMemory(
      context: ModuleContext(model: context.model, keyColumns: 0, tokenizer: context.tokenizer),
      parameters: try ModuleParameters(
        configuration.texts, gate: .closed(EpisodicMemory.gateFeatureNames),
        tensors: parameters.tensors), name: Cell.about.kind.rawValue)
    state = State(
      words: Cell(configuration, columns: context.keyColumns),
      sentences: texts.meaningEncoder.map { [configuration] in
        Cell(configuration.ofSentences, columns: $0.columns)
      })
    texts.addressing = self
  }

  package var isEmpty: Bool { state.tokens.isEmpty }

  package var stateBytes: Int {
    state.words.stateBytes + (state.sentences?.stateBytes ?? 0) + 8 * state.tokens.items.count
      + 4 * state.pending.keys.count + texts.stateBytes
      + texts.state.ledger.records.reduce(0) { $0 + 4 * $1.meaning.count }
  }

  /// The state of both parts.
  private struct Snapshot: Sendable {
    let texts: any Sendable
    let state: State
    let isOutdated: Bool
  }

  package func snapshot() -> any Sendable {
    Snapshot(texts: texts.snapshot(), state: state, isOutdated: isOutdated)
  }

  package func restore(_ snapshot: any Sendable) {
    guard let snapshot = snapshot as? Snapshot else {
      preconditionFailure("a snapshot of another kind of memory")
    }
    texts.restore(snapshot.texts)
    state = snapshot.state
    isOutdated = snapshot.isOutdated
  }
}

/// Pairs that were written in the current segment, in order.
struct PendingPairs: Sendable {
  /// [count, columns]
  var keys: [Float] = []
  /// What each stands for, [count].
  var items: [Int32] = []
  /// 1 where another conversation begins, [count].
  var begins: [UInt8] = []
}
