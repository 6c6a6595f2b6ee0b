import Foundation
import ModelFiles
import TestSupport
import Testing

/// The committed folders, made by `Tools/peers/hf_folders.py`, and copies of them that a test may change.
enum FolderFixture {
  static let names = [
    "llama", "mistral-shards-old", "qwen2", "qwen3", "gemma2", "gemma3", "gemma3-vision",
    "phi3-short", "gpt2",
  ]

  static func path(_ name: String) throws -> String {
    try #require(
      Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Fixtures/HuggingFace")
    ).path
  }

  /// What a converter must make of a folder.
  static func golden(_ name: String) throws -> Golden {
    try JSONDecoder().decode(
      Golden.self, from: Data(contentsOf: URL(fileURLWithPath: path(name + ".json"))))
  }

  struct Golden: Decodable {
    let metadata: [String: Value]
    let tensors: [String: Tensor]
  }

  struct Tensor: Decodable {
    let shape: [Int]
    let type: String
    let sha256: String
    let values: [Float]?
  }

  enum Value: Decodable {
    case integer(Int)
    case number(Double)
    case string(String)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Int.self) {
        self = .integer(number)
      } else if let number = try? container.decode(Double.self) {
        self = .number(number)
      } else {
        self = .string(try container.decode(String.self))
      }
    }
  }
}

/// A copy of a fixture in a folder of its own.
struct FolderCopy {
  private let place: TemporaryFolder
  let path: String

  init(_ name: String) throws {
    place = try TemporaryFolder()
    path = place.path("model")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    let source = try FolderFixture.path(name)
    for file in try FileManager.default.contentsOfDirectory(atPath: source) {
      try Data(contentsOf: URL(fileURLWithPath: source + "/" + file)).write(to: url(file))
    }
  }

  func url(_ name: String) -> URL { URL(fileURLWithPath: path + "/" + name) }

  func data(_ name: String) throws -> Data { try Data(contentsOf: url(name)) }

  func write(_ bytes: Data, as name: String) throws { try bytes.write(to: url(name)) }

  func write(_ text: String, as name: String) throws { try write(Data(text.utf8), as: name) }

  func remove(_ name: String) throws { try FileManager.default.removeItem(at: url(name)) }

  /// Changes the members of a JSON file; a nil removes one.
  func edit(_ name: String = "config.json", _ change: (inout [String: Any]) -> Void) throws {
    let value = try JSONSerialization.jsonObject(with: data(name))
    var members = try #require(value as? [String: Any])
    change(&members)
    try write(JSONSerialization.data(withJSONObject: members), as: name)
  }

  func open() throws -> ModelFile { try ModelFile.open(path) }

  /// What is wrong with the folder, in words; nil when it opens.
  func complaint() -> String? {
    do {
      _ = try ModelFile.open(path)
      return nil
    } catch {
      let parts = error.explanation
      return [parts.what, parts.location, parts.expected, parts.hint].compactMap(\.self)
        .joined(separator: "; ")
    }
  }

  /// Writes weights again, changed.
  func rewrite(
    _ name: String = "model.safetensors",
    _ change: (SafetensorsTensor, inout SafetensorsWriter) -> Void
  ) throws {
    let file = try SafetensorsFile.open(path + "/" + name)
    var writer = SafetensorsWriter(metadata: file.metadata)
    for tensor in file.tensors { change(tensor, &writer) }
    try writer.write(to: path + "/" + name)
  }
}
