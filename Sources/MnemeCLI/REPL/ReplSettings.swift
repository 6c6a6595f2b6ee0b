package import Mneme

/// What `/set` changes and `/show settings` prints.
package struct ReplSettings: Sendable, Equatable {
  /// Sampling and length of replies.
  package var options: GenerationOptions
  /// Whether figures follow each reply.
  package var showsStatistics = false
  /// Whether what a reply took from memory follows it.
  package var showsCitations = true
  /// When attached memories are saved, apart from the end.
  package var autosave = Autosave.on
  /// Whether a person is told at the start what is running, and whether anything will be kept.
  package var showsBanner = true
  /// Where conversations are saved under a name.
  package var shelf = SessionShelf.standard()
  /// Whether `/save` keeps what the model has read beside the conversation.
  package var savesContext = true
  /// Whether typed lines go to the history file.
  package var keepsHistory = true

  /// Settings with the given options.
  package init(options: GenerationOptions = GenerationOptions()) {
    self.options = options
  }
}

/// One setting: its name, what it is, how it is read and written.
package struct ReplSetting: Sendable {
  package let name: String
  package let summary: String
  package let read: @Sendable (ReplSettings) -> String
  package let write: @Sendable (String, inout ReplSettings) throws(ReplError) -> Void

  /// Every setting, in the order they are listed.
  package static let all: [ReplSetting] = [
    number(
      "temperature", "randomness; 0 always takes the most probable token",
      SamplingRange.temperature
    ) {
      $0.options.sampling.temperature
    } set: {
      $0.options.sampling.temperature = $1
    },
    integer("top-k", "only the K most probable tokens; 0 means all", SamplingRange.topK) {
      $0.options.sampling.topK
    } set: {
      $0.options.sampling.topK = $1
    },
    number("top-p", "only the most probable tokens that make up P", SamplingRange.topP) {
      $0.options.sampling.topP
    } set: {
      $0.options.sampling.topP = $1
    },
    number("min-p", "only tokens at least P times as probable as the best", SamplingRange.minP) {
      $0.options.sampling.minP
    } set: {
      $0.options.sampling.minP = $1
    },
    number(
      "repeat-penalty", "divides the score of recent tokens; 1 means none",
      SamplingRange.repeatPenalty
    ) {
      $0.options.sampling.repeatPenalty
    } set: {
      $0.options.sampling.repeatPenalty = $1
    },
    ReplSetting(
      name: "seed", summary: "same seed, same replies; random for a fresh one each time",
      read: { $0.options.sampling.seed.map(String.init) ?? "random" },
      write: { (text, settings) throws(ReplError) in
        if text == "random" {
          settings.options.sampling.seed = nil
        } else if let value = UInt64(text) {
          settings.options.sampling.seed = value
        } else {
          throw .invalidValue(setting: "seed", expected: "a number or random")
        }
      }),
    integer("tokens", "at most so many tokens a reply", 1...1_000_000) {
      $0.options.maximumResponseTokens
    } set: {
      $0.options.maximumResponseTokens = $1
    },
    flag("repetition-guard", "stop a reply that does nothing but repeat itself") {
      $0.options.stopsRepetition
    } set: {
      $0.options.stopsRepetition = $1
    },
    flag("stats", "figures after each reply") {
      $0.showsStatistics
    } set: {
      $0.showsStatistics = $1
    },
    flag("cite", "what a reply took from memory, after it") {
      $0.showsCitations
    } set: {
      $0.showsCitations = $1
    },
    ReplSetting(
      name: "autosave",
      summary: "save attached memories after each exchange, or at most every so many seconds",
      read: { $0.autosave.description },
      write: { (text, settings) throws(ReplError) in
        guard let autosave = Autosave(text) else {
          throw .invalidValue(setting: "autosave", expected: Autosave.expected)
        }
        settings.autosave = autosave
      }),
    flag("save-context", "/save keeps what the model has read, too: a large file, a faster /load") {
      $0.savesContext
    } set: {
      $0.savesContext = $1
    },
    flag("history", "keep typed lines for the next session") {
      $0.keepsHistory
    } set: {
      $0.keepsHistory = $1
    },
  ]

  /// The setting of that name.
  package static func named(_ name: String) throws(ReplError) -> ReplSetting {
    if let found = all.first(where: { $0.name == name }) { return found }
    let fitting = all.filter { $0.name.hasPrefix(name) }
    if fitting.count == 1, !name.isEmpty { return fitting[0] }
    throw .unknownSetting(suggestion: Suggestion.nearest(to: name, among: all.map(\.name)))
  }

  private static func number(
    _ name: String, _ summary: String, _ range: ClosedRange<Float>,
    get: @escaping @Sendable (ReplSettings) -> Float,
    set: @escaping @Sendable (inout ReplSettings, Float) -> Void
  ) -> ReplSetting {
    ReplSetting(name: name, summary: summary, read: { "\(get($0))" }) {
      (text, settings) throws(ReplError) in
      guard let value = Float(text), range.contains(value) else {
        throw .invalidValue(
          setting: name,
          expected: "a number from \(range.lowerBound) to \(range.upperBound)")
      }
      set(&settings, value)
    }
  }

  private static func integer(
    _ name: String, _ summary: String, _ range: ClosedRange<Int>,
    get: @escaping @Sendable (ReplSettings) -> Int,
    set: @escaping @Sendable (inout ReplSettings, Int) -> Void
  ) -> ReplSetting {
    ReplSetting(name: name, summary: summary, read: { "\(get($0))" }) {
      (text, settings) throws(ReplError) in
      guard let value = Int(text), range.contains(value) else {
        throw .invalidValue(
          setting: name,
          expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
      set(&settings, value)
    }
  }

  private static func flag(
    _ name: String, _ summary: String, get: @escaping @Sendable (ReplSettings) -> Bool,
    set: @escaping @Sendable (inout ReplSettings, Bool) -> Void
  ) -> ReplSetting {
    ReplSetting(name: name, summary: summary, read: { get($0) ? "on" : "off" }) {
      (text, settings) throws(ReplError) in
      switch text.lowercased() {
      case "on", "true", "yes", "1": set(&settings, true)
      case "off", "false", "no", "0": set(&settings, false)
      default: throw .invalidValue(setting: name, expected: "on or off")
      }
    }
  }
}
