import Tensors
public import Transformer

/// Turns activations into keys: per hook point centred, whitened and L2-normalised, then joined and scaled so that the
/// whole key has length 1.
///
/// Two points are better than one: an early one shows which word was asked about, a late one what is about to be said.
public struct KeyTransform: Sendable, Equatable {
  /// One hook point with its statistics.
  public struct Part: Sendable, Equatable {
    /// Where the activation is read.
    public let point: HookPoint
    /// Values per activation.
    public let columns: Int
    /// [columns]
    public let mean: [Float]
    /// [columns, columns], applied as (x - mean) W.
    public let whitening: [Float]

    /// Creates a part; nil when the counts disagree or a value is not finite.
    public init?(point: HookPoint, mean: [Float], whitening: [Float]) {
      guard !mean.isEmpty, whitening.count == mean.count * mean.count,
        mean.allSatisfy(\.isFinite), whitening.allSatisfy(\.isFinite)
      else { return nil }
      self.point = point
      columns = mean.count
      self.mean = mean
      self.whitening = whitening
    }
  }

  /// The parts, in the order they are joined.
  public let parts: [Part]

  /// Creates a transform of one or more parts.
  public init(parts: [Part]) {
    precondition(!parts.isEmpty, "a key needs at least one hook point")
    self.parts = parts
  }

  /// Values per key.
  public var columns: Int { parts.reduce(0) { $0 + $1.columns } }

  /// The hook points to read.
  public var points: [HookPoint] { parts.map(\.point) }

  /// Keys of rows of raw activations.
  ///
  /// - Parameter raw: per part the rows [rows, part columns].
  /// - Returns: keys of length 1, [rows, columns]; a zero activation gives a zero part.
  public func keys(_ raw: [[Float]], rows: Int) -> [Float] {
    precondition(raw.count == parts.count, "one array of activations per part")
    var keys = [Float](repeating: 0, count: rows * columns)
    var offset = 0
    let scale = 1 / Float(parts.count).squareRoot()
    for (part, values) in zip(parts, raw) {
      precondition(values.count == rows * part.columns, "activations of another width")
      let n = part.columns
      var centred = values
      for row in 0..<rows {
        for column in 0..<n { centred[row * n + column] -= part.mean[column] }
      }
      let white = LinearAlgebra.product(centred, part.whitening, m: rows, n: n, k: n)
      for row in 0..<rows {
        var square: Float = 0
        for column in 0..<n { square += white[row * n + column] * white[row * n + column] }
        let factor = square > 1e-24 && square.isFinite ? scale / square.squareRoot() : 0
        for column in 0..<n {
          keys[row * columns + offset + column] = white[row * n + column] * factor
        }
      }
      offset += n
    }
    return keys
  }
}
