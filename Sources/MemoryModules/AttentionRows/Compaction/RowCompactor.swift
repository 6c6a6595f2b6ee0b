import Memory
import Tensors
import Transformer

/// Makes few rows of many, block by block and head by head: by Attention Matching, or by keeping those that attention uses most.
///
/// Heads need very different numbers of rows. A few copy words: they need the row of every word, and without it no name comes
/// back; those are kept whole as far as half of the room goes. The rest of the room goes to the rows that some question gives the
/// most attention, whichever head they are of.
struct RowCompactor {
  /// Queries per key/value head that the fit sees. Rows are chosen by all there are: a question of which only every third
  /// token asks has lost its answer's row.
  private static let queries = 6144
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
  private let rereads: Bool
  private let progress: (Double) -> Void

  /// - Parameters:
  ///   - fits: whether biases and values are fitted; else every head keeps as many of its most used rows as they
  ///     are, each standing for its share of the tokens.
  ///   - rereads: whether the rows are made of the tokens anew, as a user's message in a chat; else they stay as they were learned.
  ///   - progress: called with the share of the work that is done.
  init(
    _ context: ModuleContext, fits: Bool = true, rereads: Bool = false,
    progress: @escaping (Double) -> Void = { _ in }
  ) {
    self.context = context
    self.fits = fits
    self.rereads = rereads
    self.progress = progress
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
      let heads = heads(of: piece, ratio: ratio) {
        progress((Double(part) + $0) / Double(parts))
      }
      result.append(heads, sources: piece.sources)
    }
    return result
  }

  /// The kept rows of every head, [blocks x heads].
  private func heads(
    of rows: RowBank, ratio: Int, _ progress: (Double) -> Void
  ) -> [HeadRows.Head] {
    let shape = rows.shape
    let count = shape.layers * shape.heads
    // With a row for every token nothing is to be found out.
    let studied = ratio > 1 ? pass.run(on: rows.sources.tokens) : nil
    progress(0.5)
    // Without a template the text's own first token would be the attention sink.
    let reread = rereads && studied.map { $0.study.textStart > 0 && $0.fits(rows.type) } == true
    let material = Material(rows, reread ? studied : nil, context)
    let strengths = each(count) { index in
      guard ratio > 1 else { return [Float](repeating: 1, count: rows.count) }
      let head = material.head(index, studied?.study, rotation)
      return fits ? matching.strengths(of: head) : matching.usage(matching.attention(head))
    }
    var copying = [Float](repeating: 0, count: count)
    if fits, let again = studied?.again {
      copying = each(count) { index in
        matching.copying(
          matching.attention(material.head(index, again, rotation)), next: again.next)
      }
    }
    progress(0.7)
    let kept =
      fits
      ? chosen(strengths, copying: copying, tokens: rows.count, ratio: ratio)
      : strengths.map { Self.strongest($0, count: max(1, (rows.count + ratio - 1) / ratio)) }
    let made = each(count) { index in
      let head = material.head(index, studied?.study, rotation, limit: Self.queries)
      // A head that keeps all of its rows is not fitted: nobody has to attend for it.
      return fits && kept[index].count < rows.count
        ? matching.fitted(head, matching.attention(head), rows: kept[index])
        : matching.unfitted(head, rows: kept[index])
    }
    progress(1)
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

  init(_ rows: RowBank, _ reread: StudyPass.Findings?, _ context: ModuleContext) {
    shape = rows.shape
    queryHeads = context.model.configuration.headCount
    keys = reread?.keys ?? (0..<rows.shape.layers).map { rows.keys.decoded(layer: $0) }
    values = reread?.values ?? (0..<rows.shape.layers).map { rows.values.decoded(layer: $0) }
  }

  /// The keys of a head before RoPE, [rows, head dimension].
  func plainKeys(_ index: Int) -> [Float] {
    column(index % shape.heads, of: shape.heads, keys[index / shape.heads])
  }

  /// What a head of a block has, rotated; without a text to study, the keys themselves ask.
  func head(
    _ index: Int, _ study: StudyPass.Result?, _ rotation: RowRotation, limit: Int = .max
  ) -> AttentionMatching.Head {
    let (layer, head) = (index / shape.heads, index % shape.heads)
    let start = study?.textStart ?? 0
    var own = plainKeys(index)
    let count = own.count / shape.dimension
    rotation.rotate(&own, to: Array(start..<start + count), layer: layer)
    let ownValues = column(head, of: shape.heads, values[layer])
    guard let study else {
      return AttentionMatching.Head(keys: own, values: ownValues, queries: own)
    }
    var others = column(head, of: shape.heads, study.otherKeys[layer])
    rotation.rotate(&others, to: study.otherPositions, layer: layer)
    let group = queryHeads / shape.heads
    let step = max(1, (study.positions.count * group - 1) / limit + 1)
    let asked = Array(stride(from: 0, to: study.positions.count, by: step))
    var queries: [Float] = []
    for query in head * group..<(head + 1) * group {
      let all = column(query, of: queryHeads, study.queries[layer])
      var some =
        step == 1 ? all : asked.flatMap { all[$0 * shape.dimension..<($0 + 1) * shape.dimension] }
      rotation.rotate(&some, to: asked.map { study.positions[$0] }, layer: layer)
      queries += some
    }
    return AttentionMatching.Head(
      keys: own, values: ownValues, queries: queries, otherKeys: others,
      otherValues: column(head, of: shape.heads, study.otherValues[layer]),
      seen: (0..<group).flatMap { _ in asked.map { study.textStart + $0 + 1 } })
  }

  /// The columns of one head, [rows, head dimension].
  private func column(_ head: Int, of heads: Int, _ table: [Float]) -> [Float] {
    let (d, columns) = (shape.dimension, heads * shape.dimension)
    return [Float](unsafeUninitializedCapacity: table.count / heads) { target, filled in
      table.withUnsafeBufferPointer { table in
        guard let source = table.baseAddress, let target = target.baseAddress else { return }
        for row in 0..<table.count / columns {
          (target + row * d).update(from: source + row * columns + head * d, count: d)
        }
      }
      filled = table.count / heads
    }
  }
}
