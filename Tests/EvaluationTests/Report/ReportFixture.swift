import Foundation
import MnemeEvaluation
import Tensors

/// Made-up results of a run that look like real ones: a function of the seed and nothing else.
struct ReportFixture {
  /// What a hostile prompt tries; it must never run, nor end the script element it is stored in.
  static let hostile =
    "</script><img src=x onerror=\"window.hacked=1;console.error('hacked')\">"
    + "<script>window.hacked=1</script>&lt;b&gt; 'quoted' \u{2028}end\u{202E}reversed"

  static let arms = [
    ArmDescription(name: "neural", role: .memory, modules: ["neural"]),
    ArmDescription(name: "episodic", role: .memory, modules: ["episodic"]),
    ArmDescription(name: "detached", role: .detached),
    ArmDescription(name: "wrong-memory", role: .wrongMemory, modules: ["neural"]),
    ArmDescription(name: "full-context", role: .fullContext),
    ArmDescription(name: "retrieval", role: .retrieval),
  ]

  var generator: SplitMix64

  init(seed: UInt64) {
    generator = SplitMix64(seed: seed)
  }

  /// The whole run.
  static func results(seed: UInt64 = 7, done: Int = 120) -> EvaluationResults {
    var fixture = ReportFixture(seed: seed)
    let suites = [
      fixture.recall(), fixture.overwrite(), fixture.stream(), lifecycle(), cost(),
    ]
    let settings = RunSettings(
      version: "0.9.1", model: "mneme-chat.gguf",
      fingerprint: "llama-384x6-9f3c21e07ab45d88c0e1", memories: ["neural.mneme", "notes.mneme"],
      arms: arms, suites: suites.map(\.name), seed: seed, context: 1024, temperature: 0,
      tokens: 32, budget: 128, lengths: [128, 512, 2048])
    var timings = RunTimings(
      began: 1_795_000_000,
      seconds: ["recall": 184.2, "overwrite": 61.7, "stream": 412.9, "lifecycle": 2.4, "cost": 95],
      peakMemoryBytes: 412_000_000)
    for arm in ["neural", "episodic", "detached"] {
      for tokens in [256, 1024, 4096] {
        var timing = CostTiming(arm: arm, tokens: tokens)
        timing.decodeRatio = arm == "detached" ? 1 : arm == "neural" ? 1.08 : 1.03
        timing.firstTokenMilliseconds = 14.2 + Double(tokens) / 2000
        timing.writeMicroseconds = arm == "detached" ? nil : 312
        timing.saveMilliseconds = arm == "detached" ? nil : 3.1 + Double(tokens) / 1000
        timing.loadMilliseconds = arm == "detached" ? nil : 1.9
        timings.costs.append(timing)
      }
    }
    return EvaluationResults(
      settings: settings, suites: suites, done: done, total: 120, timings: timings)
  }

  private mutating func chance() -> Double { Double.random(in: 0..<1, using: &generator) }

  /// Roughly normal: the sum of twelve uniform numbers.
  private mutating func noise() -> Double {
    (0..<12).reduce(-6) { sum, _ in sum + chance() }
  }

  private mutating func name() -> String {
    let parts = ["blu", "gun", "kza", "mir", "to", "vel", "sha", "ro", "nim", "dar", "el", "fos"]
    let word = (0..<3).map { _ in parts[Int(chance() * 12)] }.joined()
    return word.prefix(1).uppercased() + word.dropFirst()
  }

  private mutating func outcome(
    right share: Double, answer: String, other: String, frame: String
  ) -> ABReport.Outcome {
    let isRight = chance() < share
    let said = isRight ? answer : other
    var outcome = ABReport.Outcome(
      text: "\(frame) \(said).", exactMatch: isRight && chance() < 0.9 ? 1 : 0,
      contains: isRight ? 1 : 0, nll: max(0.02, (isRight ? 0.4 : 3.1) + 0.4 * noise()), tokens: 3)
    outcome.f1 = isRight ? 1 : 0.5
    let nll = outcome.nll ?? 0
    outcome.tokenNLL = [nll * 1.4, nll, nll * 0.6]
    return outcome
  }

  /// Names told at three depths of three lengths.
  private mutating func recall() -> SuiteResults {
    var items: [ABReport.Item] = []
    for kind in ["piano teacher", "place"] {
      for length in [128, 512, 2048] {
        for depth in [0, 0.5, 1] {
          for _ in 0..<4 {
            let answer = name()
            let fade = 0.15 * log2(Double(length) / 128) / 4 * (1 - depth)
            let shares = [
              "neural": 0.93 - fade, "episodic": 0.97 - fade / 2, "detached": 0.03,
              "wrong-memory": 0.04, "full-context": length > 1000 ? 0.3 + depth / 2 : 0.97,
              "retrieval": 0.85,
            ]
            var outcomes: [String: ABReport.Outcome] = [:]
            for arm in Self.arms {
              outcomes[arm.name] = outcome(
                right: shares[arm.name] ?? 0, answer: answer, other: name(),
                frame: kind == "place" ? "You live in" : "Your piano teacher is called")
              if arm.role == .fullContext { outcomes[arm.name]?.contextTokens = min(length, 900) }
            }
            var item = ABReport.Item(
              prompt: kind == "place"
                ? "Where do I live?" : "Do you remember what my piano teacher is called?",
              answers: [answer, answer.lowercased()], kind: kind, arms: outcomes)
            item.depth = depth
            item.length = length
            item.answerPieces = [" " + answer.prefix(2), String(answer.dropFirst(2)), "."]
            items.append(item)
          }
        }
      }
    }
    items[0].prompt = Self.hostile
    items[0].answers = ["<b>" + Self.hostile]
    items[0].arms["neural"]?.text = Self.hostile
    items[1].prompt = String(repeating: "A long story about nothing in particular. ", count: 40)
    return SuiteResults(
      name: "recall", title: "Recall of what was told",
      summary: """
        A name is told among small talk and asked for in a new session. The memory should know it; \
        the plain model cannot.
        """,
      armNames: Self.arms.map(\.name), metrics: [.contains, .exactMatch, .f1, .nll], items: items)
  }

