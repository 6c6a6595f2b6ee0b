import Foundation
import ModelFiles
import Transformer

/// The slow weights of the modules for one model: the key transform, and each module's configuration, gate and tensors.
///
/// Learned once by calibration, read-only at run time. Stored beside the model as `<model>.adapter.safetensors` and
/// inside every memory file, so that a memory file is self-contained.
public struct Adapter: Sendable, Equatable {
  /// The model it was calibrated for.
  public let fingerprint: ModelFingerprint
  /// How activations become keys.
  public let keys: KeyTransform
  /// The configuration, gate and slow weights of each module.
  public let modules: [ModuleKind: ModuleParameters]
  /// The identity of that model; nil in files of earlier versions, and inside a memory file, which stores the identity
  /// in its own metadata.
  public var identity: ModelIdentity?

  /// Whether the slow weights are equal. The identity is not compared: it follows from the fingerprint.
  public static func == (a: Adapter, b: Adapter) -> Bool {
    a.fingerprint == b.fingerprint && a.keys == b.keys && a.modules == b.modules
  }

  /// Creates an adapter.
  public init(
    fingerprint: ModelFingerprint, keys: KeyTransform, modules: [ModuleKind: ModuleParameters],
    identity: ModelIdentity? = nil
  ) {
    self.fingerprint = fingerprint
    self.keys = keys
    self.modules = modules
    self.identity = identity
  }

  /// Checks that the adapter belongs to a model.
  ///
  /// - Throws: `MemoryError.wrongModel` with both fingerprints.
  func check(_ model: ModelFingerprint, path: String? = nil) throws(MemoryError) {
    guard model == fingerprint else {
      throw .wrongModel(
        path: path ?? "the memory", memory: fingerprint.short, model: model.short)
    }
  }

  /// This adapter with the back-propagation-trained weights of an older one for the same model or a variant of it:
  /// calibration cannot produce those.
  ///
  /// - Throws: `MemoryError` when a module cannot read its older parameters.
  public func keepingTrainedWeights(
    of older: Adapter?, registry: ModuleRegistry
  ) throws(MemoryError) -> Adapter {
    guard let older, older.isUsable(with: self) else { return self }
    var joined = modules
    for (kind, new) in modules {
      guard let old = older.modules[kind],
        let type = try registry.type(of: kind) as? any Calibratable.Type
      else { continue }
      joined[kind] = try type.keepingTrained(of: old, in: new)
    }
    return Adapter(fingerprint: fingerprint, keys: keys, modules: joined, identity: identity)
  }

  /// The path at which the adapter of a model file is expected.
  public static func path(beside modelPath: String) -> String {
    var stem = modelPath.hasSuffix(".gguf") ? String(modelPath.dropLast(5)) : modelPath
    // A model may be a folder, which shells complete with a slash.
    while stem.count > 1, stem.hasSuffix("/") { stem.removeLast() }
    return stem + ".adapter.safetensors"
  }

  /// Reads an adapter file.
  public static func load(_ path: String) throws(MemoryError) -> Adapter {
    let file: SafetensorsFile
    do throws(ModelFileError) { file = try SafetensorsFile.open(path) } catch {
      throw .file(error)
    }
    var adapter = try Adapter(file: file)
    adapter.identity = try ModelIdentity.read(
      file.metadata, fingerprint: adapter.fingerprint, path: path)
    return adapter
  }

  /// Writes an adapter file, whole or not at all.
  public func save(to path: String) throws(MemoryError) {
    var writer = SafetensorsWriter()
    save(into: &writer)
    writer.metadata[ModelIdentity.metadataKey] = identity?.text
    do throws(ModelFileError) { try writer.write(to: path) } catch { throw .file(error) }
  }
}

extension Adapter {
  private struct Description: Codable {
    struct Module: Codable {
      var configuration: String
      var gate: ReadoutGate
    }
    var fingerprint: ModelFingerprint
    var points: [HookPoint]
    var modules: [String: Module]
  }

  static let metadataKey = "mneme.adapter"

