import Tensors

/// One stream of tokens through a model: the key/value cache, the hooks, and what was committed.
///
/// Not thread-safe; two sessions share nothing but the model. Tokens enter by `forward`, leave by `truncate` or `reset`,
/// and are announced to memories by `commit`.
public final class TransformerSession {
  /// The model, shared and never changed.
  public let model: TransformerModel
  /// The most tokens the cache holds.
  public let contextLength: Int
  /// The tokens in the cache.
  public private(set) var tokens: [Int32] = []
  /// How many of the tokens were committed; they are a prefix.
  public private(set) var committed = 0
  /// The position where the answer to a prompt begins, as far as the caller has said so: what stands before it is the
  /// prompt, and a memory decides by the prompt alone whether it knows the answer. Nil for a plain stream of text.
  public private(set) var responseStart: Int?
  /// The hooks attached to this session.
  public let hooks = HookRegistry()

  let cache: KeyValueCache
  private let rotary: RotaryEmbedding
  /// That of the blocks with a window, where it is another.
  private let localRotary: RotaryEmbedding?
  let workspace: Workspace
  /// Per block the extra rows of the last pass, if they may come again.
  var preparedRows: [Int: (identities: [RowIdentity], rows: ExtraRows)] = [:]

  /// Rows that pass through the model together at most.
  package static let chunkLength = 512

  /// Starts an empty session.
  ///
  /// - Parameter contextLength: the size of the cache in tokens; the model's own context length when nil.
  public init(model: TransformerModel, contextLength: Int? = nil) {
    self.model = model
    let configuration = model.configuration
    var length = max(1, contextLength ?? configuration.contextLength)
    // Where positions are learned there are no others.
    if configuration.traits?.hasPositionEmbeddings == true {
      length = min(length, configuration.contextLength)
    }
    self.contextLength = length
    cache = KeyValueCache(configuration: configuration, type: model.cacheType)
    rotary = RotaryEmbedding(configuration: configuration, context: length, isLocal: false)
    localRotary =
      configuration.traits?.window?.ropeBase == nil
      ? nil : RotaryEmbedding(configuration: configuration, context: length, isLocal: true)
    workspace = Workspace(
      configuration: model.configuration, rows: min(Self.chunkLength, self.contextLength))
  }

  /// Passes new tokens through the model behind those in the cache.
  ///
  /// - Returns: the selected rows of logits, after all hooks.
  /// - Throws: `TransformerError.contextFull` when they do not fit, `.tokenOutOfRange`, `.emptyInput`; the session is
  ///   then unchanged.
  public func forward(
    _ newTokens: [Int32], logits selection: LogitsSelection = .last
  ) throws(TransformerError) -> Logits {
    guard !newTokens.isEmpty else { throw .emptyInput }
    guard newTokens.count <= contextLength - tokens.count else {
      throw .contextFull(limit: contextLength, needed: tokens.count + newTokens.count)
    }
    let vocabulary = model.configuration.vocabularySize
    for token in newTokens where token < 0 || Int(token) >= vocabulary {
      throw .tokenOutOfRange(token: token, vocabularySize: vocabulary)
    }
    let rows = selection == .all ? newTokens.count : selection == .last ? 1 : 0
    let values = [Float](unsafeUninitializedCapacity: rows * vocabulary) { buffer, count in
      var start = 0
      var filled = 0
      while start < newTokens.count {
        let end = min(start + workspace.rows, newTokens.count)
        let selected =
          switch selection {
          case .none: 0
          case .all: end - start
          case .last: end == newTokens.count ? 1 : 0
          }
        let out = buffer.baseAddress.map { $0 + filled * vocabulary }
        pass(newTokens[start..<end], selectedRows: selected, into: out)
        filled += selected
        start = end
      }
      count = filled * vocabulary
    }
    return Logits(rows: rows, vocabularySize: vocabulary, values: values)
  }

  /// Passes the tokens from `position` on through the plain model once more if a hook may have changed what they left
  /// behind (what is added to the last block's attention leaves nothing: `readPlain` hooks did not see it); hooks that look
  /// see the tokens again. To be called before a commit: a memory learns what the model made of a text,
  /// not what a memory made of it.
  ///
  /// - Throws: what `forward` throws.
  public func settle(from position: Int) throws(TransformerError) {
    let last = HookPoint.block(model.configuration.layerCount - 1, .attnOut)
    guard hooks.hasEdits(except: last), position < tokens.count else { return }
    let again = Array(tokens[max(0, position)...])
    truncate(to: position)
    _ = try hooks.observing { () throws(TransformerError) in try forward(again, logits: .none) }
  }

  /// The rotation of a block's queries and keys.
  func rotary(layer: Int) -> RotaryEmbedding {
    model.configuration.window(layer: layer) == nil ? rotary : localRotary ?? rotary
  }

  private func pass(
    _ chunk: ArraySlice<Int32>, selectedRows: Int, into logits: UnsafeMutablePointer<Float>?
  ) {
    let position = tokens.count
    cache.reserve(position + chunk.count, keeping: position)
    rotary.reserve(position + chunk.count)
    localRotary?.reserve(position + chunk.count)
    tokens.append(contentsOf: chunk)
    run(chunk, position: position, selectedRows: selectedRows, into: logits)
  }

  /// Forgets the tokens from position `count` on. A memory that learned from them is not told: restore its snapshot.
  public func truncate(to count: Int) {
    guard count < tokens.count else { return }
    tokens.removeSubrange(max(0, count)...)
    committed = min(committed, tokens.count)
  }

  /// Forgets all tokens.
  public func reset() {
    truncate(to: 0)
    responseStart = nil
  }

  /// Declares that a prompt ends and an answer begins at `position`, which may lie ahead. Holds until a commit reaches
  /// behind it, or `reset`.
  public func beginResponse(at position: Int) { responseStart = position }

  /// Announces that the tokens up to `position` were accepted.
  ///
  /// - Parameters:
  ///   - position: the end of the accepted prefix; between `committed` and `tokens.count`.
  ///   - provenance: where they came from.
  ///   - learnable: one entry per newly committed token.
  ///   - parts: what each of them is; when nil, what is learnable was said by the provenance's role, and so was everything
  ///     an assistant or a system prompt says, while the rest are marks.
  ///   - endsSegment: whether memories may read from now on what they wrote up to now.
  public func commit(
    through position: Int, provenance: Provenance, learnable: [Bool], parts: [TokenPart]? = nil,
    endsSegment: Bool
  ) {
    precondition(
      position >= committed && position <= tokens.count, "commit outside the session's tokens")
    precondition(learnable.count == position - committed, "one flag per committed token")
    let said = TokenPart(provenance.role)
    let isWhole = provenance.role == .assistant || provenance.role == .system
    let parts = parts ?? learnable.map { isWhole || $0 ? said : .mark }
    precondition(parts.count == learnable.count, "one part per committed token")
    let event = CommitEvent(
      positions: committed..<position, tokens: Array(tokens[committed..<position]),
      learnable: learnable, parts: parts, provenance: provenance, endsSegment: endsSegment)
    committed = position
    if let start = responseStart, position > start { responseStart = nil }
    hooks.announce(event)
  }
}
