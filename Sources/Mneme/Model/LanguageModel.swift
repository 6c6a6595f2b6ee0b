public import Generation
import ModelFiles
import Tensors
public import Tokenization
public import Transformer

/// A model with its tokenizer and chat template: frozen, shared by any number of sessions.
///
/// Loading maps the file into memory; weights are read from disk when they are first used.
public final class LanguageModel: Sendable {
  /// The file it was loaded from.
  public let path: String
  /// The weights.
  public let transformer: TransformerModel
  /// The tokenizer the file carries.
  public let tokenizer: any Tokenizer
  /// The format of conversations that the model was trained on.
  public let template: ChatTemplate
  /// The file's own template text, if it has one.
  public let templateSource: String?
  /// Adapters of this model that were completed for further kinds of memory.
  let adapters = CompletedAdapters()

  /// Loads the GGUF file or Hugging Face folder at `path`.
  ///
  /// - Parameters:
  ///   - path: the file or folder.
  ///   - threads: worker threads for one forward pass; all processors when `nil`.
  ///   - cacheType: the element type of the sessions' key/value caches.
  ///   - chatTemplate: a built-in form of conversations instead of the file's own template.
  /// - Throws: `ModelFileError`, `TransformerError` or `TokenizerError` for a file that is not a
  ///   model this version can run.
  public init(
    path: String, threads: Int? = nil, cacheType: CacheType = .f32,
    chatTemplate: ChatTemplate.Family? = nil
  ) throws {
    let file = try ModelFile.open(path)
    tokenizer = try loadTokenizer(from: file)
    let pool = threads.map { ThreadPool(threads: max(1, $0)) } ?? ThreadPool.shared
    transformer = try TransformerModel(file: file, threads: pool, cacheType: cacheType)
    templateSource = ChatTemplate.text(in: file.metadata)
    template =
      if let chatTemplate {
        ChatTemplate(family: chatTemplate, tokenizer: tokenizer)
      } else {
        ChatTemplate(of: file.metadata, tokenizer: tokenizer)
      }
    self.path = path
  }

  /// Loads a model, without blocking the caller's actor.
  ///
  /// - Parameters:
  ///   - path: a GGUF file, a Hugging Face folder or a name (`KnownModel`); the default when `nil` (see `defaultPath`).
  ///   - threads: worker threads for one forward pass; all processors when `nil`.
  ///   - cacheType: the element type of the sessions' key/value caches.
  ///   - chatTemplate: a built-in form of conversations instead of the file's own template.
  /// - Throws: `ChatError.noModel`, or what `init(path:threads:cacheType:chatTemplate:)` throws.
  public static func load(
    _ path: String? = nil, threads: Int? = nil, cacheType: CacheType = .f32,
    chatTemplate: ChatTemplate.Family? = nil
  ) async throws -> LanguageModel {
    let place = try Self.place(of: path)
    return try await Task.detached {
      try LanguageModel(
        path: place, threads: threads, cacheType: cacheType, chatTemplate: chatTemplate)
    }.value
  }

  /// How the model's makers recommend to sample, from the file's `general.sampling.*` keys; where a key is missing or out
  /// of range, what was found to suit the model (`KnownModel`), or else the defaults.
  public var recommendedOptions: GenerationOptions {
    let metadata = transformer.file.metadata
    var options = GenerationOptions()
    if let sampling = triedSampling { options.sampling = sampling }
    func take<Value>(_ value: Value?, in range: ClosedRange<Value>, to target: inout Value) {
      if let value, range.contains(value) { target = value }
    }
    func float(_ key: String) -> Float? { metadata.float("general.sampling." + key) }
    func integer(_ key: String) -> Int? { metadata.integer("general.sampling." + key) }
    take(float("temp"), in: SamplingRange.temperature, to: &options.sampling.temperature)
    take(integer("top_k"), in: SamplingRange.topK, to: &options.sampling.topK)
    take(float("top_p"), in: SamplingRange.topP, to: &options.sampling.topP)
    take(float("min_p"), in: SamplingRange.minP, to: &options.sampling.minP)
    take(
      float("penalty_repeat"), in: SamplingRange.repeatPenalty,
      to: &options.sampling.repeatPenalty)
    take(
      integer("penalty_last_n"), in: SamplingRange.repeatLastN, to: &options.sampling.repeatLastN)
    return options
  }

  /// The context length the model was trained for, tokens.
  public var contextLength: Int { transformer.configuration.contextLength }

  /// Whether a session may be longer than that: false for models with learned position embeddings.
  public var canExceedContext: Bool {
    transformer.configuration.traits?.hasPositionEmbeddings != true
  }

  /// Tokens that end a reply.
  public var stopTokens: Set<Int32> {
    tokenizer.special.endOfGeneration
  }
}
