import Foundation
public import Memory
import MemoryModules
import ModelFiles
import Transformer

/// Saves a model's activations at hook points.
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
  /// `tokens` [T] I64 and `logits` [T, vocabulary] F32; with a memory, both as they are with it attached, and
  /// `logits.plain` [T, vocabulary] F32, the model's own.
  ///
  /// - Parameters:
  ///   - tokens: the tokens to pass through the model.
  ///   - hooks: a glob over the names of hook points; none when `nil`.
  ///   - memory: a memory file that is attached, read-only, as `TextCompletion` does: the tokens are a text to go on
  ///     with. One that learns by surprise adds what the tokens would have if they were learned now: tensors
  ///     `<kind>.surprise`, `.surprise.past`, `.surprise.loss` and `.surprise.theta`, [T] F32 each, 0 for the first
  ///     token, which nothing predicts. The file is not changed.
  ///   - passphrase: of an encrypted memory file.
  ///   - path: the file, written atomically.
  /// - Throws: what loading a memory throws, `TransformerError` for tokens that do not fit or exist, `ModelFileError` from writing, `TraceError.noSuchHook`
  ///   when no hook point has such a name.
  public func run(
    _ tokens: [Int32], hooks: String?, memory: String? = nil, passphrase: Passphrase? = nil,
    to path: String
  ) throws -> [Shape] {
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
    let memory = try memory.map {
      try model.loadMemory($0, readOnly: true, passphrase: passphrase)
    }
    let attachment = try memory?.attach(to: session, readOnly: true)
    let logits = try session.ask(
      Prompt(text: tokens, bos: model.tokenizer.special.bos), logits: .all)
    attachment?.detach()
    var writer = SafetensorsWriter()
    writer.add("tokens", int64s: tokens.map(Int64.init), shape: [tokens.count])
    writer.add("logits", floats: logits.values, shape: [logits.rows, logits.vocabularySize])
    if memory != nil {
      let plain = try TransformerSession(model: model.transformer, contextLength: contextLength)
        .forward(tokens, logits: .all)
      writer.add("logits.plain", floats: plain.values, shape: [plain.rows, plain.vocabularySize])
    }
    var shapes: [Shape] = []
    for point in points {
      guard let values = recorder.values[point], !values.isEmpty else { continue }
      let dimensions = [tokens.count, values.count / tokens.count]
      writer.add(point.name, floats: values, shape: dimensions)
      shapes.append(Shape(name: point.name, shape: dimensions))
    }
    if let memory {
      for (name, values) in try surprise(of: tokens, memory) {
        writer.add(name, floats: values, shape: [tokens.count])
        shapes.append(Shape(name: name, shape: [tokens.count]))
      }
    }
    // Activations, logits and ids reveal the text.
    try AtomicFile.write(writer.serialized(), to: path, permissions: 0o600)
    return shapes
  }

  /// The surprise of the tokens when a memory, which is not saved, learns them; nothing where it does not learn by
  /// surprise.
  private func surprise(
    of tokens: [Int32], _ memory: DetachableMemory
  ) throws -> [(name: String, values: [Float])] {
    // Another form of the model's memory may be read, but not written to.
    guard memory.kinship == .same,
      let learner = memory.modules.lazy.compactMap({ $0 as? any SurpriseReporting }).first
    else { return [] }
    let session = TransformerSession(model: model.transformer, contextLength: contextLength)
    let attachment = try memory.attach(to: session)
    defer { attachment.detach() }
    let before = learner.surprises
    _ = try session.forward(tokens, logits: .none)
    try session.commit(
      through: tokens.count,
      provenance: Provenance(
        conversation: UUID().uuidString, turn: 0, role: .document, source: "trace", time: 0),
      learnable: tokens.map { _ in true }, endsSegment: true)
    let found = learner.surprises == before ? [] : learner.surprises
    func column(_ value: (TokenSurprise) -> Float) -> [Float] {
      let values = found.suffix(tokens.count).map(value)
      return [Float](repeating: 0, count: tokens.count - values.count) + values
    }
    return [
      ("\(learner.kind).surprise", column(\.momentary)),
      ("\(learner.kind).surprise.past", column(\.past)),
      ("\(learner.kind).surprise.loss", column(\.loss)),
      ("\(learner.kind).surprise.theta", column(\.theta)),
    ]
  }

  private final class Recorder {
    var values: [HookPoint: [Float]] = [:]
  }
}
