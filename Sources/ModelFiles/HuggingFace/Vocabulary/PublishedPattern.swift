/// The pre-tokenizers of published models, as their `tokenizer.json` describes them.
enum PublishedPattern {
  /// One step of a pre-tokenizer.
  enum Step: Equatable {
    /// The matches of a pattern; the text between them is kept or dropped.
    case split(String, keepsRest: Bool)
    /// Every digit alone.
    case digits
    /// The byte alphabet, with or without GPT-2's own pattern first.
    case bytes(cuts: Bool)
  }

  private struct Entry {
    let name: String
    let steps: [Step]
    /// Whether matches cover every text, so that there is nothing between them.
    let coversAll: Bool
  }

  /// The name llama.cpp gives to these steps, or nil.
  static func name(of steps: [Step]) -> String? {
    let written = steps.map(normalized)
    return entries.first { entry in
      entry.steps == written
        || entry.coversAll && entry.steps == written.map(keepingRest)
    }?.name
  }

  /// Every name.
  static var names: [String] { entries.map(\.name) }

  /// Line breaks in a pattern as escapes.
  private static func normalized(_ step: Step) -> Step {
    guard case .split(let pattern, let keepsRest) = step else { return step }
    var text = ""
    for scalar in pattern.unicodeScalars {
      switch scalar {
      case "\r": text += "\\r"
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return .split(text, keepsRest: keepsRest)
  }

  private static func keepingRest(_ step: Step) -> Step {
    guard case .split(let pattern, _) = step else { return step }
    return .split(pattern, keepsRest: true)
  }

  private static func covering(_ name: String, _ pattern: String) -> Entry {
    Entry(
      name: name, steps: [.split(pattern, keepsRest: true), .bytes(cuts: false)], coversAll: true)
  }

  private static func isolated(_ name: String, _ patterns: [String], digits: Bool) -> Entry {
    Entry(
      name: name,
      steps: patterns.map { .split($0, keepsRest: true) } + (digits ? [.digits] : [])
        + [.bytes(cuts: false)], coversAll: false)
  }

  private static let contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
  private static let spaces = #"\s*[\r\n]+|\s+(?!\S)|\s+"#

  /// Llama 3's pattern with numbers of some length.
  private static func flexible(_ number: String) -> String {
    contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|"# + number + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|"#
      + spaces
  }

  /// GPT-4o's pattern.
  private static func cased(_ number: String, _ suffix: String) -> String {
    let front = #"[^\r\n\p{L}\p{N}]?"#
    let capital = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#
    let small = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#
    return front + capital + "*" + small + "+" + suffix + "|" + front + capital + "+" + small + "*"
      + suffix + "|" + number + #"| ?[^\s\p{L}\p{N}]+[\r\n/]*|"# + spaces
  }

  private static let eastAsian = "[一-龥ࠀ-一가-\u{d7ff}]+"
  private static let marked =
    ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"##
    + #"| ?[\p{P}\p{S}]+[\r\n]*|"# + spaces

  private static let entries: [Entry] = [
    Entry(name: "gpt-2", steps: [.bytes(cuts: true)], coversAll: false),
    Entry(name: "smollm", steps: [.digits, .bytes(cuts: true)], coversAll: false),
    covering("dbrx", flexible(#"\p{N}{1,3}"#)),
    covering("qwen2", flexible(#"\p{N}"#)),
    covering(
      "qwen35",
      contractions + #"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|"#
        + spaces),
    covering("gpt-4o", cased(#"\p{N}{1,3}"#, contractions + "?")),
    covering("tekken", cased(#"\p{N}"#, "")),
    isolated(
      "deepseek-llm",
      [
        #"[\r\n]"#, #"\s?["# + casedLetters + "]+", #"\s?[!-/:-~！-／：-～‘-‟　-。]+"#, #"\s+$"#,
        eastAsian,
      ], digits: true),
    isolated(
      "deepseek-coder", [#"[\r\n]"#, #"\s?\p{L}+"#, #"\s?\p{P}+"#, eastAsian], digits: true),
    isolated(
      "deepseek-v3", [#"\p{N}{1,3}"#, "[一-龥\u{3040}-ゟ゠-ヿ]+", marked], digits: false),
  ]

  /// The letters of DeepSeek LLM's pattern. Comparison is by canonical equivalence: copies of the pattern have some of
  /// them composed differently.
  private static let casedLetters =
    "A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚ"
    + "Ḁ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-\u{1f7d}ᾀ-ᾴᾶ-ᾼ\u{1fbe}ῂ-ῄῆ-ῌῐ-\u{1fd3}ῖ-\u{1fdb}ῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤ\u{2126}ℨ\u{212a}-ℭ"
    + "ℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃"
}
