public import Transformer

/// The loop of generation, one token per call: sample, deliver, forward.
///
/// ```swift
/// var generator = TokenGenerator(session: session, sampler: sampler, stop: [2], maximumTokens: 100)
/// generator.begin(try session.forward(prompt))
/// while let token = try generator.next() { print(stream.append(token.id)) }
/// ```
///
/// A delivered token passes through the model when the next one is requested; after a generation that ended by `length`
/// or `repetition` or was cancelled, the session therefore lacks the last token. The token that ends a turn is neither
/// delivered nor forwarded. Nothing is committed: the caller commits the text that it accepts. With a look-up the session may
/// hold guessed tokens behind the delivered ones until the generation ends.
public struct TokenGenerator {
  /// The session that the tokens enter.
  public let session: TransformerSession
  /// Why the generation ended; nil while it is running.
  public private(set) var reason: StopReason?
  /// How many tokens were delivered.
  public private(set) var count = 0
  /// The loop that ended the generation, as offsets in the delivered tokens; nil when there was none.
  public var loop: RepetitionGuard.Loop? { repetition?.loop }

  private var sampler: Sampler
  private let stop: Set<Int32>
  private let maximumTokens: Int
  private let unpenalized: Range<Int>
  private let guarding: RepetitionGuard?
  private var repetition: RepetitionGuard?
  private let pointing: CopyPointer?
  private var pointer: CopyPointer?
  private var lookup: PromptLookup?
  /// The logits of the last passed token and of the guesses behind it.
  private var logits: Logits?
  /// The row of the last passed token.
  private var row = 0
  /// Guessed tokens in the session that are not delivered yet.
  private var guesses: ArraySlice<Int32> = []
  /// The guesses of this pass that turned out right.
  private var right = 0
  private var pending: Int32?

  /// The session's tokens without guesses.
  private var passed: ArraySlice<Int32> { session.tokens.dropLast(guesses.count) }

  /// Prepares a generation.
  ///
  /// - Parameters:
  ///   - session: holds the prompt, or receives it by `begin(prompt:)`.
  ///   - sampler: chooses the tokens.
  ///   - stop: the tokens that end a turn.
  ///   - maximumTokens: how many tokens are delivered at most.
  ///   - unpenalized: positions whose tokens the repetition penalty leaves alone: the words of a question, and of what
  ///     was recalled for it, belong into the answer.
  ///   - repetitionGuard: ends the generation when the delivered tokens become a loop; nil lets them.
  ///   - pointer: at words that the text should say; nil for none.
  ///   - lookup: guesses tokens that are then checked together, where memories read the session's tokens as an answer or
  ///     not at all; nil takes one token at a time. The text is the same.
  public init(
    session: TransformerSession, sampler: Sampler, stop: Set<Int32>, maximumTokens: Int,
    unpenalized: Range<Int> = 0..<0, repetitionGuard: RepetitionGuard? = nil,
    pointer: CopyPointer? = nil, lookup: PromptLookup? = nil
  ) {
    self.lookup = session.canLookAhead ? lookup : nil
    pointing = pointer
    self.pointer = pointer
    guarding = repetitionGuard
    repetition = repetitionGuard
    self.unpenalized = unpenalized
    self.session = session
    self.sampler = sampler
    self.stop = stop
    self.maximumTokens = maximumTokens
  }

  /// Starts after the session's tokens, from the logits of its last token.
  public mutating func begin(_ logits: Logits) {
    self.logits = logits
    row = logits.rows - 1
    guesses = []
    pending = nil
    reason = nil
    count = 0
    repetition = guarding
    pointer = pointing
  }

  /// Forwards a prompt and starts after it.
  ///
  /// - Throws: what `TransformerSession.forward` throws.
  public mutating func begin(prompt: [Int32]) throws(TransformerError) {
    begin(try session.forward(prompt, logits: .last))
  }

  /// Ends the generation: the next call of `next()` returns nil.
  public mutating func cancel() {
    if reason == nil { end(.cancelled) }
  }

