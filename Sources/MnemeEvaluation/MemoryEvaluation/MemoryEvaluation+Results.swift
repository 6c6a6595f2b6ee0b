import Foundation
import Generation
import Memory
import Mneme
import Transformer

extension MemoryEvaluation {
  /// The settings that the results of a run of these suites record.
  public func settings(
    suites: [String], version: String = "", episodes: Int? = nil, lengths: [Int]? = nil
  ) -> RunSettings {
    let files = memories.flatMap { memory -> [String] in
      if case .files(let paths) = memory.source { paths } else { [] }
    }
    return RunSettings(
      version: version, model: model.summary.name,
      fingerprint: ModelFingerprint(of: model.transformer).hex,
      memories: files.map { URL(fileURLWithPath: $0).lastPathComponent }, arms: arms,
      suites: suites, seed: seed, context: contextLength,
      temperature: Double(options.sampling.temperature), tokens: options.maximumResponseTokens,
      budget: budget, episodes: episodes, lengths: lengths, limit: limit)
  }

  /// Joins records in the order of the plans, whatever the order they were made in.
  func results(
    _ plans: [PlannedSuite], _ settings: RunSettings, _ records: [EvaluationRecord], total: Int,
    began: Double
  ) -> EvaluationResults {
    let byKey = Dictionary(records.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    var timings = RunTimings(began: began, peakMemoryBytes: ProcessMemory.peakBytes)
    let suites = plans.map { planned -> SuiteResults in
      let arms = arms(for: planned)
      var result = SuiteResults(
        name: planned.suite.name, title: planned.suite.title, summary: planned.suite.summary,
        armNames: arms.map(\.name), metrics: planned.suite.metrics)
      var seconds = 0.0
      for task in planned.taskWeights.indices {
        let found = arms.compactMap { arm in
          byKey[.init(suite: planned.suite.name, arm: arm.name, task: task)]
        }
        seconds += found.reduce(0) { $0 + $1.seconds }
        result.items += items(of: planned, task: task, found)
        if case .texts(let texts) = planned.plan, let text = textResult(texts[task], found) {
          result.texts.append(text)
        }
        result.costs += found.flatMap(\.costs)
        timings.costs += found.flatMap(\.timings)
      }
      timings.seconds[planned.suite.name] = seconds
      return result
    }
    return EvaluationResults(
      settings: settings, suites: suites, done: records.count, total: total, timings: timings)
  }

  private func items(
    of planned: PlannedSuite, task: Int, _ records: [EvaluationRecord]
  ) -> [ABReport.Item] {
    let count = records.map(\.outcomes.count).max() ?? 0
    guard count > 0 else { return [] }
    var rows: [ABReport.Item]
    switch planned.plan {
    case .episodes(let episodes, _): rows = items(of: episodes[task])
    case .texts(let texts):
      rows = (0..<count).map { _ in
        ABReport.Item(prompt: nil, answers: nil, kind: texts[task].title, arms: [:])
      }
    case .lifecycle, .cost:
      let names = records.compactMap(\.checks).max { $0.count < $1.count } ?? []
      rows = names.map { ABReport.Item(prompt: nil, answers: nil, kind: $0, arms: [:]) }
    }
    for record in records {
      for (index, outcome) in record.outcomes.enumerated() where index < rows.count {
        rows[index].arms[record.arm] = outcome
      }
    }
    return rows
  }

  private func textResult(_ task: TextTask, _ records: [EvaluationRecord]) -> TextResult? {
    guard let first = records.compactMap(\.text).first else { return nil }
    var surprisal: [String: [Double]] = [:]
    var standing = TextStanding(isLearned: task.learns)
    for record in records {
      if let text = record.text, text.pieces.count == first.pieces.count {
        surprisal[record.arm] = text.surprisal
        standing.read[record.arm] = text.read
      }
    }
    return TextResult(
      id: task.id, title: task.title, pieces: first.pieces, positions: first.positions,
      earlier: first.earlier, surprisal: surprisal, standing: standing)
  }
}

/// The process's memory use.
enum ProcessMemory {
  /// The largest resident size so far, bytes.
  static var peakBytes: Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let kilobytes = line.split(whereSeparator: { !$0.isNumber }).first.flatMap({ Int($0) })
    else { return nil }
    return kilobytes * 1024
  }
}
