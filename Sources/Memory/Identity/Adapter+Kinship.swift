import Foundation
import ModelFiles
import Tensors
public import Transformer

extension Adapter {
  /// This adapter for use with a model: itself, or, if it was made for a variant of the model, its keys and modules
  /// under the model's fingerprint.
  ///
  /// Nothing is recalibrated. Whitening and gates are statistics of activations, and the activations of a model's
  /// quantised variants differ far less than those of two texts; back-propagation-trained weights could not be
  /// recalibrated anyway.
  ///
  /// - Returns: the adapter, and for a variant's adapter a sentence that says so.
  /// - Throws: `MemoryError.wrongModel`.
  public func adopted(
    by model: ModelIdentity, path: String? = nil
  ) throws(MemoryError) -> (adapter: Adapter, remark: String?) {
    let kinship =
      identity?.kinship(to: model) ?? (fingerprint == model.fingerprint ? .same : nil)
    if kinship == .same { return (self, nil) }
    guard case .kin(let variants)? = kinship else {
      throw .wrongModel(
        path: path ?? "the adapter", memory: fingerprint.short, model: model.fingerprint.short,
        differs: kinship?.difference)
    }
    let adapter = Adapter(
      fingerprint: model.fingerprint, keys: keys, modules: modules, identity: model)
    return (
      adapter,
      "the adapter was made for \(quoted(variants.made)), another form of "
        + "\(quoted(variants.loaded)); 'mneme memory calibrate' or 'mneme adapter train' make one "
        + "of its own"
    )
  }

  /// The adapter of a model file: the one beside it, or that of the model it was quantised from; nil when there is
  /// none.
  ///
  /// `chat-Q4_K.gguf` and `chat.q8_0.gguf` are recognised as variants of `chat.gguf` by their names, and use
  /// `chat.adapter.safetensors` if it was made for a variant of the same model. An adapter of an earlier version has no
  /// model identity; the model file beside it supplies that.
  ///
  /// - Throws: `MemoryError` when there is one that is damaged, or one under the file's own name that belongs to another
  ///   model.
  public static func find(for model: TransformerModel) throws(MemoryError) -> Adapter? {
    let own = path(beside: model.file.path)
    if FileManager.default.fileExists(atPath: own) {
      let adapter = try load(own)
      _ = try adapter.adopted(by: ModelIdentity(of: model), path: own)
      return adapter
    }
    guard let stem = stem(ofVariant: model.file.path) else { return nil }
    let shared = stem + ".adapter.safetensors"
    guard FileManager.default.fileExists(atPath: shared) else { return nil }
    var adapter = try load(shared)
    if adapter.identity == nil, adapter.fingerprint != ModelFingerprint(of: model),
      let file = try? ModelFile.open(stem + ".gguf"),
      let origin = try? TransformerModel(file: file, threads: model.threads)
    {
      adapter.identify(by: origin)
    }
    // File names can mislead: an adapter of a different model is refused.
    let kinship = adapter.identity?.kinship(to: ModelIdentity(of: model))
    switch kinship {
    case .same, .kin: return adapter
    case .stranger: return nil
    // An adapter of an earlier version.
    case nil: return adapter.fingerprint == ModelFingerprint(of: model) ? adapter : nil
    }
  }

  /// Whether both belong to one model or to variants of it.
  func isUsable(with other: Adapter) -> Bool {
    if fingerprint == other.fingerprint { return true }
    guard let identity, let model = other.identity, case .kin = identity.kinship(to: model) else {
      return false
    }
    return true
  }

  /// Sets the identity to the model's, if the fingerprints agree.
  private mutating func identify(by model: TransformerModel) {
    guard identity == nil, fingerprint == ModelFingerprint(of: model) else { return }
    identity = ModelIdentity(of: model)
  }

  /// The path without extension of the model that a variant's file name begins with; nil for other names.
  static func stem(ofVariant path: String) -> String? {
    guard path.hasSuffix(".gguf") else { return nil }
    let stem = String(path.dropLast(5))
    guard let mark = stem.lastIndex(where: { "-.".contains($0) }),
      mark > (stem.lastIndex(of: "/") ?? stem.startIndex)
    else { return nil }
    var suffix = stem[stem.index(after: mark)...].uppercased()
    let names = Set(ElementType.allCases.map { $0.name.uppercased() })
    // Mixtures of types are named by size; IQ3_S and IQ4_XS are names of types themselves.
    if !names.contains(suffix),
      let size = ["_S", "_M", "_L", "_XS", "_XXS"].first(where: suffix.hasSuffix)
    {
      suffix = String(suffix.dropLast(size.count))
    }
    guard names.contains(suffix) else { return nil }
    return String(stem[..<mark])
  }
}
