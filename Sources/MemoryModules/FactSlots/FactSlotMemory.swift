public import Memory
import Tensors

/// A memory of slots that a Neural Turing Machine or a Differentiable Neural Computer addresses, without training (`ntm`, `dnc`).
///
/// A slot's key is a row of the matrix M, [slots, columns]: the words of one fact and, where the model's meanings are compared,
/// its whitened sentence vector, each of length 1. The cell decides which slot a fact goes to (`SlotCell`); reads address slots by
/// content, softmax(strength cosine) over all rows, and keep the largest (the sparse reads of Rae et al., arXiv 1610.09027). What
/// was told is kept beside the keys, word by word, in a ledger of facts, and reaches the answer as recalled text; whether a
/// question is about one of the facts that were read is judged as an episodic memory judges it (`TextScope`). Only facts that
/// hold have a slot.
public final class FactSlotMemory<Cell: SlotCell>: MemoryModule {
  public typealias Configuration = FactSlotConfiguration

  public static var about: ModuleDescription { Cell.about }

  /// What was learned, beside the facts themselves.
  struct Table: Sendable, Equatable {
    /// Where facts go.
    var cell: Cell
    /// The fact in each slot, by its number in the ledger; nil for an empty one.
    var facts: [Int?]
    /// The keys, [slots, columns]; zero for an empty one.
    var memory: [Float]
    /// The facts that have a slot, in the order in which they were told.
    var order: [Int] = []
    /// Tokens of facts that went because all slots were full.
    var dropped = 0
  }

  struct State: Sendable {
    var facts: any Sendable
    var table: Table
  }

  /// The configuration.
  public let configuration: FactSlotConfiguration
  package let ledger: EpisodicMemory
  /// Values of a key: the words' and the meaning's.
  let columns: Int
  let wordColumns: Int
  var table: Table

  public init(context: ModuleContext, parameters: ModuleParameters) throws(MemoryError) {
    configuration = try Self.configuration(of: parameters, context: context)
    let own = try ModuleParameters(
      configuration.ledger, gate: parameters.gate, tensors: parameters.tensors)
    ledger = try EpisodicMemory(
      context: context, parameters: own, name: Cell.about.kind.rawValue)
    wordColumns = configuration.facts.latentWidth
    columns = wordColumns + (ledger.meaningEncoder?.columns ?? 0)
    table = Table(
      cell: Cell(slots: configuration.slots, first: 0), facts: [], memory: [])
    ledger.addressing = self
  }

  public var isEmpty: Bool { table.order.isEmpty }
  public var entries: Int { ledger.entries }
  public var stateBytes: Int {
    ledger.stateBytes + table.order.count * (4 * columns + 24)
  }
  public var budget: Int? { ledger.budget }
  public var rejectedUpdates: Int { ledger.rejectedUpdates }

  public func endSegment() {
    ledger.endSegment()
    fill()
  }

  public func snapshot() -> any Sendable { State(facts: ledger.snapshot(), table: table) }

  public func restore(_ snapshot: any Sendable) {
    guard let snapshot = snapshot as? State else {
      preconditionFailure("a snapshot of another kind of memory")
    }
    ledger.restore(snapshot.facts)
    table = snapshot.table
  }

  public func remapJournal(_ newIndex: (Int) -> Int?) { ledger.remapJournal(newIndex) }
}

/// The memory of a Neural Turing Machine.
public typealias NTMMemory = FactSlotMemory<NTMSlots>
/// The memory of a Differentiable Neural Computer.
public typealias DNCMemory = FactSlotMemory<DNCSlots>
