import Memory
import Tensors
import Transformer

/// Makes few rows of many, block by block and head by head: by Attention Matching, or by keeping those that attention uses most.
///
/// Heads need very different numbers of rows. A few copy words: they need the row of every word, and without it no name comes
/// back; those are kept whole as far as half of the room goes. The rest of the room goes to the rows that some question gives the
/// most attention, whichever head they are of.
struct RowCompactor {
  /// Queries per head that the fit sees; more make it slower and hardly better.
  private static let queries = 2048
  /// Tokens that are compacted together.
  private static let longest = 2048
  /// The mean attention on the next word's row from which on a head counts as one that copies.
  private static let copies: Float = 0.1
  /// The fewest rows a head keeps.
  private static let fewest = 4

  private let context: ModuleContext
  private let pass: StudyPass
  private let rotation: RowRotation
  private let matching: AttentionMatching
  private let fits: Bool

  /// - Parameter fits: whether biases and values are fitted; else every head keeps as many of its most used rows as they
  ///   are, each standing for its share of the tokens.
  init(_ context: ModuleContext, fits: Bool = true) {
    self.context = context
    self.fits = fits
    pass = StudyPass(context: context)
    let model = context.model.configuration
    rotation = RowRotation(model)
    matching = AttentionMatching(dimension: model.headDimension, scale: model.attentionScale)
  }

  /// The most tokens that are compacted together.
  var limit: Int { min(Self.longest, pass.longest) }

  /// Compacts plain rows that follow one another.
  ///
  /// A text that is too long to be studied in the model's context is compacted in equal parts, each a group.
  ///
  /// - Parameters:
  ///   - rows: one row for each token.
  ///   - ratio: tokens for one row.
  func compacted(_ rows: RowBank, ratio: Int) -> HeadRows {
    var result = HeadRows(shape: rows.shape, type: rows.type)
    let parts = max(1, (rows.count + limit - 1) / limit)
    for part in 0..<parts {
      let range = rows.count * part / parts..<rows.count * (part + 1) / parts
      let piece = rows.plain(Array(range))
      result.append(heads(of: piece, ratio: ratio), sources: piece.sources)
    }
    return result
  }

  /// The kept rows of every head, [blocks x heads].
  private func heads(of rows: RowBank, ratio: Int) -> [HeadRows.Head] {
    let shape = rows.shape
    let count = shape.layers * shape.heads
    let text = rows.sources.tokens
    let material = Material(rows, pass.run(on: text), context, Self.queries)
    let strengths = each(count) { index in
      let attention = matching.attention(material.head(index, rotation))
      return fits ? matching.strengths(attention) : matching.usage(attention)
    }
    var copying = [Float](repeating: 0, count: count)
    if fits, ratio > 1, let again = pass.repeating(text) {
      let material = Material(rows, again, context, Self.queries)
      copying = each(count) { index in
        matching.copying(
          matching.attention(material.head(index, rotation)), next: material.next)
      }
    }
    let kept =
      fits
      ? chosen(strengths, copying: copying, tokens: rows.count, ratio: ratio)
      : strengths.map { Self.strongest($0, count: max(1, (rows.count + ratio - 1) / ratio)) }
    let made = each(count) { index in
      let head = material.head(index, rotation)
      return fits
        ? matching.fitted(head, matching.attention(head), rows: kept[index])
        : matching.unfitted(head, rows: kept[index])
    }
    return made.enumerated().map { index, own in
      let keys = material.plainKeys(index)
      return HeadRows.Head(
        keys: own.rows.flatMap { keys[$0 * shape.dimension..<($0 + 1) * shape.dimension] },
        values: own.values, biases: own.biases, anchors: own.rows.map { rows.sources.places[$0] })
    }
  }

  /// The results of some steps, on all threads.
  private func each<Result>(_ count: Int, _ body: (Int) -> Result) -> [Result] {
    [Result](unsafeUninitializedCapacity: count) { buffer, filled in
      nonisolated(unsafe) let results = buffer
      context.model.threads.parallel(count) { range in
        for index in range { results.initializeElement(at: index, to: body(index)) }
      }
      filled = count
    }
  }

