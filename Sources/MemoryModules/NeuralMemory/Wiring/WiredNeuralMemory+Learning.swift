package import Memory
package import Transformer

extension WiredNeuralMemory {
  /// The hook point it learns from: the input of the wired block's attention.
  package var tap: HookPoint { .block(wiring.plan.layer, .ln1) }

  /// Learns pairs of key and value that the adapter's projections make of the block's input.
  package func write(_ commit: CommittedRows) {
    let rows = commit.rows(at: tap)
    let x = history(of: commit, rows: rows) + rows.dropFirst(commit.lead * wiring.width)
    write(x, of: commit)
    keepTail(x, of: commit)
  }

  /// The rows before a commit that a convolution reaches: those the host knows, else those of the state.
  private func history(of commit: CommittedRows, rows: [Float]) -> [Float] {
    let lead = Array(rows.prefix(commit.lead * wiring.width))
    guard let tail, tail.fits(commit.tokens) else { return lead }
    return tail.rows(
      before: commit.positions.lowerBound - commit.lead, most: wiring.reach - commit.lead,
      width: wiring.width) + lead
  }

  /// - Parameter x: [history + positions, width].
  private func write(_ x: [Float], of commit: CommittedRows) {
    let learned = commit.isLearned.indices.filter { commit.isLearned[$0] }
    guard !learned.isEmpty else { return }
    let history = x.count / wiring.width - commit.positions.count
    let keys = wiring.directions(x, history: history, wiring.key)
    let values = wiring.project(x, history: history, wiring.value)
    let gates = wiring.tokenGates(Array(x.dropFirst(history * wiring.width)))
    let isMasked = trainer.configuration.masks(commit.provenance)
    for row in learned {
      func part(_ values: [Float], columns: Int) -> [Float] {
        Array(values[row * columns..<(row + 1) * columns])
      }
      var pair = NeuralChunk()
      pair.keys = part(keys, columns: wiring.keyColumns)
      pair.lossInputs = part(values, columns: wiring.valueColumns)
      pair.tokens = [commit.tokens[commit.positions.lowerBound + row]]
      // Nobody has asked the model yet what it expected here: an average token.
      pair.surprisals = [trainer.configuration.referenceSurprisal]
      pair.journal = [-1]
      if wiring.hasTokenGates { pair.gates = part(gates, columns: 3) }
      trainer.append(pair, isMasked: isMasked)
    }
  }

  private func keepTail(_ x: [Float], of commit: CommittedRows) {
    guard wiring.reach > 0 else { return }
    let end = commit.positions.upperBound
    let rows = Array(x.suffix(wiring.reach * wiring.width))
    let count = rows.count / wiring.width
    // A row that is not finite would make the next keys so, too, and a file that nobody can load.
    tail =
      rows.allSatisfy(\.isFinite)
      ? NeuralTail(end: end, tokens: Array(commit.tokens[(end - count)..<end]), rows: rows) : nil
  }
}
