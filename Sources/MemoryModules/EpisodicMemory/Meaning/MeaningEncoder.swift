import Foundation
package import Memory
import Tensors
import Tokenization
import Transformer

/// Turns a sentence into a vector with the host model itself: the mean over its tokens of the hidden states after one
/// block, centred and whitened, of length 1. Two sentences about the same thing have a high dot product, whatever
/// their words.
///
/// The first token is left out where there are others: it is an attention sink, whose state says nothing about the
/// sentence. No second model and no training are needed (whitening: Su et al. 2021, arXiv 2103.15316).
package final class MeaningEncoder {
  /// Values per vector.
  package let columns: Int
  private let recorder: ActivationRecorder
  private let tokenizer: any Tokenizer
  private let transform: KeyTransform

  /// The most tokens of a sentence that are read.
  private static let length = 128

  /// An encoder.
  ///
  /// - Parameter statistics: where the hidden states are read, and their mean and whitening over everyday sentences; nil
  ///   is returned without a tokenizer.
  package init?(_ statistics: KeyTransform.Part, context: ModuleContext) {
    guard let tokenizer = context.tokenizer else { return nil }
    columns = statistics.columns
    self.tokenizer = tokenizer
    transform = KeyTransform(parts: [statistics])
    recorder = ActivationRecorder(
      model: context.model, points: [statistics.point],
      contextLength: min(Self.length, context.model.configuration.contextLength))
  }

  /// The vector of a text, [columns]; nil for an empty one, or where a value is not finite.
  package func encode(_ text: String) -> [Float]? {
    guard
      let mean = SentenceMean.of(
        text, recorder: recorder, tokenizer: tokenizer, limit: Self.length)
    else { return nil }
    let vector = transform.keys([mean], rows: 1)
    return vector.allSatisfy(\.isFinite) && vector.contains { $0 != 0 } ? vector : nil
  }
}
