import Memory
import MemoryModules
import Transformer

/// What pairs of a key and a token are written to, and read from by their keys.
protocol PairMemory {
  var stateBytes: Int { get }
  /// - Parameter keys: [tokens, columns].
  mutating func write(_ keys: [Float], _ tokens: [Int32])
  /// The most probable token for each key; -1 where nothing is said.
  func read(_ keys: [Float]) -> [Int32]
}

/// A memory that reads keys.
struct ModulePairs: PairMemory {
  private let module: any AssociativeModule
  private let columns: Int
  private let width: Int

  init(module: any AssociativeModule, _ context: ModuleContext) {
    self.module = module
    columns = context.keyColumns
    width = context.width
  }

  var stateBytes: Int { module.stateBytes }

  func write(_ keys: [Float], _ tokens: [Int32]) {
    module.write(
      WriteBatch(
        keys: keys, hidden: [Float](repeating: 0, count: tokens.count * width), targets: tokens,
        logProbabilities: [Float](repeating: -10, count: tokens.count),
        journal: tokens.map { _ in -1 },
        provenance: Provenance(
          conversation: "recall", turn: 0, role: .document, source: "recall", time: 0)))
    module.endSegment()
  }

  func read(_ keys: [Float]) -> [Int32] {
    let count = keys.count / columns
    return module.read(
      ReadInput(rows: count, keys: keys, hidden: [Float](repeating: 0, count: count * width))
    ).map { $0?.top?.token ?? -1 }
  }
}

/// The slots of a Neural Turing Machine or a Differentiable Neural Computer.
///
/// In a memory their keys are made of a fact's words and meaning; here they are the keys as they are. Cell, writes and reads are the
/// memory's own.
struct SlotPairs<Cell: SlotCell>: PairMemory {
  private var table: SlotTable<Cell>
  private var tokens: [Int32] = []
  private let columns: Int
  private let strength: Float

  init(_ parameters: ModuleParameters, _ context: ModuleContext) throws(MemoryError) {
    let configuration = try parameters.decode(FactSlotConfiguration.self)
    columns = context.keyColumns
    strength = configuration.strength
    table = SlotTable(slots: configuration.slots, columns: columns)
  }

  var stateBytes: Int { table.stateBytes }

  mutating func write(_ keys: [Float], _ tokens: [Int32]) {
    for (index, token) in tokens.enumerated() {
      table.write(self.tokens.count, keys[index * columns..<(index + 1) * columns])
      self.tokens.append(token)
    }
  }

  func read(_ keys: [Float]) -> [Int32] {
    stride(from: 0, to: keys.count, by: columns).map { start in
      let found = table.addressed(
        keys[start..<start + columns], strength: strength, reads: 1)
      return found.first.flatMap { table.items[$0.slot] }.map { tokens[$0] } ?? -1
    }
  }
}
