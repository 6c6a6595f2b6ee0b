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
  /// How memories read the session's tokens; `.text` unless `ask` or `read(as:)` set another mode.
  public private(set) var mode = ReadingMode.text
  /// The tokens up to the answer that `ask` was last called for.
  private var asked: [Int32] = []
  /// The hooks attached to this session.
  public let hooks = HookRegistry()

  /// How many of the tokens are in the cache as the plain model leaves them; they are a prefix, and every committed token
  /// is one of them.
  private var settled = 0

  let cache: KeyValueCache
  private let rotary: RotaryEmbedding
  /// The rotation of the blocks with a window, where it differs.
  private let localRotary: RotaryEmbedding?
  let workspace: Workspace
  /// Per block, the prepared extra rows of the last pass, if all have an identity.
  var preparedRows: [Int: (identities: [RowIdentity], rows: ExtraRows)] = [:]

  /// The largest number of rows that pass through the model together.
  package static let chunkLength = 512
  /// Rows of logits that are made and mixed at a time; where all are wanted, too, memories make their predictions for no
  /// more than these at once.
  static let logitRows = 128

  /// Where some rows of logits go: called with the first row and nil before they are made, and with their number
  /// afterwards.
  typealias LogitPlace = (Int, Int?) -> UnsafeMutablePointer<Float>?

  /// Starts an empty session.
  ///
  /// - Parameter contextLength: the size of the cache in tokens; the model's own context length when nil.
  public init(model: TransformerModel, contextLength: Int? = nil) {
    self.model = model
    let configuration = model.configuration
    var length = max(1, contextLength ?? configuration.contextLength)
    // Learned positions end with the model's own context.
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

  /// Passes new tokens through the model after those in the cache.
  ///
  /// - Returns: the selected rows of logits, after all hooks.
  /// - Throws: `TransformerError.contextFull` when they do not fit, `.tokenOutOfRange`, `.emptyInput`; the session is
  ///   then unchanged.
  public func forward(
    _ newTokens: [Int32], logits selection: LogitsSelection = .last
  ) throws(TransformerError) -> Logits {
    try check(newTokens)
    let vocabulary = model.configuration.vocabularySize
    let rows = selection == .all ? newTokens.count : selection == .last ? 1 : 0
    let values = [Float](unsafeUninitializedCapacity: rows * vocabulary) { buffer, count in
      let target = buffer.baseAddress
      passAll(newTokens, selection) { row, _ in target.map { $0 + row * vocabulary } }
      count = rows * vocabulary
    }
    return Logits(rows: rows, vocabularySize: vocabulary, values: values)
  }

  /// Passes new tokens through the model and hands over each row of logits as it is made: a long text needs no memory for
  /// [tokens, vocabulary].
  ///
  /// - Parameters:
  ///   - mixes: whether the memories' predictions are mixed in.
  ///   - body: called with the row, counted from the first new token, and its logits after all hooks, [vocabulary].
  /// - Throws: as `forward(_:logits:)`.
  public func forward(
    _ newTokens: [Int32], mixes: Bool = true,
    eachRow body: (Int, UnsafeBufferPointer<Float>) -> Void
  ) throws(TransformerError) {
    try check(newTokens)
    let vocabulary = model.configuration.vocabularySize
    let size = min(newTokens.count, Self.logitRows) * vocabulary
    let piece = UnsafeMutablePointer<Float>.allocate(capacity: size)
    defer { piece.deallocate() }
    passAll(newTokens, .all, mixes: mixes) { row, count in
      guard let count else { return piece }
      for index in 0..<count {
        body(row + index, UnsafeBufferPointer(start: piece + index * vocabulary, count: vocabulary))
      }
      return nil
    }
  }

  /// Whether tokens are in the vocabulary and fit.
  func check(_ newTokens: [Int32]) throws(TransformerError) {
    guard !newTokens.isEmpty else { throw .emptyInput }
    guard newTokens.count <= contextLength - tokens.count else {
      throw .contextFull(limit: contextLength, needed: tokens.count + newTokens.count)
    }
    let vocabulary = model.configuration.vocabularySize
    for token in newTokens where token < 0 || Int(token) >= vocabulary {
      throw .tokenOutOfRange(token: token, vocabularySize: vocabulary)
    }
  }

  /// All new tokens, chunk by chunk.
  private func passAll(
    _ newTokens: [Int32], _ selection: LogitsSelection, mixes: Bool = true, into place: LogitPlace
  ) {
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
      let first = filled
      pass(newTokens[start..<end], selectedRows: selected, mixes: mixes) { place(first + $0, $1) }
      filled += selected
      start = end
    }
  }

  /// Passes a prompt through the model after the tokens in the cache and sets the mode: the answer to its question
  /// comes next.
  ///
  /// - Parameters:
  ///   - prompt: the tokens, and which of them are the question.
  ///   - begun: the first tokens of the answer, where there are some already.
  /// - Returns: the selected rows of logits, after all hooks.
  /// - Throws: what `forward` throws; the session and its mode are then unchanged.
  public func ask(
    _ prompt: Prompt, begun: [Int32] = [], logits selection: LogitsSelection = .last
  ) throws(TransformerError) -> Logits {
    let before = (mode, asked)
    mode = prompt.mode(after: tokens.count)
    asked = tokens + prompt.tokens
    do throws(TransformerError) {
      return try forward(prompt.tokens + begun, logits: selection)
    } catch {
      (mode, asked) = before
      throw error
    }
  }

  /// The tokens up to the answer, those included that are still to pass; in a stream of text the tokens so far. So memories know
  /// the whole question from its first token on.
  package var tokensAsked: ArraySlice<Int32> {
    guard let start = mode.answerStart else { return tokens[...] }
    return asked.count == start ? asked[...] : tokens.prefix(start)
  }

  /// States how the tokens are read from now on; positions may lie ahead. `.answer` holds until a commit reaches into the
  /// answer, or `reset`.
  public func read(as mode: ReadingMode) {
    self.mode = mode
    asked = []
  }

  /// Whether tokens may pass that are taken back at once: not where memories keep a record of the text as it goes on, nor
  /// where a hook edits what it sees, which may count on seeing one token after the other.
  public var canLookAhead: Bool { (mode.isAnswer || hooks.mixer == nil) && !hooks.hasEdits }

  /// Whether a hook may change the cache or the activations that other hooks read. What is added to the last block's
  /// attention changes neither: `readPlain` hooks do not see it.
  private var leavesEdits: Bool {
    let last = HookPoint.block(model.configuration.layerCount - 1, .attnOut)
    return !hooks.isObserving && hooks.hasEdits(except: last)
  }

  /// Passes the tokens whose cache rows or activations a hook may have changed through the plain model again, if any of
  /// them lies before `position`; reading hooks run on them again.
  ///
  /// - Returns: whether that was so.
  private func settle(through position: Int) throws(TransformerError) -> Bool {
    guard settled < position else { return false }
    let first = settled
    let again = Array(tokens[first...])
    truncate(to: first)
    _ = try hooks.observing { () throws(TransformerError) in try forward(again, logits: .none) }
    return true
  }

  /// The rotation of a block's queries and keys.
  func rotary(layer: Int) -> RotaryEmbedding {
    model.configuration.window(layer: layer) == nil ? rotary : localRotary ?? rotary
  }

  private func pass(
    _ chunk: ArraySlice<Int32>, selectedRows: Int, mixes: Bool, into place: LogitPlace
  ) {
    let position = tokens.count
    let updates = hooks.weightUpdates()
    enter(chunk, isPlain: updates.isEmpty && !leavesEdits)
    let part = PassPart(
      session: self, rows: 0..<chunk.count, positions: position..<position + chunk.count,
      tokens: chunk)
    run([part], updates: updates, selectedRows: selectedRows, mixes: mixes, into: place)
  }

  /// Makes room for new tokens and adds them.
  ///
  /// - Parameter isPlain: whether they pass through the plain model.
  func enter(_ chunk: ArraySlice<Int32>, isPlain: Bool) {
    let position = tokens.count
    cache.reserve(position + chunk.count, keeping: position)
    rotary.reserve(position + chunk.count)
    localRotary?.reserve(position + chunk.count)
    tokens.append(contentsOf: chunk)
    // Tokens after a changed token attend to it, so they are changed, too.
    if settled == position, isPlain { settled = tokens.count }
  }

  /// Removes the tokens from position `count` on. Memories that learned from them are not changed: restore their
  /// snapshots.
  public func truncate(to count: Int) {
    guard count < tokens.count else { return }
    tokens.removeSubrange(max(0, count)...)
    committed = min(committed, tokens.count)
    settled = min(settled, tokens.count)
  }

  /// The cache was filled with these tokens from elsewhere, as the plain model reads them.
  func resume(after restored: [Int32]) {
    tokens = restored
    committed = restored.count
    settled = restored.count
  }

  /// Removes all tokens.
  public func reset() {
    truncate(to: 0)
    mode = .text
    asked = []
  }

  /// Announces that the tokens up to `position` were accepted.
  ///
  /// A memory learns the plain model's activations, never those another memory changed: where a hook may have changed
  /// the cache or the activations, all tokens from the first changed one on pass through the plain model again before
  /// the commit. Commits of the same text one after the other pay for that once.
  ///
  /// - Parameters:
  ///   - position: the end of the accepted prefix; between `committed` and `tokens.count`.
  ///   - provenance: the conversation, turn, role, source and time of the tokens.
  ///   - learnable: one entry per newly committed token.
  ///   - parts: the part of the text that each belongs to; when nil, learnable tokens belong to the provenance's role,
  ///     as do all tokens of an assistant or a system prompt, and the rest are control tokens.
  ///   - endsSegment: whether memories may read from now on what they wrote up to now.
  ///   - logProbabilities: log p of each newly committed token, nats, where the caller took them from the logits of this
  ///     pass without mixing; it saves memories the output matrix. Anything for a token with nothing before it.
  /// - Throws: what `forward` throws.
  public func commit(
    through position: Int, provenance: Provenance, learnable: [Bool], parts: [TokenPart]? = nil,
    endsSegment: Bool, logProbabilities: [Float]? = nil
  ) throws(TransformerError) {
    precondition(
      position >= committed && position <= tokens.count, "commit outside the session's tokens")
    precondition(learnable.count == position - committed, "one flag per committed token")
    let said = TokenPart(provenance.role)
    let isWhole = provenance.role == .assistant || provenance.role == .system
    let parts = parts ?? learnable.map { isWhole || $0 ? said : .mark }
    precondition(parts.count == learnable.count, "one part per committed token")
    precondition(
      logProbabilities.map { $0.count == learnable.count } ?? true, "one value per committed token")
    let isChanged = try settle(through: position) || hooks.changesActivations
    let event = CommitEvent(
      positions: committed..<position, tokens: Array(tokens[committed..<position]),
      learnable: learnable, parts: parts, provenance: provenance, endsSegment: endsSegment,
      logProbabilities: isChanged ? nil : logProbabilities)
    committed = position
    if let start = mode.answerStart, position > start { mode = .text }
    hooks.announce(event)
  }
}
