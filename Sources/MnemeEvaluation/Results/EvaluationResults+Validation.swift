extension EvaluationResults {
  /// The first inconsistency in results from a file, in words; `nil` when there is none.
  var problem: String? {
    guard 0 <= done, done <= total else { return "done is not a count from 0 to total" }
    // Arms are compared in pairs.
    guard settings.arms.count <= 64, suites.count <= 1024 else {
      return "more than 64 arms or 1024 suites"
    }
    if let problem = settings.problem { return problem }
    let names = Set(settings.arms.map(\.name))
    guard Set(suites.map(\.name)).count == suites.count else { return "two suites have one name" }
    for suite in suites {
      guard names.isSuperset(of: suite.armNames) else {
        return "a suite was run in an arm that the settings do not name"
      }
      if let problem = suite.problem { return problem }
    }
    let isCounted = timings.costs.allSatisfy { $0.tokens >= 0 }
    return isCounted ? nil : "a count is negative"
  }
}

extension RunSettings {
  fileprivate var problem: String? {
    guard Set(arms.map(\.name)).count == arms.count else { return "two arms have one name" }
    let counts =
      [context, tokens, budget, episodes ?? 0, limit ?? 0, form?.pieces ?? 0] + (lengths ?? [])
    return counts.allSatisfy { $0 >= 0 } ? nil : "a count is negative"
  }
}

extension SuiteResults {
  /// An upper bound of a surprisal: sums of larger values could overflow.
  fileprivate static let mostNats = 1e6
  fileprivate static let counts = 0...Int(Int32.max)

  fileprivate var problem: String? {
    guard Set(armNames).count == armNames.count, Set(metrics).count == metrics.count else {
      return "an arm or a metric is named twice"
    }
    for item in items {
      if let problem = item.problem { return problem }
    }
    for text in texts {
      if let problem = text.problem { return problem }
    }
    let sizes = costs.flatMap { [$0.tokens, $0.stateBytes, $0.fileBytes, $0.entries] }
    return sizes.allSatisfy { $0 >= 0 } ? nil : "a size is negative"
  }
}

extension ABReport.Item {
  fileprivate var problem: String? {
    guard depth.map({ (0...1).contains($0) }) != false else { return "a depth is not from 0 to 1" }
    guard length.map(SuiteResults.counts.contains) != false else {
      return "a length is not a count"
    }
    for outcome in arms.values {
      if let problem = outcome.problem { return problem }
      guard let tokens = outcome.tokenNLL, let pieces = answerPieces else { continue }
      guard tokens.count == pieces.count else {
        return "an answer has not as many surprisals as pieces"
      }
    }
    return nil
  }
}

extension ABReport.Outcome {
  fileprivate var problem: String? {
    let shares = [exactMatch, contains, f1, success, leak, cited, found, unchanged, passed]
      .compactMap(\.self)
    guard shares.allSatisfy({ (0...1).contains($0) }) else { return "a share is not from 0 to 1" }
    guard SuiteResults.counts.contains(tokens), SuiteResults.counts.contains(contextTokens ?? 0)
    else { return "a number of tokens is not a count" }
    let nats = (tokenNLL ?? []) + [nll ?? 0]
    return nats.allSatisfy { $0.magnitude <= SuiteResults.mostNats }
      ? nil : "a surprisal is out of range"
  }
}

extension TextResult {
  fileprivate var problem: String? {
    let count = pieces.count
    guard positions.count == count, earlier.count == count,
      surprisal.values.allSatisfy({ $0.count == count })
    else { return "a text has not as many positions and surprisals as pieces" }
    guard (positions + earlier).allSatisfy(SuiteResults.counts.contains) else {
      return "a position is not a count"
    }
    guard (standing?.read ?? [:]).values.allSatisfy({ (0...1).contains($0) }) else {
      return "a share is not from 0 to 1"
    }
    return surprisal.values.allSatisfy { $0.allSatisfy { $0.magnitude <= SuiteResults.mostNats } }
      ? nil : "a surprisal is out of range"
  }
}
