public import Memory
import ModelFiles
import Transformer

/// Documents as rows: a text is read once, compacted to a fraction of its keys and values by Attention Matching (arXiv 2602.16284),
/// and asked later without being read again.
///
/// Every document is an entry of its own: its rows depend on nothing else, so it is taken out whole, and several lie side by
/// side, each right before the conversation. What people say in a chat is not learned.
public final class DocumentMemory: MemoryModule, SlowSegments {
  public typealias Configuration = DocumentConfiguration

  public static let about = ModuleDescription(
    kind: "document", socket: .attention,
    summary: "documents read once, compacted to a fraction of their rows",
    paper: "Attention Matching (arXiv 2602.16284), Cartridges (arXiv 2506.06266)", grows: true,
    readouts: [.rows], learnsChats: false)

  /// What was learned.
  package struct State: RowState {
    /// Compacted rows; each document has some groups.
    var rows: HeadRows
    /// Rows of the document that is being read.
    package var open: RowBank
    var documents: [Document] = []
    /// What the open rows belong to.
    var reading: Document?
    /// Tokens read and kept, those of documents included that were dropped since.
    package var written = 0
    package var rejected = 0
  }

  /// A document's part of the rows.
  struct Document: Sendable, Equatable {
    /// The conversation and source it came from.
    var conversation: ByteString
    var source: ByteString
    var groups = 0
    var tokens = 0
  }

  /// The configuration.
  public let configuration: DocumentConfiguration
  package let context: ModuleContext
  package let opening: Float?
  package var version = 0
  package var state: State { didSet { version += 1 } }
  public var onWork: ((Double) -> Void)?

  public init(context: ModuleContext, parameters: ModuleParameters) throws(MemoryError) {
    configuration = try Self.configuration(of: parameters, context: context)
    try context.check(configuration.type, of: Self.kind)
    self.context = context
    opening = Self.opening(of: parameters.gate)
    let shape = RowShape(keysOf: context.model.configuration)
    state = State(
      rows: HeadRows(shape: shape, type: configuration.type),
      open: RowBank(shape: shape, type: configuration.type))
  }

  /// The compacted rows of all documents, each some groups.
  package var rowsOfDocuments: HeadRows { state.rows }
  public var isEmpty: Bool { state.rows.isEmpty }
  public var entries: Int { state.rows.sources.count + state.open.count }
  public var stateBytes: Int { state.rows.byteCount + state.open.byteCount }
  public var budget: Int? { configuration.budget * configuration.ratio }

  /// Compacts what was read since the last segment.
  public func endSegment() {
    guard let reading = state.reading, !state.open.isEmpty else { return }
    var changed = state
    let trains = configuration.training > 0
    let share = trains ? 0.1 : 1
    var compact = RowCompactor(context, rereads: true) { [onWork] in onWork?(share * $0) }
      .compacted(changed.open, ratio: configuration.ratio)
    if trains {
      let study = SelfStudy(context)
      let lessons = study.lessons(about: compact.sources.tokens) { [onWork] in
        onWork?(share + 0.2 * $0)
      }
      compact = PrefixTrainer(context, begin: study.begin).trained(
        compact, beside: changed.another(than: reading), by: lessons,
        rounds: configuration.training
      ) { [onWork] in onWork?(share + 0.2 + (0.8 - share) * $0) }
      onWork?(1)
    }
    changed.open = RowBank(shape: shape, type: configuration.type)
    changed.reading = nil
    changed.rows.append(compact)
    if let last = changed.documents.indices.last, changed.documents[last].continues(as: reading) {
      changed.documents[last].groups += compact.groups.count
      changed.documents[last].tokens += compact.sources.count
    } else {
      var document = reading
      document.groups = compact.groups.count
      document.tokens = compact.sources.count
      changed.documents.append(document)
    }
    let written = changed.written
    while changed.rows.count > configuration.budget, changed.documents.count > 1 {
      changed.remove { $0 == 0 }
    }
    changed.written = written
    state = changed
  }
}

extension DocumentMemory.Document {
  /// Whether a part that was read next belongs to the same document.
  func continues(as next: DocumentMemory.Document) -> Bool {
    conversation == next.conversation && source == next.source
  }
}

extension DocumentMemory.State {
  /// Whether no document was dropped and no token rejected: what is left then does not depend on what is taken out.
  var isWhole: Bool { rejected == 0 && written == rows.sources.count + open.count }

  /// The place of the next token of a document that is being read.
  func place(in reading: DocumentMemory.Document) -> Int {
    if let last = open.sources.places.last { return last + 1 }
    guard documents.last?.continues(as: reading) == true else { return 0 }
    return (rows.sources.places.last ?? -1) + 1
  }

  /// The groups of each document.
  var groups: [Range<Int>] {
    var next = 0
    return documents.map { document in
      defer { next += document.groups }
      return next..<next + document.groups
    }
  }

  /// The rows of the newest document but one that is being read; none where there is no other.
  func another(than reading: DocumentMemory.Document) -> HeadRows {
    let other = documents.indices.last { !documents[$0].continues(as: reading) }
    return rows.groups(other.map { Array(groups[$0]) } ?? [])
  }

  /// Takes out documents by their number.
  mutating func remove(_ isRemoved: (Int) -> Bool) {
    let groups = groups
    let kept = documents.indices.filter { !isRemoved($0) }
    written -= documents.indices.filter(isRemoved).reduce(0) { $0 + documents[$1].tokens }
    rows = rows.groups(kept.flatMap { Array(groups[$0]) })
    documents = kept.map { documents[$0] }
  }
}
