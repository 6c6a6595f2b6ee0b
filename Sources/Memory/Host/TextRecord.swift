import Foundation

/// The trust weights of all memories in a session's text: the state of one `TrackRecord` per voice along the tokens.
///
/// It depends on the session's tokens only: a session that restarts or is truncated begins a new record, and reading
/// rows one by one gives the same weights as reading them all at once.
struct TextRecord {
  /// A reading and the gate that its module gave it.
  typealias Bet = (reading: Reading?, gate: Float)

  /// The tokens up to the last row that was read.
  private var heard: [Int32] = []
  private var records: [TrackRecord] = []
  /// The last row, as long as the next token is unknown: the plain model's logits, [vocabulary], and the bets.
  private var pending: (logits: [Float], logSumExp: Float, bets: [Bet])?

  /// Continues at a position of the text, or starts over when the text, the position or the number of voices does not
  /// match.
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

  /// The trust weight of each voice at one row, by which its gate is multiplied; updated afterwards with the token that
  /// follows, if it is known.
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
