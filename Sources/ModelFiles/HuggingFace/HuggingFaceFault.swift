/// Reasons why a Hugging Face folder cannot be opened.
public enum HuggingFaceFault: Sendable, Equatable {
  /// Neither `config.json` nor weights.
  case notAModel
  case noWeights
  /// The weights are a Python pickle, which can execute code.
  case pickle(file: String)
  case adapter
  case quantised(method: String)
  /// `model.safetensors` beside an index that names other files.
  case twoSetsOfWeights
  case unsupportedModel(type: String)
  case missingKey(String)
  case wrongValue(key: String, found: String, expected: String)
  /// A setting that changes what the model computes and that GGUF cannot express.
  case unsupportedSetting(key: String, found: String, expected: String)
  case notJSON(what: String)
  /// An index that names no plain `.safetensors` file for a tensor.
  case shardName(String)
  case missingShard(String)
  /// A tensor that is not in the index, or that the index places in another file.
  case misplaced(tensor: String, shard: String, expected: String?)
  /// A tensor in the index that its file does not contain.
  case absent(tensor: String, shard: String)
  case unknownTensor(String)

  var explanation: (what: String, expected: String?, hint: String?) {
    switch self {
    case .notAModel:
      (
        "the folder has no 'config.json'", "a Hugging Face model folder or a GGUF file",
        "check the path"
      )
    case .noWeights:
      (
        "the folder has no weights", "'model.safetensors', or 'model.safetensors.index.json'",
        "the download may be incomplete"
      )
    case .pickle(let file):
      (
        "the weights are a pickle (\(quoted(file))), a program that is never executed here",
        "safetensors", "convert the checkpoint to safetensors"
      )
    case .adapter:
      (
        "the folder holds an adapter (LoRA), not a model", "a whole model",
        "merge the adapter into its model first"
      )
    case .quantised(let method):
      (
        "the weights are quantised for another program (\(quoted(method)))",
        "weights in F32, F16 or BF16",
        "use the original model, and quantise it with 'mneme model quantize'"
      )
    case .twoSetsOfWeights:
      (
        "'model.safetensors' lies beside an index that names other files", "one set of weights",
        "remove what does not belong to the model"
      )
    case .unsupportedModel(let type):
      (
        "the model type \(quoted(type)) is not supported",
        HuggingFaceFamilies.modelTypes.joined(separator: ", "), nil
      )
    case .missingKey(let key): ("the key \(quoted(key)) is missing", nil, nil)
    case .wrongValue(let key, let found, let expected):
      ("\(quoted(key)) is \(found)", expected, nil)
    case .unsupportedSetting(let key, let found, let expected):
      ("\(quoted(key)) is \(found), which is not supported", expected, nil)
    case .notJSON(let what): ("the file is not valid JSON: \(what)", nil, nil)
    case .shardName(let name):
      (
        "the index names the file \(quoted(name))",
        "a plain name that ends in '.safetensors'", nil
      )
    case .missingShard(let name):
      (
        "the file \(quoted(name)), which the index names, is missing", nil,
        "the download may be incomplete"
      )
    case .misplaced(let tensor, let shard, let expected):
      (
        "tensor \(quoted(tensor)) is in \(quoted(shard))",
        expected.map { "it in \(quoted($0)), as the index says" } ?? "only tensors the index names",
        nil
      )
    case .absent(let tensor, let shard):
      (
        "tensor \(quoted(tensor)) is not in \(quoted(shard)), where the index says it is", nil,
        "the download may be incomplete"
      )
    case .unknownTensor(let tensor):
      (
        "tensor \(quoted(tensor)) is none this architecture has", nil,
        "the model may be a variant that is not supported"
      )
    }
  }
}