  /// Adds the adapter to a file.
  func save(into writer: inout SafetensorsWriter) {
    let description = Description(
      fingerprint: fingerprint, points: keys.points,
      modules: Dictionary(
        uniqueKeysWithValues: modules.map { kind, parameters in
          (
            kind.rawValue,
            .init(
              configuration: String(decoding: parameters.configuration, as: UTF8.self),
              gate: parameters.gate)
          )
        }))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    if let json = try? encoder.encode(description) {
      writer.metadata[Self.metadataKey] = String(decoding: json, as: UTF8.self)
    }
    for (kind, parameters) in modules.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      for (name, tensor) in parameters.tensors.sorted(by: { $0.key < $1.key }) {
        writer.add("adapter.\(kind).\(name)", floats: tensor.values, shape: tensor.shape)
      }
    }
    for (index, part) in keys.parts.enumerated() {
      writer.add("adapter.key.\(index).mean", floats: part.mean, shape: [part.columns])
      writer.add(
        "adapter.key.\(index).whitening", floats: part.whitening,
        shape: [part.columns, part.columns])
    }
  }

  /// Reads the adapter from a file that holds one.
  init(file: SafetensorsFile) throws(MemoryError) {
    guard let text = file.metadata[Self.metadataKey] else {
      throw .malformed(
        path: file.path, what: "the file holds no adapter",
        expected: "the metadata key '\(Self.metadataKey)'")
    }
    guard
      let description = try? StrictJSON.decode(Description.self, from: Data(text.utf8)),
      !description.points.isEmpty, description.points.count <= 8
    else {
      throw .malformed(
        path: file.path, what: "the adapter's description cannot be read", expected: nil)
    }
    var parts: [KeyTransform.Part] = []
    for (index, point) in description.points.enumerated() {
      let mean: [Float]
      let whitening: [Float]
      do throws(ModelFileError) {
        mean = try file.require("adapter.key.\(index).mean").floats()
        whitening = try file.require("adapter.key.\(index).whitening").floats()
      } catch {
        throw .file(error)
      }
      guard let part = KeyTransform.Part(point: point, mean: mean, whitening: whitening) else {
        throw .malformed(
          path: file.path, what: "the statistics of \(point) are not sound",
          expected: "finite values, one mean and one row per column")
      }
      parts.append(part)
    }
    var modules: [ModuleKind: ModuleParameters] = [:]
    for (name, module) in description.modules {
      guard module.gate.isSound(features: module.gate.names.count) else {
        throw .malformed(
          path: file.path, what: "the gate of module '\(name)' is not sound",
          expected: "finite weights, one per feature")
      }
      modules[ModuleKind(rawValue: name)] = ModuleParameters(
        configuration: Data(module.configuration.utf8), gate: module.gate,
        tensors: try Self.tensors(of: name, in: file))
    }
    self.init(
      fingerprint: description.fingerprint, keys: KeyTransform(parts: parts), modules: modules)
  }

  /// The slow weights of one module.
  private static func tensors(
    of kind: String, in file: SafetensorsFile
  ) throws(MemoryError) -> [String: ParameterTensor] {
    let prefix = "adapter.\(kind)."
    var tensors: [String: ParameterTensor] = [:]
    for tensor in file.tensors where tensor.name.hasPrefix(prefix) {
      let values: [Float]
      do throws(ModelFileError) { values = try tensor.floats() } catch { throw .file(error) }
      guard let checked = ParameterTensor(shape: tensor.shape, values: values) else {
        throw .notFinite(path: file.path, tensor: tensor.name)
      }
      tensors[String(tensor.name.dropFirst(prefix.count))] = checked
    }
    return tensors
  }

  /// Checks that the hook points and widths fit a model.
  func check(shape configuration: TransformerConfiguration, path: String) throws(MemoryError) {
    for part in keys.parts {
      guard part.point.exists(in: configuration),
        part.point.columns(in: configuration) == part.columns, part.point != .logits
      else {
        throw .malformed(
          path: path, what: "the adapter's key point \(part.point) does not fit the model",
          expected: nil)
      }
    }
  }
}
