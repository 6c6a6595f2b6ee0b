import ModelFiles
import Transformer

/// Saves what passes through a model at hook points.
public struct ActivationTrace: Sendable {
  /// A tensor that was written.
  public struct Shape: Sendable, Equatable, Codable {
    /// The hook point's name.
    public var name: String
    /// [tokens, columns].
    public var shape: [Int]
  }

  let model: LanguageModel
  let contextLength: Int

  /// A trace through `model`.
  public init(model: LanguageModel, contextLength: Int? = nil) {
    self.model = model
    self.contextLength = contextLength ?? model.contextLength
  }

  /// Passes `tokens` through the model and writes a safetensors file: a tensor per hook point,
  /// `tokens` [T] I64 and `logits` [T, vocabulary] F32.
  ///
  /// - Parameters:
  ///   - hooks: a glob over the names of hook points; none when `nil`.
  ///   - path: the file, written whole or not at all.
  /// - Throws: `TransformerError` for tokens that do not fit or exist, `ModelFileError` from writing,
  ///   `TraceError.noSuchHook` when no hook point has such a name.
  public func run(_ tokens: [Int32], hooks: String?, to path: String) throws -> [Shape] {
    let shape = model.transformer.configuration
    let points = hooks.map { HookPoint.matching(glob: $0, for: shape) } ?? []
    if let hooks, points.isEmpty {
      throw TraceError.noSuchHook(
        pattern: hooks, examples: ["hook_embed", "blocks.0.hook_resid_post"])
    }
    let session = TransformerSession(model: model.transformer, contextLength: contextLength)
    let recorder = Recorder()
    let handles = points.map { point in
      session.hooks.read([point]) { context, values in
        values.withUnsafeBufferPointer { recorder.values[context.point, default: []] += $0 }
      }
    }
    defer { for handle in handles { handle.remove() } }
    let logits = try session.forward(tokens, logits: .all)
    var writer = SafetensorsWriter()
    writer.add("tokens", int64s: tokens.map(Int64.init), shape: [tokens.count])
    writer.add("logits", floats: logits.values, shape: [logits.rows, logits.vocabularySize])
    var shapes: [Shape] = []
    for point in points {
      guard let values = recorder.values[point], !values.isEmpty else { continue }
      let dimensions = [tokens.count, values.count / tokens.count]
      writer.add(point.name, floats: values, shape: dimensions)
      shapes.append(Shape(name: point.name, shape: dimensions))
    }
    try writer.write(to: path)
    return shapes
  }

  private final class Recorder {
    var values: [HookPoint: [Float]] = [:]
  }
}
