import Memory

extension OpenRowMemory {
  /// Begins with the policies that come with the program.
  static func retaining(_ context: ModuleContext) throws(MemoryError) -> ModuleParameters {
    try ModuleParameters(
      Configuration(for: context), gate: .constant(0), tensors: RetentionNetwork.standard())
  }
}

extension Retention {
  /// Rows arrive as a new group of a bank whose groups are the things that are kept.
  ///
  /// - Parameter queries: of their tokens; nil where attention is not measured.
  mutating func add(
    _ rows: RowBank, queries: EncodedRows?, to bank: inout RowBank, context: ModuleContext,
    agent: RetentionAgent
  ) {
    let arrival = RetentionArrival(rows.sources)
    let match = RetentionMatch(arrival, with: bank.tokensByGroup, context: context)
    bank.append(rows, joins: false)
    add(
      arrival, match: match, names: arrival.names(context.tokenizer),
      masses: queries.map { RowAttention(context).shares(of: bank, by: $0) }, agent: agent)
  }

  /// Lets groups of a bank go until its rows are within a limit, or one is left.
  ///
  /// - Returns: the groups that are left, by their numbers before.
  mutating func makeRoom(
    in bank: inout RowBank, rows limit: Int, agent: RetentionAgent
  ) -> [Int] {
    var left = Array(bank.groups.indices)
    var rows = bank.count
    while rows > limit, let gone = agent.victim(self) {
      rows -= bank.groups[left.remove(at: gone)].rows
      remove { $0 == gone }
    }
    if left.count < bank.groups.count { bank = bank.groups(left) }
    return left
  }
}
