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
  /// Where the hidden states are read, and their mean and whitening over everyday sentences.
  package let statistics: KeyTransform.Part
  private let recorder: ActivationRecorder
  private let tokenizer: any Tokenizer
  private let transform: KeyTransform

  /// The most tokens of a sentence that are read.
  private static let length = 128

  package init?(_ statistics: KeyTransform.Part, context: ModuleContext) {
    guard let tokenizer = context.tokenizer else { return nil }
    self.statistics = statistics
    self.tokenizer = tokenizer
    transform = KeyTransform(parts: [statistics])
    recorder = ActivationRecorder(
      model: context.model, points: [statistics.point],
      contextLength: min(Self.length, context.model.configuration.contextLength))
  }

  /// Values per vector.
  package var columns: Int { statistics.columns }

  /// The vector of a text, [columns]; nil for an empty one, or where a value is not finite.
  package func encode(_ text: String) -> [Float]? {
    guard let mean = Self.mean(of: text, recorder: recorder, tokenizer: tokenizer) else {
      return nil
    }
    let vector = transform.keys([mean], rows: 1)
    return vector.allSatisfy(\.isFinite) && vector.contains { $0 != 0 } ? vector : nil
  }

  /// The mean over a text's tokens of the only point a recorder records, [columns].
  private static func mean(
    of text: String, recorder: ActivationRecorder, tokenizer: any Tokenizer
  ) -> [Float]? {
    SentenceMean.of(text, recorder: recorder, tokenizer: tokenizer, limit: length)?.first
  }
}
