import Cryptography
import Foundation
import Tensors
public import Transformer

/// Turns what a model's blocks make of a sentence into a vector of length 1 that stands for what the sentence is about.
///
/// The means over the sentence's tokens (`SentenceMean`) at one or more hook points are joined, centred and multiplied by a
/// matrix. The matrix is either what whitens everyday sentences, found when a model is first met (Su et al. 2021, arXiv
/// 2103.15316), or one that was trained for the model on questions with their answers (`Tools/train/meaning.py`).
public struct SentenceProjection: Sendable, Equatable {
  /// Where hidden states are read.
  public let points: [HookPoint]
  /// Values per vector.
  public let columns: Int
  /// Subtracted, [joined columns].
  public let mean: [Float]
  /// [joined columns, columns]
  public let matrix: [Float]

  /// A projection; nil when the counts disagree or a value is not finite.
  public init?(points: [HookPoint], mean: [Float], matrix: [Float]) {
    guard !points.isEmpty, points.count <= Self.mostPoints, !mean.isEmpty, !matrix.isEmpty,
      matrix.count.isMultiple(of: mean.count), mean.allSatisfy(\.isFinite),
      matrix.allSatisfy(\.isFinite)
    else { return nil }
    self.points = points
    self.mean = mean
    self.matrix = matrix
    columns = matrix.count / mean.count
  }

  /// The projection of a part of keys: whitening at one point.
  init?(_ part: KeyTransform.Part) {
    self.init(points: [part.point], mean: part.mean, matrix: part.whitening)
  }

  private static let mostPoints = 16

  /// Whether it can be used with a model.
  public func fits(_ model: TransformerConfiguration) -> Bool {
    points.allSatisfy { $0.exists(in: model) && $0 != .logits }
      && mean.count == points.reduce(0) { $0 + $1.columns(in: model) }
  }

  /// What its values are known by: the first 16 hexadecimal digits of their SHA-256.
  package var digest: String {
    var hash = SHA256()
    for values in [mean, matrix] {
      values.withUnsafeBytes { hash.update(bufferPointer: $0) }
    }
    return String(hash.finalize().hexadecimal.prefix(16))
  }

  /// The vector of a sentence, [columns]; nil where a value is not finite or all are zero.
  ///
  /// - Parameter means: of the points in their order, joined: [joined columns].
  package func vector(_ means: [Float]) -> [Float]? {
    guard means.count == mean.count else { return nil }
    let centred = zip(means, mean).map { $0 - $1 }
    var vector = LinearAlgebra.product(centred, matrix, m: 1, n: columns, k: mean.count)
    let square = vector.reduce(0) { $0 + $1 * $1 }
    guard square.isFinite, square > 1e-24 else { return nil }
    let scale = 1 / square.squareRoot()
    for index in vector.indices { vector[index] *= scale }
    return vector
  }
}
