import Cryptography
import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing

@Suite("Hugging Face folders beside what a converter makes of them")
struct FolderGoldenTests {
  /// Keys that say something of the file, not of the architecture.
  private func isCommon(_ key: String) -> Bool {
    key == "general.name" || key == "general.file_type" || key.hasPrefix("tokenizer.")
      || key.hasPrefix("general.sampling.")
  }

  private func hash(_ bytes: UnsafeRawBufferPointer) -> String {
    String(SHA256.hash(data: Data(bytes)).hexadecimal.prefix(32))
  }

  @Test(
    "Every key has the value that the gguf package's writer gets", arguments: FolderFixture.names)
  func metadata(name: String) throws {
    let (file, golden) = try (
      ModelFile.open(FolderFixture.path(name)), FolderFixture.golden(name)
    )
    #expect(file.format == .huggingFace)
    #expect(file.metadata.string("general.name") == name)
    #expect(Set(file.metadata.keys.filter { !isCommon($0) }) == Set(golden.metadata.keys))
    for (key, value) in golden.metadata {
      switch (value, file.metadata[key]) {
      case (.string(let text), .string(let found)): #expect(found == text, "\(key)")
      case (.integer(let number), .unsigned(let found)): #expect(Int(found) == number, "\(key)")
      // Readers want Float32 where the writer has one.
      case (.integer(let number), .float(let found)):
        #expect(found == Double(Float(number)), "\(key)")
      case (.number(let number), .float(let found)):
        #expect(found == Double(Float(number)), "\(key)")
      default: Issue.record("\(key) is \(String(describing: file.metadata[key]))")
      }
    }
  }

  @Test(
    "Every tensor has the name, shape, type and bytes of an independent translation",
    arguments: FolderFixture.names)
  func tensors(name: String) throws {
    let (file, golden) = try (
      ModelFile.open(FolderFixture.path(name)), FolderFixture.golden(name)
    )
    #expect(Set(file.tensors.map(\.name)) == Set(golden.tensors.keys))
    #expect(file.tensors.count == golden.tensors.count)
    for (key, expected) in golden.tensors {
      let tensor = try #require(file.tensor(key))
      #expect(tensor.shape == expected.shape, "\(key)")
      #expect(tensor.type.name == expected.type, "\(key)")
      if let values = expected.values {
        let found = tensor.bytes.bindMemory(to: Float.self)
        for (a, b) in zip(found, values) { #expect(abs(a - b) <= 1e-6 * abs(b), "\(key)") }
      } else {
        #expect(hash(tensor.bytes) == expected.sha256, "\(key)")
      }
    }
  }

  @Test("Only what must change is copied", arguments: FolderFixture.names)
  func copies(name: String) throws {
    let file = try ModelFile.open(FolderFixture.path(name))
    for tensor in file.tensors {
      let part = tensor.name.split(separator: ".").dropFirst(2).first.map(String.init) ?? ""
      let mustChange =
        switch file.metadata.string("general.architecture") {
        case "llama": ["attn_q", "attn_k"].contains(part)
        case "gemma2", "gemma3": tensor.name.contains("norm")
        case "gpt2": tensor.shape.count == 2 && tensor.name.hasPrefix("blk.")
        default: false
        }
      let isMade = tensor.name.hasPrefix("rope_")
      #expect(tensor.owner is MappedFile != (mustChange || isMade), "\(tensor.name)")
    }
  }

  @Test("The sizes of shards add up; a file type is named", arguments: FolderFixture.names)
  func sizes(name: String) throws {
    let path = try FolderFixture.path(name)
    let names = try FileManager.default.contentsOfDirectory(atPath: path)
    var size = 0
    for file in names where file.hasSuffix(".safetensors") {
      size += try Data(contentsOf: URL(fileURLWithPath: path + "/" + file)).count
    }
    let file = try ModelFile.open(path)
    #expect(file.byteCount == size)
    let type = file.tensor("token_embd.weight")?.type
    #expect(file.metadata.integer("general.file_type") == (type == .bf16 ? 32 : 1))
  }
}
