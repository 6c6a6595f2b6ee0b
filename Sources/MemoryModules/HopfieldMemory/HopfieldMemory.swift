public import Memory
public import ModelFiles
import Tensors

/// A modern Hopfield network (Ramsauer et al. 2020, arXiv 2008.02217) over the learned tokens.
///
/// Stored patterns X are the keys of learned tokens, the token that followed is the value of each. A read iterates the
/// paper's update rule from the query: xi <- X softmax(beta Xᵀ xi), with patterns and state of length 1; the last
/// softmax gives the votes. All entries take part, nothing is trained. Capacity is exponential in the key's width. A
/// pattern stored again with another value replaces the older one in reads (`supersededFrom`), an addition to the
/// paper.
public final class HopfieldMemory: MemoryModule {
  public typealias Configuration = HopfieldConfiguration

  public static let about = ModuleDescription(
    kind: "hopfield", socket: .associative,
    summary: "a modern Hopfield network: softmax attention over all stored keys",
    paper: "Hopfield Networks is All You Need (arXiv 2008.02217)", grows: true,
    readouts: [.mixing])

  /// The patterns, oldest first.
  struct State: Sendable {
    var keys: [Float] = []  // [count, key columns]
    var tokens: [Int32] = []  // [count]
    var journal: [Int] = []  // [count]
    /// The number of readable patterns; those after them belong to the current segment.
    var readable = 0
    var rejected = 0
  }

  /// The configuration.
  public let configuration: HopfieldConfiguration
  let context: ModuleContext
  var state = State()

  public init(context: ModuleContext, parameters: ModuleParameters) throws(MemoryError) {
    configuration = try Self.configuration(of: parameters, context: context)
    self.context = context
  }

  public var isEmpty: Bool { state.readable == 0 }
  public var entries: Int { state.tokens.count }
  public var stateBytes: Int { entries * (4 * context.keyColumns + 12) }
  public var budget: Int? { configuration.budget }
  public var rejectedUpdates: Int { state.rejected }

  public func endSegment() {
    let surplus = entries - configuration.budget
    if surplus > 0 { keep { $0 >= surplus } }
    state.readable = entries
  }

  public func snapshot() -> any Sendable { state }

  public func restore(_ snapshot: any Sendable) {
    guard let snapshot = snapshot as? State else {
      preconditionFailure("a snapshot of another kind of memory")
    }
    state = snapshot
  }

  public func remapJournal(_ newIndex: (Int) -> Int?) {
    state.journal = state.journal.map { $0 < 0 ? -1 : newIndex($0) ?? -1 }
  }

  /// Keeps the patterns whose index `isKept` says.
  func keep(_ isKept: (Int) -> Bool) {
    let columns = context.keyColumns
    let kept = state.tokens.indices.filter(isKept)
    state.keys = kept.flatMap { state.keys[$0 * columns..<($0 + 1) * columns] }
    state.tokens = kept.map { state.tokens[$0] }
    state.journal = kept.map { state.journal[$0] }
    state.readable = kept.count
  }

  public func save(into writer: inout SafetensorsWriter) {
    writer.add("hopfield.keys", floats: state.keys, shape: [entries, context.keyColumns])
    writer.add("hopfield.tokens", int32s: state.tokens, shape: [entries])
    writer.add("hopfield.journal", int64s: state.journal.map(Int64.init), shape: [entries])
    writer.add("hopfield.counters", int64s: [Int64(state.rejected)], shape: [1])
  }

  public func load(from file: SafetensorsFile) throws(MemoryError) {
    var loaded = State()
    let (journal, counters): ([Int64], [Int64])
    do throws(ModelFileError) {
      loaded.tokens = try file.require("hopfield.tokens").int32s()
      loaded.readable = loaded.tokens.count
      loaded.keys = try file.floats("hopfield.keys", shape: [loaded.readable, context.keyColumns])
      journal = try file.require("hopfield.journal").int64s()
      counters = try file.require("hopfield.counters").int64s()
    } catch {
      throw .file(error)
    }
    guard journal.count == loaded.readable, journal.allSatisfy({ $0 >= -1 && $0 < 1 << 40 }),
      loaded.tokens.allSatisfy({ $0 >= 0 && Int($0) < context.vocabularySize }),
      counters.count == 1, counters[0] >= 0,
      loaded.keys.allSatisfy({ $0.magnitude <= 2 })
    else {
      throw .malformed(
        path: file.path, what: "the hopfield memory's patterns are not sound",
        expected: "a key of length 1, a token and a journal index per pattern")
    }
    loaded.journal = journal.map(Int.init)
    loaded.rejected = Int(clamping: counters[0])
    state = loaded
  }
}

extension HopfieldMemory: Rewindable, Unitable {
  public func forget(_ journal: Set<Int>) -> Forgetting {
    let before = entries
    keep { !journal.contains(state.journal[$0]) || state.journal[$0] < 0 }
    return before > entries ? .exact(entries: before - entries) : .nothingToForget
  }

  /// Every learned token has its pattern, unless older ones were dropped because the budget was exceeded.
  public func rewind(to place: Int) -> Bool {
    guard state.rejected == 0, state.readable == entries else { return false }
    keep { state.journal[$0] < place }
    return entries == place
  }

  /// The other's patterns after these, in their order.
  public func unite(with other: any MemoryModule, journal place: Int?) -> Union {
    guard let other = other as? HopfieldMemory else { return .unsupported }
    state.keys += other.state.keys
    state.tokens += other.state.tokens
    state.journal += other.state.journal.map { old in place.map { old < 0 ? -1 : old + $0 } ?? -1 }
    endSegment()
    return .exact
  }
}
