public import ArgumentParser
import Foundation
public import Mneme

/// Which model, and how it runs.
struct ModelOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The model: a GGUF file, a Hugging Face folder, 'bundled' or 'smollm2'.",
      discussion:
        "Default: $MNEME_MODEL, or else the one the memory was made with, or the bundled model."),
    completion: .file(extensions: ["gguf"]))
  var model: String?

  @Option(name: .long, parsing: .unconditional, help: "Worker threads (default: all processors).")
  var threads: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Tokens of context (default: the model's own length).")
  var context: Int?

  @Option(
    name: .long,
    help: "Keys and values are kept as f32, f16 or q8_0: less exactly in less memory.")
  var cacheType = CacheType.f32

  @Option(name: .long, help: "A built-in chat template instead of the model's own.")
  var chatTemplate: ChatTemplate.Family?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads takes a number from 1 to 1024.")
    }
    if let context, !(8...1_048_576).contains(context) {
      throw ValidationError("--context takes a number from 8 to 1048576.")
    }
  }

  /// Loads the model: the one that was named; otherwise, where memory files are at hand, the one with a name that the first
  /// of them was made with; otherwise the default.
  ///
  /// - Parameter memories: their paths; those that are not there yet say nothing.
  func load(for memories: [String] = []) async throws -> LanguageModel {
    var path = model.map(PathText.expanded)
    if path == nil, ProcessInfo.processInfo.environment["MNEME_MODEL"] == nil {
      path = memories.lazy.compactMap(KnownModel.of(memory:)).first?.rawValue
    }
    return try await LanguageModel.load(
      path, threads: threads, cacheType: cacheType,
      chatTemplate: chatTemplate)
  }

  /// Loads the model for a command that uses its chat template; where another form takes the place of the template, a
  /// remark says so.
  func loadForChat(memories: [String] = [], quiet: Bool) async throws -> LanguageModel {
    let loaded = try await load(for: memories)
    if !quiet, let remark = TemplateRemark.text(of: loaded.summary) {
      StandardStreams.error("mneme: \(remark)\n")
    }
    return loaded
  }

  /// Tokens of context for a session; what is over the model's own length is announced.
  func contextLength(of model: LanguageModel, quiet: Bool) -> Int {
    guard let context else { return model.contextLength }
    if context > model.contextLength, !model.canExceedContext {
      if !quiet {
        StandardStreams.error(
          "mneme: the model knows \(model.contextLength) positions and no more; "
            + "--context is \(model.contextLength).\n")
      }
      return model.contextLength
    }
    if context > model.contextLength, !quiet {
      StandardStreams.error(
        "mneme: the model was made for \(model.contextLength) tokens of context; "
          + "with \(context) its text gets worse.\n")
    }
    return context
  }
}

