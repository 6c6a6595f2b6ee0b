import Foundation

/// What each voice was worth in the text a session holds: the state of `TrackRecord`s along its tokens.
///
/// A function of the tokens that stand there: a session that starts anew or goes back begins a new record, and rows read one
/// by one are trusted as those read all at once are.
struct TextRecord {
  /// A reading and how far its own gate opened for it.
  typealias Bet = (reading: Reading?, gate: Float)

  /// The tokens up to the last row that was read.
  private var heard: [Int32] = []
  private var records: [TrackRecord] = []
  /// The last row, while nobody knows what followed: the plain model's logits, [vocabulary], and the bets.
  private var pending: (logits: [Float], logSumExp: Float, bets: [Bet])?

  /// Goes on at a position of a text, or begins anew where it is another text, another place or other voices.
  mutating func resume(_ tokens: [Int32], at position: Int, voices: Int) {
    guard !heard.isEmpty, position >= heard.count, records.count == voices,
      tokens.starts(with: heard)
    else {
      heard = []
      records = [TrackRecord](repeating: TrackRecord(), count: voices)
      pending = nil
      return
    }
    guard let last = pending else { return }
    pending = nil
    last.logits.withUnsafeBufferPointer { row in
      guard let row = row.baseAddress else { return }
      learn(tokens[heard.count], from: last.bets, row: row, logSumExp: last.logSumExp)
    }
  }

  /// Per voice the factor of its gate at one row; then learns from what followed, if the text goes on.
  ///
  /// - Parameters:
  ///   - row: the plain model's logits, [vocabulary].
  ///   - position: of the row; ascending.
  mutating func trusts(
    _ bets: [Bet], row: UnsafePointer<Float>, columns: Int, logSumExp: Float, tokens: [Int32],
    position: Int
  ) -> [Float] {
    let trusts = records.map(\.trust)
    heard.append(contentsOf: tokens[heard.count...position])
    if position + 1 < tokens.count {
      learn(tokens[position + 1], from: bets, row: row, logSumExp: logSumExp)
    } else {
      pending = (Array(UnsafeBufferPointer(start: row, count: columns)), logSumExp, bets)
    }
    return trusts
  }

  private mutating func learn(
    _ token: Int32, from bets: [Bet], row: UnsafePointer<Float>, logSumExp: Float
  ) {
    let plain = row[Int(token)] - logSumExp
    for (index, bet) in bets.enumerated() where bet.gate > 0 {
      guard let reading = bet.reading else { continue }
      records[index].add(reading.evidence(token, gate: bet.gate, plain: plain))
    }
  }
}

extension Reading {
  /// log(((1 - g) p_LM + g p_mem) / p_LM) of a token, nats.
  fileprivate func evidence(_ token: Int32, gate: Float, plain: Float) -> Float {
    let ratio = logProbability(of: token) - plain
    if isWhole { return ratio }
    let odds = ratio.isFinite ? exp(min(80, ratio)) : 0
    return log(max(1e-9, 1 - gate + gate * odds))
  }
}