  /// The rows each head keeps, together at most tokens x heads / ratio but for the fewest of each.
  private func chosen(
    _ strengths: [[Float]], copying: [Float], tokens: Int, ratio: Int
  ) -> [[Int]] {
    let heads = strengths.count
    guard ratio > 1 else { return strengths.map { Array($0.indices) } }
    var room = (tokens * heads + ratio - 1) / ratio
    let half = room / 2
    let fewest = max(1, min(Self.fewest, tokens / (2 * ratio)))
    var kept = strengths.map { Self.strongest($0, count: fewest) }
    room -= kept.reduce(0) { $0 + $1.count }
    var whole = Set<Int>()
    for index in copying.indices.sorted(by: { (-copying[$0], $0) < (-copying[$1], $1) }) {
      guard copying[index] >= Self.copies, (whole.count + 1) * tokens <= half else { break }
      whole.insert(index)
      room -= tokens - kept[index].count
      kept[index] = Array(0..<tokens)
    }
    // One threshold for all others: the strongest rows that are left, whichever head they are of.
    var rest: [(strength: Float, head: Int, row: Int)] = []
    for head in strengths.indices where !whole.contains(head) {
      let taken = Set(kept[head])
      for row in 0..<tokens where !taken.contains(row) {
        rest.append((strengths[head][row], head, row))
      }
    }
    rest.sort { (-$0.strength, $0.head, $0.row) < (-$1.strength, $1.head, $1.row) }
    for (_, head, row) in rest.prefix(max(0, room)) { kept[head].append(row) }
    return kept.map { $0.sorted() }
  }

  /// The rows of the largest values, ascending; of equal ones the earlier.
  private static func strongest(_ values: [Float], count: Int) -> [Int] {
    values.indices.sorted { (-values[$0], $0) < (-values[$1], $1) }.prefix(count).sorted()
  }
}

/// What the heads of all blocks have to be compacted by.
private struct Material {
  private let shape: RowShape
  private let queryHeads: Int
  private let keys: [[Float]]  // per block [rows, key/value columns]
  private let values: [[Float]]
  private let study: StudyPass.Result?
  /// The queries that are used, by their place in the study.
  private let asked: [Int]
  /// For each query of a query head the row of the token that comes next.
  let next: [Int?]

  init(_ rows: RowBank, _ study: StudyPass.Result?, _ context: ModuleContext, _ limit: Int) {
    shape = rows.shape
    queryHeads = context.model.configuration.headCount
    keys = (0..<rows.shape.layers).map { rows.keys.decoded(layer: $0) }
    values = (0..<rows.shape.layers).map { rows.values.decoded(layer: $0) }
    self.study = study
    let group = queryHeads / rows.shape.heads
    let all = study?.positions.count ?? 0
    let step = max(1, (all * group + limit - 1) / limit)
    asked = Array(stride(from: 0, to: all, by: step))
    next = asked.map { place in study.flatMap { $0.next[place] } }
  }

  /// The keys of a head before RoPE, [rows, head dimension].
  func plainKeys(_ index: Int) -> [Float] {
    column(index % shape.heads, of: shape.heads, keys[index / shape.heads])
  }

  /// What a head of a block has, rotated.
  func head(_ index: Int, _ rotation: RowRotation) -> AttentionMatching.Head {
    let (layer, head) = (index / shape.heads, index % shape.heads)
    let start = study?.textStart ?? 0
    var own = plainKeys(index)
    let count = own.count / shape.dimension
    rotation.rotate(&own, to: Array(start..<start + count), layer: layer)
    let ownValues = column(head, of: shape.heads, values[layer])
    guard let study else {
      // Without a text to study, the keys themselves ask.
      return AttentionMatching.Head(keys: own, values: ownValues, queries: own)
    }
    var others = column(head, of: shape.heads, study.otherKeys[layer])
    rotation.rotate(&others, to: study.otherPositions, layer: layer)
    let group = queryHeads / shape.heads
    var queries: [Float] = []
    for query in head * group..<(head + 1) * group {
      let all = column(query, of: queryHeads, study.queries[layer])
      var some = asked.flatMap { all[$0 * shape.dimension..<($0 + 1) * shape.dimension] }
      rotation.rotate(&some, to: asked.map { study.positions[$0] }, layer: layer)
      queries += some
    }
    // A query sees all that lies before the text, and what was said after it up to itself.
    let seen = asked.map { start + $0 + 1 }
    return AttentionMatching.Head(
      keys: own, values: ownValues, queries: queries, otherKeys: others,
      otherValues: column(head, of: shape.heads, study.otherValues[layer]),
      seen: (0..<group).flatMap { _ in seen })
  }

  /// The columns of one head, [rows, head dimension].
  private func column(_ head: Int, of heads: Int, _ table: [Float]) -> [Float] {
    let d = shape.dimension
    return stride(from: head * d, to: table.count, by: heads * d).flatMap { table[$0..<$0 + d] }
  }
}
