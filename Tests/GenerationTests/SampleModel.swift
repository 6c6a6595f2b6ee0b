import TestSupport
import Transformer

/// The tiny model with a short context, which the tests fill up.
struct SampleModel {
  let model: TransformerModel

  init(context: Int = 64) throws {
    model = try TinyModel(TinyModel.Shape { $0.context = context }).load()
  }
}
