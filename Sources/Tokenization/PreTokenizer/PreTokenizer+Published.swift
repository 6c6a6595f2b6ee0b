extension PreTokenizer {
  /// The steps of the pre-tokenizers with some names.
  struct Published {
    let names: [String]
    let steps: [Step]
    /// True for vocabularies in which a word that is a token is not split; they also begin sequences with a begin
    /// token.
    var ignoresMerges = false
  }

  /// The pre-tokenizers by llama.cpp's names, with the patterns of the models' own `tokenizer.json`.
  static let published: [Published] = [
    Published(
      names: ["default"],
      steps: [
        .runs(.punctuationAndMath, spaced: false), .words, .digits(.max), .digitTriples,
      ]),
    Published(
      names: ["gpt-2", "phi-2", "mpt", "olmo", "jais", "trillion", "granite-docling", "exaone4"],
      steps: [.words]),
    Published(
      names: ["llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "lfm2"],
      steps: [.flexibleWords(digits: 3, marks: false)], ignoresMerges: true),
    Published(
      names: ["dbrx", "smaug-bpe", "glm4", "chatglm-bpe"],
      steps: [.flexibleWords(digits: 3, marks: false)]),
    Published(
      names: ["qwen2", "deepseek-r1-qwen", "stablelm2", "megrez", "hunyuan", "grok-2"],
      steps: [.flexibleWords(digits: 1, marks: false)]),
    Published(names: ["qwen35"], steps: [.flexibleWords(digits: 1, marks: true)]),
    Published(
      names: ["smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b"],
      steps: [.digits(1), .words]),
    Published(
      names: ["gpt-4o", "llama4", "kanana2"], steps: [.casedWords(digits: 3, contractions: true)]),
    Published(
      names: ["tekken"], steps: [.casedWords(digits: 1, contractions: false)],
      ignoresMerges: true),
    Published(
      names: ["deepseek-llm"],
      steps: [
        .newlines, .runs(.casedLetters, spaced: true), .runs(.commonPunctuation, spaced: true),
        .trailingSpace, .runs(.eastAsianAndMore, spaced: false), .digits(1),
      ]),
    Published(
      names: ["deepseek-coder"],
      steps: [
        .newlines, .runs(.letters, spaced: true), .runs(.punctuation, spaced: true),
        .runs(.eastAsianAndMore, spaced: false), .digits(1),
      ]),
    Published(
      names: ["deepseek-v3", "hunyuan-dense"],
      steps: [.digits(3), .runs(.hanAndKana, spaced: false), .markedWords]),
    Published(
      names: ["falcon"],
      steps: [.runs(.punctuationAndMathAndTicks, spaced: false), .words, .digitTriples]),
  ]
}
