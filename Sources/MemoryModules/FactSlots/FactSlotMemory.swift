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

  struct State: Sendable {
    var facts: any Sendable
    var table: SlotTable<Cell>
    var wired: WiredMachine<Cell>.State?
  }

  /// The configuration.
  public let configuration: FactSlotConfiguration
  let texts: EpisodicMemory
  /// Values of a key: the words' and the meaning's.
  let columns: Int
  let wordColumns: Int
  /// Where facts are, by their numbers in the ledger.
  var table: SlotTable<Cell>
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
    table = SlotTable(slots: configuration.slots, columns: columns)
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
    texts.stateBytes + table.stateBytes + (wired?.stateBytes ?? 0)
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
