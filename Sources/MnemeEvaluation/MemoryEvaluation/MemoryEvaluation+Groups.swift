import Memory
import Mneme
import Transformer

extension MemoryEvaluation {
  /// A piece of work and where it is done.
  struct Seat {
    let piece: Piece
    let bench: EvaluationBench
  }

  /// Work that is done together: one task's arms that share no session, and everything else alone.
  static func groups(of work: [Piece], _ benches: [String: EvaluationBench]) -> [[Seat]] {
    var groups: [[Seat]] = []
    for piece in work {
      guard let bench = benches[piece.arm.name] else { continue }
      let seat = Seat(piece: piece, bench: bench)
      if case .episodes = piece.suite.plan, let group = groups.last, let first = group.first,
        first.piece.key.suite == piece.key.suite, first.piece.key.task == piece.key.task,
        !group.contains(where: { $0.bench === bench })
      {
        groups[groups.count - 1].append(seat)
      } else {
        groups.append([seat])
      }
    }
    return groups
  }

  /// Does the work of a group.
  ///
  /// - Parameter memory: the first memory's bench.
  func measure(_ group: [Seat], memory: EvaluationBench?) throws -> [EvaluationRecord] {
    defer { for seat in group { seat.bench.reset() } }
    guard let first = group.first?.piece,
      case .episodes(let episodes, let decoys) = first.suite.plan
    else { return try group.map { try measure($0) } }
    let task = first.key.task
    // Memories are told last: until then they know nothing but what their files hold, which contexts get, too.
    let isTold = group.map { [.memory, .wrongMemory].contains($0.piece.arm.role) }
    let order = group.indices.filter { !isTold[$0] } + group.indices.filter { isTold[$0] }
    let arms = try order.map { index in
      let seat = group[index]
      return try prepare(
        told: control(of: seat.piece.arm) == .wrongMemory ? decoys[task] : episodes[task],
        arm: seat.piece.arm, bench: seat.bench,
        splitsSessions: seat.piece.suite.suite.splitsSessions, memory: memory)
    }
    let outcomes = try ask(
      episodes[task], first: episodes.prefix(task).reduce(0) { $0 + $1.questions.count },
      metrics: Set(first.suite.suite.metrics), in: arms)
    return group.indices.map { index in
      var record = group[index].piece.record
      record.outcomes = zip(order, outcomes).first { $0.0 == index }?.1 ?? []
      return record
    }
  }

  /// Does work that asks no questions.
  private func measure(_ seat: Seat) throws -> EvaluationRecord {
    let piece = seat.piece
    var record = piece.record
    switch piece.suite.plan {
    case .episodes:
      break
    case .texts(let texts):
      let score = try score(texts[piece.key.task], arm: piece.arm, bench: seat.bench)
      record.outcomes = score.blocks
      record.text = score
    case .lifecycle:
      guard let memory = memories.first(where: { $0.name == piece.arm.name }) else { break }
      let checks = try lifecycle(of: memory)
      record.checks = checks.map(\.name)
      record.outcomes = checks.map { check in
        var outcome = ABReport.Outcome(text: check.detail)
        outcome.passed = check.holds ? 1 : 0
        return outcome
      }
    case .cost(let tokens):
      guard let memory = memories.first(where: { $0.name == piece.arm.name }) else { break }
      (record.costs, record.timings) = try cost(of: memory, tokens: tokens)
    }
    return record
  }
}

extension MemoryEvaluation.Piece {
  /// Its record, before anything is measured.
  fileprivate var record: EvaluationRecord {
    EvaluationRecord(suite: key.suite, arm: arm.name, task: key.task)
  }
}
