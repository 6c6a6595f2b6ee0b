import Memory
import Tensors
import Transformer

/// Makes few rows of many, block by block and head by head: by Attention Matching, or by keeping those that attention uses most.
struct RowCompactor {
  /// Queries per head that the fit sees; more make it slower and hardly better.
  private static let queries = 3072
  /// Tokens that are compacted together.
  private static let longest = 2048

  private let context: ModuleContext
  private let pass: ReferencePass
  private let rotation: RowRotation
  private let fits: Bool

  /// - Parameter fits: whether biases and values are fitted; else the kept rows are as they were, each standing for its
  ///   share of the tokens.
  init(_ context: ModuleContext, fits: Bool = true) {
    self.context = context
    self.fits = fits
    pass = ReferencePass(context: context)
    rotation = RowRotation(context.model.configuration)
  }

  /// Compacts plain rows that follow one another.
  ///
  /// A text that does not fit into the model's context twice is compacted in equal parts, each a group.
  ///
  /// - Parameters:
  ///   - rows: one row for each token.
  ///   - ratio: tokens for one row.
  /// - Returns: fitted rows whose anchors are the tokens' places.
  func compacted(_ rows: RowBank, ratio: Int) -> RowBank {
    var result = RowBank(shape: rows.shape, type: rows.type, isFitted: true)
    let parts = max(1, (rows.count + limit - 1) / limit)
    for part in 0..<parts {
      let range = rows.count * part / parts..<rows.count * (part + 1) / parts
      let kept = max(1, (range.count + ratio - 1) / ratio)
      result.append(compacted(rows.plain(Array(range)), to: kept), joins: false)
    }
    return result
  }

  private var limit: Int { min(Self.longest, pass.longest) }

  private func compacted(_ rows: RowBank, to count: Int) -> RowBank {
    let shape = rows.shape
    let model = context.model.configuration
    let group = model.headCount / model.keyValueHeadCount
    let step = max(1, (rows.count * group + Self.queries - 1) / Self.queries)
    let reference = pass.queries(of: rows.sources.tokens, stride: step)
    let positions = Array(0..<rows.count)
    var kept = [AttentionMatching.Kept?](repeating: nil, count: shape.layers * shape.heads)
    let tables = (0..<shape.layers).map { layer in
      (rows.keys.decoded(layer: layer), rows.values.decoded(layer: layer))
    }
    let matching = AttentionMatching(dimension: shape.dimension, scale: model.attentionScale)
    kept.withUnsafeMutableBufferPointer { kept in
      nonisolated(unsafe) let kept = kept
      context.model.threads.parallel(shape.layers * shape.heads) { range in
        for index in range {
          let (layer, head) = (index / shape.heads, index % shape.heads)
          var keys = Self.head(head..<head + 1, of: shape.heads, tables[layer].0, shape.dimension)
          rotation.rotate(&keys, to: positions, layer: layer)
          var queries: [Float] = []
          for own in head * group..<(head + 1) * group {
            guard let reference else { break }
            var rows = Self.head(
              own..<own + 1, of: model.headCount, reference.rows[layer], shape.dimension)
            rotation.rotate(&rows, to: reference.positions, layer: layer)
            queries += rows
          }
          // Without a text to read again, the keys themselves ask.
          kept[index] = matching.compacted(
            keys: keys,
            values: Self.head(head..<head + 1, of: shape.heads, tables[layer].1, shape.dimension),
            queries: queries.isEmpty ? keys : queries, to: count, fits: fits)
        }
      }
    }
    return bank(kept.compactMap(\.self), of: rows, tables: tables.map(\.0))
  }

  /// The columns of some heads, [rows, heads x dimension].
  private static func head(
    _ heads: Range<Int>, of total: Int, _ table: [Float], _ dimension: Int
  ) -> [Float] {
    stride(from: 0, to: table.count, by: total * dimension).flatMap {
      table[$0 + heads.lowerBound * dimension..<$0 + heads.upperBound * dimension]
    }
  }

  /// One group out of what was kept in every head, [blocks x heads].
  private func bank(
    _ kept: [AttentionMatching.Kept], of rows: RowBank, tables: [[Float]]
  ) -> RowBank {
    let shape = rows.shape
    let (columns, heads) = (shape.columns, kept.count)
    let count = kept[0].rows.count
    let places = rows.sources.places
    var (keys, values) = ([[Float]](), [[Float]]())
    var fit = RowBank.Fit(
      biases: [Float](repeating: 0, count: count * heads),
      anchors: [Int32](repeating: 0, count: count * heads))
    for layer in 0..<shape.layers {
      var own = [Float](repeating: 0, count: count * columns)
      var fitted = own
      for head in 0..<shape.heads {
        let index = layer * shape.heads + head
        for (row, source) in kept[index].rows.enumerated() {
          let start = head * shape.dimension
          for column in 0..<shape.dimension {
            own[row * columns + start + column] = tables[layer][source * columns + start + column]
            fitted[row * columns + start + column] =
              kept[index].values[row * shape.dimension + column]
          }
          fit.biases[row * heads + index] = kept[index].biases[row]
          fit.anchors[row * heads + index] = Int32(clamping: places[source])
        }
      }
      keys.append(own)
      values.append(fitted)
    }
    return RowBank(
      keys: EncodedRows(keys, shape: shape, type: rows.type),
      values: EncodedRows(values, shape: shape, type: rows.type), sources: rows.sources,
      groups: [RowBank.Group(rows: count, sources: rows.count)], fit: fit)
  }
}
