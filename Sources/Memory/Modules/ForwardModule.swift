public import Transformer

/// A memory that acts inside the forward pass: by extra key/value rows (the attention socket) or by edits of
/// activations.
public protocol ForwardModule: MemoryModule {
  /// Attaches its hooks to a session's forward pass; the host removes them when the memory is detached.
  func join(_ pass: ForwardPass)
}

/// A memory that learns from the model's own activations.
///
/// The host records the plain model's activations, keeps them until their tokens are committed, and passes them to
/// `write`.
public protocol ActivationLearner: MemoryModule {
  /// The hook points it learns from.
  var taps: [HookPoint] { get }
  /// The number of positions before a commit whose rows it also receives, as far as they are known.
  var reach: Int { get }
  /// Learns from committed tokens, in order.
  func write(_ commit: CommittedRows)
}

extension ActivationLearner {
  public var reach: Int { 0 }
}

/// The part of a session that a module may take part in.
///
/// Everything attached here is detached together. It gives no access to commits: a module learns through
/// `ActivationLearner` or `AssociativeModule`.
public final class ForwardPass {
  private let session: TransformerSession
  private var handles: [HookHandle] = []
  private var accounts: [() -> ShownContents?] = []

  /// Gives access to a session's forward pass.
  public init(_ session: TransformerSession) { self.session = session }

  /// The most tokens the session holds.
  public var contextLength: Int { session.contextLength }
  /// The session, for reading its tokens and reading mode; empty when the session has been released.
  public var view: SessionView { SessionView(session) }

  /// Reads the rows [positions, columns] at some points.
  public func read(_ points: [HookPoint], _ body: @escaping HookRegistry.Read) {
    handles.append(session.hooks.read(points, body))
  }

  /// Changes the rows at some points; everything after them sees the change.
  public func edit(_ points: [HookPoint], _ body: @escaping HookRegistry.Edit) {
    handles.append(session.hooks.edit(points, body))
  }

  /// Adds key/value rows to the attention of one block.
  public func extendAttention(
    layer: Int, _ provider: @escaping (HookContext) -> ExtraKeyValues?
  ) {
    handles.append(session.hooks.extendAttention(layer: layer, provider))
  }

  /// Says what a module showed the session's last answer; nil where nothing.
  public func account(_ body: @escaping () -> ShownContents?) { accounts.append(body) }

  /// What the modules showed the session's last answer.
  package var shown: [ShownContents] { accounts.compactMap { $0() } }

  /// Removes everything that was attached here.
  public func leave() {
    for handle in handles { handle.remove() }
    handles.removeAll()
    accounts.removeAll()
  }
}

/// A read-only view of the session a module has joined.
public struct SessionView {
  private weak var session: TransformerSession?
  private let scope: QuestionScope?

  /// - Parameter facts: the facts a question may be about.
  init(_ session: TransformerSession, facts: (any FactMemory)? = nil) {
    self.session = session
    scope = facts.map(QuestionScope.init)
  }

  /// The fact that the question of an answer is surely about; nil in texts, and where there is none.
  public var factInScope: Fact? {
    guard let session, session.mode.isAnswer else { return nil }
    return scope?.fact(for: Array(session.mode.question(in: session.tokens)))
  }

  /// The tokens in the cache.
  public var tokens: [Int32] { session?.tokens ?? [] }
  /// The tokens up to an answer, those of the question included that are still to pass; in a stream of text the tokens so far.
  package var tokensAsked: ArraySlice<Int32> { session?.tokensAsked ?? [] }
  /// How many of them were committed.
  public var committed: Int { session?.committed ?? 0 }
  /// Whether the tokens are read as text or as an answer to a question.
  public var mode: ReadingMode { session?.mode ?? .text }
}

/// Which fact a question is about; decided once per question.
private final class QuestionScope {
  private let facts: any FactMemory
  private var last: (question: [Int32], next: Int, fact: Fact?)?

  init(_ facts: any FactMemory) { self.facts = facts }

  func fact(for question: [Int32]) -> Fact? {
    guard !question.isEmpty else { return nil }
    if let last, last.question == question, last.next == facts.nextFact { return last.fact }
    let best = facts.recall(question, limit: 1).first
    let found = best?.certainty == .sure ? best?.fact : nil
    last = (question, facts.nextFact, found)
    return found
  }
}

/// The activations of committed tokens.
public struct CommittedRows {
  /// The positions whose rows are known, contiguous up to the last committed one.
  public let positions: Range<Int>
  /// The session's tokens up to the end of `positions`.
  public let tokens: ArraySlice<Int32>
  /// Per position, whether the token is learned: a memory may learn it, and a token came before it.
  public let isLearned: [Bool]
  /// Per position its place in the journal, -1 where it has none.
  public let journal: [Int]
  /// Per position -log p of the token under the plain model, nats; 0 where it is not learned or not known.
  public let surprisals: [Float]
  /// Where the tokens came from.
  public let provenance: Provenance
  /// Positions right before the first whose rows are known, at most the module's `reach`.
  public let lead: Int

  private let table: PendingRows
  private let taps: [HookPoint: Int]

  init(
    positions: Range<Int>, tokens: ArraySlice<Int32>, isLearned: [Bool], journal: [Int],
    surprisals: [Float], provenance: Provenance, lead: Int, table: PendingRows,
    taps: [HookPoint: Int]
  ) {
    self.positions = positions
    self.tokens = tokens
    self.isLearned = isLearned
    self.journal = journal
    self.surprisals = surprisals
    self.provenance = provenance
    self.lead = lead
    self.table = table
    self.taps = taps
  }

  /// Creates rows from values, for tests of a module.
  ///
  /// - Parameter rows: per tap [positions, columns].
  package init(
    positions: Range<Int>, tokens: ArraySlice<Int32>, isLearned: [Bool], provenance: Provenance,
    rows: [HookPoint: [Float]]
  ) {
    let taps = Array(rows.keys)
    var table = PendingRows(
      columns: taps.map { (rows[$0]?.count ?? 0) / max(1, positions.count) })
    for (index, tap) in taps.enumerated() {
      let values = rows[tap] ?? []
      table.store(tap: index, position: positions.lowerBound, values: values.span)
    }
    self.init(
      positions: positions, tokens: tokens, isLearned: isLearned,
      journal: isLearned.map { _ in -1 }, surprisals: isLearned.map { _ in 0 },
      provenance: provenance, lead: 0, table: table,
      taps: Dictionary(uniqueKeysWithValues: taps.enumerated().map { ($1, $0) }))
  }

  /// The rows of one tap, [lead + positions, columns].
  public func rows(at tap: HookPoint) -> [Float] {
    guard let index = taps[tap] else { return [] }
    let all = positions.lowerBound - lead..<positions.upperBound
    return table.values(tap: index, positions: all) ?? []
  }
}
