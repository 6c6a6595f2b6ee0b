public import Foundation
import ModelFiles
import Tensors
public import Transformer

/// The recorded random models of every architecture (`Tools/peers/architectures.py`).
public enum PeerModel {
  /// Their names.
  public static let names = [
    "llama", "llama3", "mistral", "qwen2", "qwen2-yarn", "qwen3", "gemma", "gemma2", "gemma3",
    "phi3", "phi3-window", "phi3-long", "gpt2",
  ]

  /// A recorded file that is not there.
  public struct Missing: Error {
    let name: String
  }

  /// Where a model (`gguf`) or the logits of other programs (`safetensors`) lie.
  public static func url(_ name: String, _ suffix: String) throws -> URL {
    guard
      let url = Bundle.module.url(
        forResource: name, withExtension: suffix, subdirectory: "Fixtures/architectures")
    else { throw Missing(name: name) }
    return url
  }

  /// Writes a model that reads and writes text: the recorded blocks between random embeddings of a vocabulary that has
  /// letters.
  ///
  /// - Parameters:
  ///   - marks: the control tokens of `chatTemplate`.
  ///   - context: the longest context, tokens.
  public static func writeTalking(
    _ name: String, marks: [String], chatTemplate: String, context: Int, to path: String
  ) throws {
    let file = try ModelFile.open(url(name, "gguf").path)
    let vocabulary = TinyVocabulary(marks: marks)
    var writer = GGUFWriter()
    writer.metadata = file.metadata
    for key in file.metadata.keys where key.hasSuffix(".context_length") {
      writer.metadata[key] = .unsigned(UInt64(context))
    }
    vocabulary.describe(in: &writer.metadata, chatTemplate: chatTemplate)
    var random = TestRandom(seed: 1)
    for tensor in file.tensors {
      if ["token_embd.weight", "output.weight"].contains(tensor.name) {
        let values = random.normals(
          tensor.shape[0] * vocabulary.pieces.count, deviation: 0.4)
        writer.add(
          tensor.name, shape: [tensor.shape[0], vocabulary.pieces.count], floats: values)
      } else {
        writer.add(
          tensor.name, shape: tensor.shape, type: tensor.type, bytes: Data(tensor.bytes))
      }
    }
    try writer.write(to: path)
  }

  /// The model as it is stored, or with all weights widened to Float32.
  public static func load(
    _ name: String, widened: Bool = false, in folder: TemporaryFolder, threads: Int = 1
  ) throws -> TransformerModel {
    let file = try ModelFile.open(url(name, "gguf").path)
    guard widened else { return try TransformerModel(file: file, threads: .init(threads: threads)) }
    var writer = GGUFWriter()
    writer.metadata = file.metadata
    for tensor in file.tensors {
      let rows = tensor.elementCount / tensor.shape[0]
      guard
        let matrix = WeightMatrix(
          rows: rows, columns: tensor.shape[0], type: tensor.type, bytes: tensor.bytes,
          owner: tensor.owner)
      else { throw Missing(name: tensor.name) }
      var values = [Float](repeating: 0, count: tensor.elementCount)
      matrix.dequantize(rows: 0..<rows, into: &values)
      writer.add(tensor.name, shape: tensor.shape, floats: values)
    }
    let path = folder.path("\(name).gguf")
    try writer.write(to: path)
    return try TransformerModel(file: ModelFile.open(path), threads: .init(threads: threads))
  }
}
