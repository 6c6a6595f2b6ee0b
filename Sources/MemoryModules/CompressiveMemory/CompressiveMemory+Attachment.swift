public import Memory
public import Transformer

extension CompressiveMemory: ForwardModule {
  /// Adds its rows to the attention of every block.
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

/// The rows last passed to one session; rebuilt when the memory or its visible part changes.
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
  /// Keys and values of every block, before RoPE.
  public var taps: [HookPoint] {
    (0..<layers).map { .block($0, .k) } + (0..<layers).map { .block($0, .v) }
  }

  /// Stores the rows of learned tokens.
  ///
  /// The first token of a text is left out: it is an attention sink, which heads attend to when nothing is relevant.
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