  /// The next token, or nil when the generation has ended; `reason` then says why.
  ///
  /// - Throws: `TransformerError.emptyInput` before `begin`, or what `TransformerSession.forward` throws.
  public mutating func next() throws(TransformerError) -> GeneratedToken? {
    guard goesOn() else { return nil }
    if let token = pending {
      try pass(token)
      pending = nil
    }
    return try choose()
  }

  /// The next token of each of several generations in sessions of their own, nil of those that have ended. The tokens are the
  /// same as one generation after the other gives, to the bit of their logits; the model's weights are read once for all.
  ///
  /// Generations with a look-up pass their tokens alone.
  ///
  /// - Throws: as `next()`.
  public static func next(
    _ generators: inout [TokenGenerator]
  ) throws(TransformerError) -> [GeneratedToken?] {
    let open = generators.indices.filter { generators[$0].goesOn() }
    let together = open.filter { generators[$0].lookup == nil }
    let steps = together.compactMap { index in
      generators[index].pending.map {
        (index, TransformerSession.Step(generators[index].session, $0))
      }
    }
    for ((index, _), logits) in zip(steps, try TransformerSession.forward(steps.map(\.1))) {
      generators[index].take(logits)
    }
    var tokens = [GeneratedToken?](repeating: nil, count: generators.count)
    for index in open { tokens[index] = try generators[index].next() }
    return tokens
  }

  /// Whether there may be another token; where not, the generation ends.
  private mutating func goesOn() -> Bool {
    guard reason == nil else { return false }
    if Task.isCancelled {
      end(.cancelled)
    } else if loop != nil {
      end(.repetition)
    } else if count >= maximumTokens {
      end(.length)
    } else if pending != nil, passed.count >= session.contextLength {
      end(.contextFull)
    }
    return reason == nil
  }

  /// Takes over the logits of the delivered token, which was passed.
  private mutating func take(_ logits: Logits) {
    self.logits = logits
    row = 0
    pending = nil
  }

  /// Chooses the token that follows the last passed one.
  private mutating func choose() throws(TransformerError) -> GeneratedToken? {
    guard let logits, row >= 0 else { throw .emptyInput }
    let recent = recentTokens
    let id = logits.withRow(row) { row in
      guard let pointer, !pointer.isIdle else { return sampler.sample(row, recent: recent) }
      var pointed = Array(row)
      pointer.add(to: &pointed)
      return pointed.withUnsafeBufferPointer { sampler.sample($0, recent: recent) }
    }
    guard !stop.contains(id) else {
      end(.endOfTurn)
      return nil
    }
    pending = id
    count += 1
    repetition?.append(id)
    pointer?.append(id)
    return GeneratedToken(id: id, position: passed.count)
  }

  /// Brings a delivered token into the session, with guesses of what follows it, unless it was guessed.
  private mutating func pass(_ token: Int32) throws(TransformerError) {
    if guesses.first == token {
      guesses.removeFirst()
      row += 1
      right += 1
      return
    }
    if let logits, logits.rows > 1 { lookup?.note(right: right) }
    dropGuesses()
    var tokens = [token]
    let room = min(
      session.contextLength - session.tokens.count - 1, maximumTokens - count)
    if room > 0, var lookup {
      tokens += lookup.guess(after: session.tokens, token).prefix(room)
      self.lookup = lookup
    }
    logits = try session.forward(tokens, logits: tokens.count > 1 ? .all : .last)
    guesses = tokens.dropFirst()
    row = 0
    right = 0
  }

  private mutating func dropGuesses() {
    session.truncate(to: session.tokens.count - guesses.count)
    guesses = []
  }

  /// The tokens that the repetition penalty looks at.
  private var recentTokens: [Int32] {
    guard sampler.configuration.penalizesRepetition else { return [] }
    let window = sampler.configuration.repeatLastN
    let tokens = passed
    let start = window < 0 ? 0 : max(0, tokens.count - window)
    let exempt = unpenalized.clamped(to: start..<tokens.count)
    return exempt.isEmpty
      ? Array(tokens[start...])
      : Array(tokens[start..<exempt.lowerBound] + tokens[exempt.upperBound...])
  }

  private mutating func end(_ reason: StopReason) {
    dropGuesses()
    self.reason = reason
  }
}
