public import Memory
public import Transformer

extension CompressiveMemory: ForwardModule {
  /// Shows its rows to the attention of every block.
  public func join(_ pass: ForwardPass) {
    let view = pass.view
    let shown = ShownRows(self)
    for layer in 0..<layers {
      pass.extendAttention(layer: layer) { _ in
        shown.rows(layer: layer, isAnswer: view.mode.isAnswer)
      }
    }
  }
}

/// The rows one session was shown last; made anew when the memory, or what may be seen of it, changes.
private final class ShownRows {
  private let memory: CompressiveMemory
  private var last: (version: Int, isAnswer: Bool, rows: [ExtraKeyValues?])?

  init(_ memory: CompressiveMemory) { self.memory = memory }

  func rows(layer: Int, isAnswer: Bool) -> ExtraKeyValues? {
    if let last, last.version == memory.version, last.isAnswer == isAnswer {
      return last.rows[layer]
    }
    let rows = (0..<memory.layers).map { layer in
      var rows = memory.rows(layer: layer, isAnswer: isAnswer)
      rows?.identity = RowIdentity()
      return rows
    }
    last = (memory.version, isAnswer, rows)
    return rows[layer]
  }
}

extension CompressiveMemory: ActivationLearner {
  /// Keys and values of every block, before rotation.
  public var taps: [HookPoint] {
    (0..<layers).map { .block($0, .k) } + (0..<layers).map { .block($0, .v) }
  }

  /// Keeps the rows of what was learned.
  ///
  /// The first token of a text is left out: heads look there that have nothing to look for.
  public func write(_ commit: CommittedRows) {
    let learned = commit.isLearned.indices.filter { commit.isLearned[$0] }
    guard !learned.isEmpty else { return }
    let isSpoken = commit.provenance.role != .document
    let tables = taps.map { commit.rows(at: $0) }
    for index in learned {
      func row(_ table: [Float]) -> [Float] {
        Array(table[index * columns..<(index + 1) * columns])
      }
      append(
        RowTable(
          keys: tables[..<layers].map(row), values: tables[layers...].map(row),
          journal: [commit.journal[index]], isSpoken: [isSpoken]))
    }
  }
}
