import ModelFiles
import Tensors

/// Finds the weights of one block under its prefix, `blk.i.`.
struct BlockLoader {
  /// Whether a projection has a bias.
  enum Bias {
    case none, optional, required
  }

  let loader: WeightLoader
  let configuration: TransformerConfiguration
  let layer: Int

  /// Outputs of the query projection, and of the key and the value projection.
  var heads: (queries: Int, keys: Int) {
    (
      configuration.headCount * configuration.headDimension,
      configuration.keyValueHeadCount * configuration.headDimension
    )
  }

  /// Values inside the feed-forward.
  var inner: Int { configuration.feedForwardWidth }

  /// A norm over the residual stream.
  func norm(_ name: String) throws(TransformerError) -> Norm {
    try loader.norm("blk.\(layer).\(name)", columns: configuration.width, of: configuration)
  }

  /// A norm over the values of one head.
  func headNorm(_ name: String) throws(TransformerError) -> Norm {
    Norm(
      weight: try loader.vector(
        "blk.\(layer).\(name).weight", count: configuration.headDimension),
      bias: nil, epsilon: configuration.normEpsilon)
  }

  /// A projection; rows and columns are the width of the residual stream unless given.
  func projection(
    _ name: String, rows: Int? = nil, columns: Int? = nil, bias: Bias = .none
  ) throws(TransformerError) -> Projection {
    let width = configuration.width
    return try split(name, rows: [rows ?? width], columns: columns ?? width, bias: bias)[0]
  }

  /// Projections that lie in one matrix, one after the other.
  func split(
    _ name: String, rows: [Int], columns: Int? = nil, bias: Bias = .none
  ) throws(TransformerError) -> [Projection] {
    let name = "blk.\(layer).\(name)"
    let total = rows.reduce(0, +)
    let matrix = try loader.matrix(
      name + ".weight", rows: total, columns: columns ?? configuration.width)
    let hasBias =
      switch bias {
      case .none: false
      case .optional: loader.file.tensor(name + ".bias") != nil
      case .required: true
      }
    let values = hasBias ? try loader.vector(name + ".bias", count: total) : nil
    var start = 0
    var parts: [Projection] = []
    for count in rows {
      parts.append(
        Projection(
          matrix: matrix.rows(start..<start + count),
          bias: values.map { Array($0[start..<start + count]) }))
      start += count
    }
    return parts
  }
}
