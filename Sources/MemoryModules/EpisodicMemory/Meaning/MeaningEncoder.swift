import Foundation
package import Memory
import Tensors
import Tokenization
import Transformer

/// Turns a sentence into a vector of length 1 with the host model itself (`SentenceProjection`). Two sentences about the
/// same thing have a high dot product, whatever their words.
package final class MeaningEncoder {
  /// Values per vector.
  package let columns: Int
  private let recorder: ActivationRecorder
  private let tokenizer: any Tokenizer
  private let projection: SentenceProjection

  /// The most tokens of a sentence that are read.
  private static let length = 128

  /// An encoder.
  ///
  /// - Parameter projection: fits the model. Nil is returned without a tokenizer.
  package init?(_ projection: SentenceProjection, context: ModuleContext) {
    guard let tokenizer = context.tokenizer else { return nil }
    columns = projection.columns
    self.tokenizer = tokenizer
    self.projection = projection
    recorder = ActivationRecorder(
      model: context.model, points: projection.points,
      contextLength: min(Self.length, context.model.configuration.contextLength))
  }

  /// The vector of a text, [columns]; nil for an empty one, or where a value is not finite.
  package func encode(_ text: String) -> [Float]? {
    SentenceMean.of(text, recorder: recorder, tokenizer: tokenizer, limit: Self.length)
      .flatMap(projection.vector)
  }
}
