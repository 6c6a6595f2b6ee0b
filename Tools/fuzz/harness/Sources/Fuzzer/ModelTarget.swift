import Foundation
import ModelFiles
import Tokenization
import Transformer

/// Any bytes as a GGUF file: parsed, opened as a model, and run for a few tokens.
enum ModelTarget {
  static func run(_ bytes: UnsafeRawBufferPointer) {
    let path = Target.write(bytes, as: "model.gguf")
    guard let file = try? ModelFile.open(path) else { return }
    _ = try? loadTokenizer(from: file)
    guard let model = try? TransformerModel(file: file) else { return }
    let session = TransformerSession(model: model)
    guard let logits = try? session.forward([0]) else { return }
    if logits.last.count != model.configuration.vocabularySize { Target.report("lost logits") }
    _ = try? session.forward([Int32(model.configuration.vocabularySize - 1), 0])
  }
}
