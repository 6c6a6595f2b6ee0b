public import Memory
import Tensors
import Transformer

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

    /// The slot of each fact.
    var slotOfFact: [Int: Int] {
      facts.enumerated().reduce(into: [:]) { slots, entry in
        if let fact = entry.element { slots[fact] = entry.offset }
      }
    }
  }

  struct State: Sendable {
    var facts: any Sendable
    var table: Table
    var wired: WiredMachine<Cell>.State?
  }

  /// The configuration.
  public let configuration: FactSlotConfiguration
  let texts: EpisodicMemory
  /// Values of a key: the words' and the meaning's.
  let columns: Int
  let wordColumns: Int
  var table: Table
  /// What an adapter's wires connect to the model; nil without them.
  let wired: WiredMachine<Cell>?

  public init(context: ModuleContext, parameters: ModuleParameters) throws(MemoryError) {
    configuration = try Self.configuration(of: parameters, context: context)
    let own = try ModuleParameters(
      configuration.ledger, gate: parameters.gate, tensors: parameters.tensors)
    texts = try EpisodicMemory(
      context: context, parameters: own, name: Cell.about.kind.rawValue)
    wordColumns = configuration.facts.latentWidth
    columns = wordColumns + (texts.meaningEncoder?.columns ?? 0)
    table = Table(
      cell: Cell(slots: configuration.slots, first: 0), facts: [], memory: [])
    wired = try configuration.wiring.map { (wiring) throws(MemoryError) in
      let model = context.model.configuration
      return WiredMachine<Cell>(
        try MachineWire(
          wiring, movements: Cell.movements, tensors: parameters.tensors, width: model.width,
          layers: model.layerCount),
        context: context)
    }
    texts.addressing = self
  }

  public var isEmpty: Bool { table.order.isEmpty && wired?.isEmpty ?? true }
  public var stateBytes: Int {
    texts.stateBytes + table.order.count * (4 * columns + 24)
      + (wired?.stateBytes ?? 0)
  }

  public func endSegment() {
    texts.endSegment()
    wired?.endSegment()
    fill()
  }

  public func snapshot() -> any Sendable {
    State(facts: texts.snapshot(), table: table, wired: wired?.state)
  }

  public func restore(_ snapshot: any Sendable) {
    guard let snapshot = snapshot as? State else {
      preconditionFailure("a snapshot of another kind of memory")
    }
    texts.restore(snapshot.facts)
    table = snapshot.table
    if let state = snapshot.wired { wired?.state = state }
    retire()
  }
}

/// The memory of a Neural Turing Machine.
public typealias NTMMemory = FactSlotMemory<NTMSlots>
/// The memory of a Differentiable Neural Computer.
public typealias DNCMemory = FactSlotMemory<DNCSlots>
