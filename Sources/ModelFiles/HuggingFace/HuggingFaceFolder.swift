import Foundation
import Tensors

/// A model stored by Hugging Face's libraries, presented with GGUF's names and conventions like those of llama.cpp's
/// converter.
///
/// Weights stay in the mapped files; only those whose values or layout must change are copied. Nothing in the folder is
/// executed.
struct HuggingFaceFolder {
  let path: String

  /// Opens and checks the model.
  ///
  /// - Throws: `ModelFileError` when files are missing or inconsistent, for architectures and settings that are not
  ///   supported, and for tensors that are missing, unknown, or of another shape than the configuration says.
  func open() throws(ModelFileError) -> ModelFile {
    let configuration = try configuration()
    let layout = try HuggingFaceFamilies.layout(configuration)
    let weights = try HuggingFaceWeights.map(folder: path)
    let tensors = try tensors(layout, weights)
    var metadata = GGUFMetadata()
    metadata["general.architecture"] = .string(layout.architecture)
    metadata["general.type"] = .string("model")
    metadata["general.name"] = .string(name)
    metadata.merge(try sampling())
    metadata.merge(layout.metadata)
    metadata["general.file_type"] = .unsigned(FileType.number(of: tensors))
    metadata.merge(
      try HuggingFaceVocabulary.metadata(
        ofFolder: path, vocabularySize: layout.embeddingShape[0]))
    return ModelFile(
      path: path, format: .huggingFace, byteCount: weights.byteCount, metadata: metadata,
      tensors: tensors)
  }

  /// The folder's own name.
  private var name: String {
    URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent
  }

  private func has(_ name: String) -> Bool { RegularFile.exists(path + "/" + name) }

  /// The settings, after checking that the folder contains a model's full weights.
  private func configuration() throws(ModelFileError) -> HuggingFaceConfiguration {
    let hasWeights = has(HuggingFaceWeights.single) || has(HuggingFaceWeights.index)
    if !hasWeights {
      if has("adapter_config.json") { throw .huggingFace(path: path, .adapter) }
      if let pickle { throw .huggingFace(path: path, .pickle(file: pickle)) }
    }
    guard has("config.json") else { throw .huggingFace(path: path, .notAModel) }
    guard hasWeights else { throw .huggingFace(path: path, .noWeights) }
    let whole = try HuggingFaceConfiguration.read(path + "/config.json")
    let configuration = whole.merging("text_config")
    for key in ["quantization_config", "quantization"] {
      guard let value = whole.value(key) ?? configuration.value(key) else { continue }
      let method = value.object?.first { $0.name == "quant_method" }?.value.string
      throw .huggingFace(path: whole.path, .quantised(method: method ?? key))
    }
    return configuration
  }

  /// A checkpoint in Python's own format, if there is one.
  private var pickle: String? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.sorted().first { name in
      [".bin", ".bin.index.json", ".pt", ".pth", ".ckpt", ".pkl"].contains { name.hasSuffix($0) }
    }
  }

  /// How the model's makers recommend to sample (`generation_config.json`).
  private func sampling() throws(ModelFileError) -> GGUFMetadata {
    var metadata = GGUFMetadata()
    guard has("generation_config.json") else { return metadata }
    let settings = try HuggingFaceConfiguration.read(path + "/generation_config.json")
    for (key, target) in [
      ("temperature", "temp"), ("top_p", "top_p"), ("min_p", "min_p"),
      ("repetition_penalty", "penalty_repeat"),
    ] {
      if let value = settings.value(key)?.double {
        metadata["general.sampling.\(target)"] = .single(value)
      }
    }
    if let value = settings.value("top_k")?.integer.flatMap({ Int32(exactly: $0) }) {
      metadata["general.sampling.top_k"] = .signed(Int64(value))
    }
    return metadata
  }

  // MARK: - Tensors

  private func tensors(
    _ layout: HuggingFaceLayout, _ weights: HuggingFaceWeights
  ) throws(ModelFileError) -> [ModelTensor] {
    let embedding = layout.entries[0].source
    let prefix =
      layout.prefixes.first { weights.tensors[$0 + embedding] != nil } ?? layout.prefixes[0]
    var used: Set<ByteString> = []
    var tensors = layout.made.map { ModelTensor(name: $0.name, floats: $0.values) }
    for entry in layout.entries {
      let name = prefix + entry.source
      guard let tensor = weights.tensors[name] else {
        guard entry.isOptional else { throw .missingTensor(path: path, name: name) }
        continue
      }
      used.insert(ByteString(name))
      tensors.append(try change(tensor, as: entry))
    }
    if let name = layout.heads.first(where: { weights.tensors[$0] != nil && !layout.ignores($0) }),
      let tensor = weights.tensors[name]
    {
      used.insert(ByteString(name))
      let entry = HuggingFaceLayout.Entry(
        source: name, target: "output.weight", shape: layout.embeddingShape, change: .none,
        isOptional: false)
      tensors.append(try change(tensor, as: entry))
    } else if layout.requiresHead {
      throw .missingTensor(path: path, name: layout.heads[0])
    }
    for name in weights.tensors.keys.sorted()
    where !used.contains(name) && !layout.ignores(name.text) {
      throw .huggingFace(path: path, .unknownTensor(name.text))
    }
    return tensors
  }

  private func change(
    _ tensor: HuggingFaceTensor, as entry: HuggingFaceLayout.Entry
  ) throws(ModelFileError) -> ModelTensor {
    guard let type = tensor.elementType else {
      throw .wrongTensor(
        path: tensor.path, name: tensor.name, found: "of type \(tensor.type.rawValue)",
        expected: "F32, F16 or BF16")
    }
    guard tensor.shape == entry.shape else {
      throw .wrongTensor(
        path: tensor.path, name: tensor.name, found: "of shape \(tensor.shape)",
        expected: "\(entry.shape), as the configuration says")
    }
    return entry.change.apply(tensor, type: type, name: entry.target, threads: .shared)
  }
}

extension GGUFMetadata {
  /// Adds all keys of other metadata.
  mutating func merge(_ other: GGUFMetadata) {
    for key in other.keys { self[key] = other[key] }
  }
}
