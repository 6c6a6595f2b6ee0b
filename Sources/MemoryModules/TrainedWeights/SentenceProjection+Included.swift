public import Memory
import ModelFiles
public import Transformer

extension SentenceProjection {
  /// The projection for a model that is part of the program; nil where there is none.
  ///
  /// - Parameters:
  ///   - identity: of the model.
  ///   - shape: its hyper-parameters.
  public static func included(
    for identity: ModelIdentity, shape: TransformerConfiguration
  ) -> SentenceProjection? {
    guard let files = try? TrainedWeights.sentences() else { return nil }
    for file in files {
      if let found = try? read(file), isFor(identity, shape, found) {
        return found.projection
      }
    }
    return nil
  }
}