  /// A value is told and corrected.
  private mutating func overwrite() -> SuiteResults {
    let names = ["neural", "episodic", "detached", "wrong-memory"]
    let items = (0..<14).map { _ -> ABReport.Item in
      let (new, old) = (name(), name())
      var outcomes: [String: ABReport.Outcome] = [:]
      for arm in names {
        let share = arm == "neural" ? 0.4 : arm == "episodic" ? 0.7 : 0.05
        outcomes[arm] = outcome(
          right: share, answer: new, other: arm == "detached" ? name() : old, frame: "It is")
        let leaks = arm != "detached" && outcomes[arm]?.contains == 0
        outcomes[arm]?.leak = leaks ? 1 : 0
      }
      return ABReport.Item(
        prompt: "What is my dog called now?", answers: [new], kind: "correction", arms: outcomes)
    }
    return SuiteResults(
      name: "overwrite", title: "Corrections",
      summary: "A value is told and later corrected; the old one must not come back.",
      armNames: names, metrics: [.leak, .exactMatch], items: items)
  }

  /// A text of about 3000 tokens, read while it is scored.
  private mutating func stream() -> SuiteResults {
    let words = [
      "the", "old", "captain", "said", "nothing", "of", "his", "journey", "and", "looked", "at",
      "sea", "for", "a", "long", "while", "before", "he", "went", "down", "to", "harbour",
    ]
    let names = ["neural", "episodic", "detached", "wrong-memory"]
    var pieces: [String] = []
    var seen: [String: Int] = [:]
    var earlier: [Int] = []
    var surprisal: [String: [Double]] = [:]
    for place in 0..<3012 {
      let sentenceEnds = place % 17 == 16
      let piece =
        sentenceEnds ? (place % 5 == 0 ? ".\n" : ".") : " " + words[Int(chance() * chance() * 22)]
      earlier.append(seen[piece] ?? 0)
      seen[piece, default: 0] += 1
      pieces.append(piece)
      let plain = max(0.01, 4.2 - 0.35 * log(Double(earlier[place] + 1)) + noise())
      let known = 0.35 * log(Double(place) / 200 + 1)
      surprisal["detached", default: []].append(plain)
      surprisal["neural", default: []].append(
        max(0.01, plain - known * chance() * 1.6 + (chance() < 0.06 ? 1.5 * chance() : 0)))
      surprisal["episodic", default: []].append(
        max(0.01, chance() < 0.6 ? plain : plain - known + 0.3 * noise()))
      surprisal["wrong-memory", default: []].append(max(0.01, plain + 0.04 + 0.1 * noise()))
    }
    pieces[40] = "</script>"
    pieces[41] = "<b>"
    let text = TextResult(
      id: "harbour", title: "The harbour", pieces: pieces, positions: Array(1...3012),
      earlier: earlier, surprisal: surprisal)
    let items = stride(from: 0, to: 3012, by: 251).map { start -> ABReport.Item in
      var outcomes: [String: ABReport.Outcome] = [:]
      for arm in names {
        let window = surprisal[arm]?[start..<(start + 251)] ?? []
        outcomes[arm] = ABReport.Outcome(nll: window.reduce(0, +) / 251, tokens: 251)
      }
      return ABReport.Item(prompt: nil, answers: nil, kind: nil, arms: outcomes)
    }
    return SuiteResults(
      name: "stream", title: "A text that goes on",
      summary: "A text is scored window by window; the memory reads each window afterwards.",
      armNames: names, metrics: [.nll, .perplexity], items: items, texts: [text])
  }

  /// Checks that hold or do not.
  private static func lifecycle() -> SuiteResults {
    let checks = [
      "attach, detach: the same bits as before", "save and load give the same answers",
      "a fork does not change its origin", "a forgotten source leaves no trace",
      "a memory of another model is refused",
    ]
    let items = checks.enumerated().map { index, check -> ABReport.Item in
      var outcomes: [String: ABReport.Outcome] = [:]
      for arm in ["neural", "episodic"] {
        var outcome = ABReport.Outcome()
        outcome.passed = index == 3 && arm == "episodic" ? 0 : 1
        outcomes[arm] = outcome
      }
      return ABReport.Item(prompt: check, answers: nil, kind: nil, arms: outcomes)
    }
    return SuiteResults(
      name: "lifecycle", title: "Life of a memory file",
      summary: "Attach, save, load, detach, fork, forget, refuse.",
      armNames: ["neural", "episodic"], metrics: [.passed], items: items)
  }

  /// Sizes: one memory of constant size, one that grows.
  private static func cost() -> SuiteResults {
    let tokens = [256, 1024, 4096]
    let costs = tokens.flatMap { count in
      [
        CostResult(
          arm: "neural", tokens: count, stateBytes: 1_180_000, fileBytes: 1_190_000 + 20 * count,
          entries: 0),
        CostResult(
          arm: "episodic", tokens: count, stateBytes: 1600 * count, fileBytes: 1620 * count + 4096,
          entries: count),
        CostResult(arm: "detached", tokens: count, stateBytes: 0, fileBytes: 0, entries: 0),
      ]
    }
    return SuiteResults(
      name: "cost", title: "What a memory takes",
      summary: "State and file after so many tokens, and the time they add.",
      armNames: ["neural", "episodic", "detached"], metrics: [], costs: costs)
  }
}
