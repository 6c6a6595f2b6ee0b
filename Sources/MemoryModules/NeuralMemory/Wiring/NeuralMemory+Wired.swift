public import Memory
public import Transformer

extension NeuralMemory: ActivationLearner {
  /// The input of the wired block's attention.
  public var taps: [HookPoint] {
    wiring.map { [.block($0.plan.layer, .ln1)] } ?? companion?.taps ?? []
  }

  public var reach: Int { wiring?.reach ?? companion?.reach ?? 0 }

  /// Learns pairs of key and value that the adapter's projections make of the block's input.
  public func write(_ commit: CommittedRows) {
    guard let wiring, let tap = taps.first else {
      companion?.write(commit)
      return
    }
    let rows = commit.rows(at: tap)
    let x = history(of: commit, rows: rows, wiring) + rows.dropFirst(commit.lead * wiring.width)
    write(x, of: commit, wiring)
    keepTail(x, of: commit, wiring)
  }

  /// The rows before a commit that a convolution reaches: those the host knows, else those of the state.
  private func history(
    of commit: CommittedRows, rows: [Float], _ wiring: NeuralWiring
  ) -> [Float] {
    let lead = Array(rows.prefix(commit.lead * wiring.width))
    var missing = wiring.reach - commit.lead
    var place = commit.positions.lowerBound - commit.lead - 1
    guard missing > 0, let tail = state.tail, tail.fits(commit.tokens) else { return lead }
    var older: [[Float]] = []
    while missing > 0, let row = tail.row(at: place, width: wiring.width) {
      older.append(row)
      place -= 1
      missing -= 1
    }
    return older.reversed().joined() + lead
  }

  /// - Parameter x: [history + positions, width].
  private func write(_ x: [Float], of commit: CommittedRows, _ wiring: NeuralWiring) {
    let learned = commit.isLearned.indices.filter { commit.isLearned[$0] }
    guard !learned.isEmpty else { return }
    let history = x.count / wiring.width - commit.positions.count
    let keys = wiring.directions(x, history: history, wiring.key)
    let values = wiring.project(x, history: history, wiring.value)
    let gates = wiring.tokenGates(Array(x.dropFirst(history * wiring.width)))
    let isMasked = isMasked(commit.provenance)
    for row in learned {
      func part(_ values: [Float], columns: Int) -> [Float] {
        Array(values[row * columns..<(row + 1) * columns])
      }
      var pair = NeuralChunk()
      pair.keys = part(keys, columns: wiring.keyColumns)
      pair.hidden = part(values, columns: wiring.valueColumns)
      pair.targets = [commit.tokens[commit.positions.lowerBound + row]]
      // Nobody has asked the model yet what it expected here: an average token.
      pair.surprisals = [configuration.referenceSurprisal]
      pair.journal = [-1]
      if wiring.hasTokenGates { pair.gates = part(gates, columns: 3) }
      append(pair, isMasked: isMasked)
    }
  }

  private func keepTail(_ x: [Float], of commit: CommittedRows, _ wiring: NeuralWiring) {
    guard wiring.reach > 0 else { return }
    let end = commit.positions.upperBound
    let rows = Array(x.suffix(wiring.reach * wiring.width))
    let count = rows.count / wiring.width
    // A row that is not finite would make the next keys so, too, and a file that nobody can load.
    state.tail =
      rows.allSatisfy(\.isFinite)
      ? NeuralTail(end: end, tokens: Array(commit.tokens[(end - count)..<end]), rows: rows) : nil
  }
}
