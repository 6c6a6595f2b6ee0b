import MnemeEvaluation

/// A small run whose figures can be worked out by hand.
enum SampleResults {
  static let settings = RunSettings(
    version: "1", model: "tiny", fingerprint: "f",
    arms: [
      ArmDescription(name: "attached", role: .memory, modules: ["neural"]),
      ArmDescription(name: "episodic", role: .memory, modules: ["episodic"]),
      ArmDescription(name: "detached", role: .detached),
      ArmDescription(name: "full-context", role: .fullContext),
    ], suites: ["recall", "text"], seed: 7, context: 512)

  /// An item: whether the answer was right in each arm, and its surprisal.
  static func item(
    _ kind: String?, attached: (Double, Double)?, detached: (Double, Double)?,
    full: (Double, Double)? = nil, depth: Double? = nil, length: Int? = nil
  ) -> ABReport.Item {
    var arms: [String: ABReport.Outcome] = [:]
    for (name, pair) in [("attached", attached), ("detached", detached), ("full-context", full)] {
      guard let pair else { continue }
      arms[name] = ABReport.Outcome(exactMatch: pair.0, nll: pair.1, tokens: 2)
    }
    var item = ABReport.Item(prompt: "q", answers: ["a"], kind: kind, arms: arms)
    item.depth = depth
    item.length = length
    return item
  }

  /// Six items better by the memory, one the same, one that the memory lacks.
  static var recall: SuiteResults {
    var items: [ABReport.Item] = []
    for index in 0..<6 {
      let isPerson = index < 3
      items.append(
        item(
          isPerson ? "person" : "place", attached: (1, 1), detached: (0, 3 + Double(index)),
          full: (1, index < 2 ? 0.5 : 1), depth: isPerson ? 0.5 : 0, length: 128))
    }
    items.append(item("person", attached: (0, 2), detached: (0, 2), depth: 0.5, length: 64))
    items.append(item("person", attached: nil, detached: (1, 1)))
    return SuiteResults(
      name: "recall", title: "Recall", summary: "What it remembers.",
      armNames: ["attached", "detached", "full-context"], metrics: [.exactMatch, .nll],
      items: items)
  }

  /// Four tokens in two windows.
  static var text: SuiteResults {
    func window(_ attached: Double, _ detached: Double, _ tokens: Int) -> ABReport.Item {
      ABReport.Item(
        prompt: nil, answers: nil, kind: nil,
        arms: [
          "attached": ABReport.Outcome(nll: attached, tokens: tokens),
          "detached": ABReport.Outcome(nll: detached, tokens: tokens),
        ])
    }
    return SuiteResults(
      name: "text", title: "Text", summary: "", armNames: ["attached", "detached"],
      metrics: [.nll, .perplexity], items: [window(1, 2, 3), window(4, 2, 1)],
      texts: [
        TextResult(
          id: "t", title: "A text", pieces: ["a", "b", "a", "a"], positions: [1, 2, 3, 9],
          earlier: [0, 0, 1, 2],
          surprisal: ["attached": [1, 1, 1, 4], "detached": [2, 1.005, 3, 2]])
      ])
  }
}