/// How text is sampled.
struct SamplingOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditional,
    help: "Randomness; 0 always takes the most probable token.")
  var temperature: Float?

  @Option(
    name: .long, parsing: .unconditional, help: "Only the K most probable tokens; 0 means all.")
  var topK: Int?

  @Option(
    name: .long, parsing: .unconditional, help: "Only the most probable tokens that make up P.")
  var topP: Float?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Only tokens at least P times as probable as the best.")
  var minP: Float?

  @Option(
    name: .long, parsing: .unconditional, help: "Divides the score of recent tokens; 1 means none.")
  var repeatPenalty: Float?

  @Option(name: .long, parsing: .unconditional, help: "Same seed, same text.")
  var seed: UInt64?

  @Option(name: .long, parsing: .unconditional, help: "At most so many tokens are generated.")
  var tokens: Int?

  func validate() throws {
    try check("--temperature", temperature, SamplingRange.temperature)
    try check("--top-p", topP, SamplingRange.topP)
    try check("--min-p", minP, SamplingRange.minP)
    try check("--repeat-penalty", repeatPenalty, SamplingRange.repeatPenalty)
    if let topK, topK < SamplingRange.topK.lowerBound {
      throw ValidationError("--top-k takes 0 or more.")
    }
    if let tokens, tokens < 0 { throw ValidationError("--tokens takes 0 or more.") }
  }

  private func check(
    _ name: String, _ value: Float?, _ range: ClosedRange<Float>
  ) throws {
    guard let value else { return }
    guard range.contains(value) else {
      throw ValidationError(
        "\(name) takes a number from \(range.lowerBound) to \(range.upperBound).")
    }
  }

  /// What was given, over what the model recommends; nothing stops a text that repeats itself.
  func options(
    for model: LanguageModel, temperature standard: Float? = nil, tokens count: Int = 256
  ) -> GenerationOptions {
    var sampling = model.recommendedOptions.sampling
    if let standard { sampling.temperature = standard }
    if let temperature { sampling.temperature = temperature }
    if let topK { sampling.topK = topK }
    if let topP { sampling.topP = topP }
    if let minP { sampling.minP = minP }
    if let repeatPenalty { sampling.repeatPenalty = repeatPenalty }
    sampling.seed = seed
    return GenerationOptions(
      sampling: sampling, maximumResponseTokens: tokens ?? count, stopsRepetition: false)
  }
}

extension CacheType: ExpressibleByArgument {}
extension MergePolicy: ExpressibleByArgument {}
extension ChatTemplate.Family: ExpressibleByArgument {}

extension ModuleSetting: ExpressibleByArgument {
  public init?(argument: String) { self.init(parsing: argument) }
}

extension ModuleKind: ExpressibleByArgument {
  /// One of the kinds this version can create.
  public init?(argument: String) {
    let kind = ModuleKind(rawValue: argument)
    guard ChatSession.availableModules.contains(kind) else { return nil }
    self = kind
  }

  /// The kinds this version can create.
  public static var allValueStrings: [String] { ChatSession.availableModules.map(\.rawValue) }
}

/// Which memories, and what a new one holds.
struct MemoryOptions: ParsableArguments {
  @Option(
    name: .long, help: "A memory file; FILE:ro reads without writing. Repeatable.",
    completion: .file(extensions: ["mneme"]))
  var memory: [String] = []

  @Option(name: .long, help: "What a new memory file holds. Repeatable.")
  var module: [ModuleKind] = []

  @Flag(name: .long, help: "A new memory file keeps no journal of what it read.")
  var noJournal = false

  @Option(
    name: .long, help: "Slow weights for a new memory file (default: those beside the model).",
    completion: .file(extensions: ["safetensors"]))
  var adapter: String?

  @OptionGroup var passphrase: PassphraseOptions

  func validate() throws {
    for text in memory where MemoryArgument(text) == nil {
      throw ValidationError("--memory needs the path of a file.")
    }
  }

  /// The files that were named.
  var files: [MemoryArgument] {
    memory.compactMap(MemoryArgument.init).map { argument in
      var argument = argument
      argument.path = PathText.expanded(argument.path)
      return argument
    }
  }

  /// What a new file holds.
  var modules: [ModuleKind] { module.isEmpty ? ChatSession.standardModules : module }
}

/// How a command speaks.
struct OutputOptions: ParsableArguments {
  @Flag(name: .long, help: "Print exactly one JSON object on standard output.")
  var json = false

  @Flag(name: .shortAndLong, help: "No progress and no remarks on standard error.")
  var quiet = false

  /// A progress bar that stays away when nobody wants it.
  ///
  /// - Parameter showsTimeLeft: false where the work says itself how long it takes.
  func progressBar(_ label: String, showsTimeLeft: Bool = true) -> ProgressBar {
    ProgressBar(label, enabled: !quiet, showsTimeLeft: showsTimeLeft)
  }

  /// A remark on standard error.
  func remark(_ text: String) {
    if !quiet { StandardStreams.error(text + "\n") }
  }
}
