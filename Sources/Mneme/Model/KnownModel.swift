public import Foundation
import Generation
import Memory
import ModelFiles

/// A model that can be named instead of its path (`--model smollm2`).
public enum KnownModel: String, Sendable, CaseIterable {
  /// The small model in `Models/`, for tests and for work without a network.
  case bundled
  /// SmolLM2-135M-Instruct (Apache-2.0), which `Tools/model` fetches into the user's cache folder.
  case smollm2

  /// Where its file is expected.
  ///
  /// - Throws: `ChatError.noModel` for the bundled model when there is none, and for one that has not been fetched.
  public func path(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(ChatError) -> String {
    switch self {
    case .bundled:
      return try LanguageModel.defaultPath(
        environment: environment.filter { $0.key != "MNEME_MODEL" })
    case .smollm2:
      let path =
        UserCache.folder(environment: environment)
        + "/models/SmolLM2-135M-Instruct.Q4_1.gguf"
      guard FileManager.default.fileExists(atPath: path) else {
        throw .noModel(searched: ["\(path), where Tools/model puts it"])
      }
      return path
    }
  }
}

extension KnownModel {
  /// The model with a name that a memory file was made with, by its name; nil for other models, for encrypted
  /// and damaged files, and where the model is not here.
  ///
  /// Whether it is that model, to the bit, is checked when the memory is loaded.
  public static func of(memory path: String) -> KnownModel? {
    guard let name = DetachableMemory.modelName(of: path) else { return nil }
    return allCases.first { model in
      guard let place = try? model.path(), let file = try? ModelFile.open(place) else {
        return false
      }
      return file.metadata.string("general.name") == name
    }
  }
}

extension LanguageModel {
  /// The path of a model given by name (`KnownModel`) or by path.
  ///
  /// - Throws: `ChatError.noModel`.
  public static func path(of name: String) throws(ChatError) -> String {
    try KnownModel(rawValue: name)?.path() ?? name
  }

  /// Sampling that suits models whose files recommend nothing, found by reading their replies; nil for all others.
  var triedSampling: SamplingConfiguration? {
    guard let name = transformer.file.metadata.string("general.name")?.lowercased() else {
      return nil
    }
    // At 135M weights, four bits each, it rambles and repeats itself at higher temperatures.
    guard name.contains("smollm2"), name.contains("135m") else { return nil }
    var sampling = SamplingConfiguration()
    sampling.temperature = 0.2
    sampling.topP = 0.9
    sampling.repeatPenalty = 1.1
    return sampling
  }
}
