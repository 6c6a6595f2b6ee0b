import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing

@Suite struct GGUFRoundTripTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func metadataComesBack() throws {
    let writer = sampleGGUF()
    let path = folder.path("sample.gguf")
    try writer.write(to: path)
    let file = try ModelFile.open(path)
    #expect(file.format == .gguf(version: 3))
    #expect(file.metadata == writer.metadata)
    #expect(file.metadata.keys == writer.metadata.keys)
  }

  @Test func typedLookUpsAnswerOnlyForTheirType() throws {
    let path = folder.path("sample.gguf")
    try sampleGGUF().write(to: path)
    let metadata = try ModelFile.open(path).metadata
    #expect(metadata.string("general.architecture") == "llama")
    #expect(metadata.integer("llama.block_count") == 2)
    #expect(metadata.integer("negative") == -7)
    #expect(metadata.integer("very.negative") == -1 << 40)
    #expect(metadata.integer("big") == 1 << 40)
    #expect(metadata.float("llama.rope.freq_base") == 10000)
    #expect(metadata.float("llama.block_count") == 2)
    #expect(metadata.bool("flag") == true)
    #expect(metadata.strings("tokenizer.ggml.tokens") == ["<unk>", "a", "\u{2581}b"])
    #expect(metadata.floats("tokenizer.ggml.scores") == [0, -1, -2.5])
    #expect(metadata.integers("tokenizer.ggml.token_type") == [2, 1, 1])
    #expect(metadata.integers("counts") == [1, 2, 1 << 40])
    #expect(metadata.string("flag") == nil)
    #expect(metadata.integer("general.architecture") == nil)
    #expect(metadata.integers("tokenizer.ggml.scores") == nil)
    #expect(metadata.bool("absent") == nil)
  }

  @Test func tensorsComeBackInEveryType() throws {
    let path = folder.path("sample.gguf")
    try sampleGGUF().write(to: path)
    let file = try ModelFile.open(path)
    #expect(file.tensors.map(\.name) == ["matrix", "half", "brain", "quantised", "odd"])
    let values = (0..<64).map { Float($0 - 31) / 8 }
    let matrix = try #require(file.tensor("matrix"))
    #expect(matrix.shape == [32, 2])
    #expect(matrix.type == .f32)
    #expect(matrix.elementCount == 64)
    #expect(floats(matrix.bytes) == values)
    // Eighths up to 4 are exact in both short types.
    let half = try #require(file.tensor("half"))
    #expect(
      (0..<64).map { Float(half.bytes.loadUnaligned(fromByteOffset: $0 * 2, as: Float16.self)) }
        == values)
    let brain = try #require(file.tensor("brain"))
    let widened = (0..<64).map {
      Float(
        bitPattern: UInt32(brain.bytes.loadUnaligned(fromByteOffset: $0 * 2, as: UInt16.self)) << 16
      )
    }
    #expect(widened == values)
    #expect(file.tensor("quantised")?.bytes.count == 2 * 34)
    #expect(file.tensor("absent") == nil)
    for tensor in file.tensors {
      let offset = tensor.bytes.baseAddress.map { Int(bitPattern: $0) % 4096 }
      #expect(offset.map { $0 % 32 } == 0, "tensors are aligned")
    }
  }

  @Test func theSameCallsGiveTheSameBytes() throws {
    #expect(sampleGGUF().serialized() == sampleGGUF().serialized())
    let path = folder.path("sample.gguf")
    try sampleGGUF().write(to: path)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == sampleGGUF().serialized())
  }

  @Test func aFileWithoutTensorsIsAVocabulary() throws {
    var writer = GGUFWriter()
    writer.metadata["general.architecture"] = .string("llama")
    let path = folder.path("vocabulary.gguf")
    try writer.write(to: path)
    #expect(try ModelFile.open(path).tensors.isEmpty)
  }

  @Test func versionTwoIsRead() throws {
    var bytes = sampleGGUF().serialized()
    bytes[4] = 2
    let path = try folder.write(bytes, as: "two.gguf")
    #expect(try ModelFile.open(path).format == .gguf(version: 2))
  }

  @Test func tokensWithStrayBytesAreRepaired() throws {
    var writer = GGUFWriter()
    writer.metadata["tokenizer.ggml.tokens"] = .stringArray(["ab", "cd"])
    var bytes = writer.serialized()
    let place = try #require(bytes.range(of: Data("ab".utf8)))
    bytes[place.lowerBound] = 0xff
    let path = try folder.write(bytes, as: "stray.gguf")
    let tokens = try ModelFile.open(path).metadata.strings("tokenizer.ggml.tokens")
    #expect(tokens == ["\u{fffd}b", "cd"])
  }

  @Test(.enabled(if: Shared.has("weights/stories260K.gguf")))
  func aFileOfAnotherWriterOpens() throws {
    let file = try ModelFile.open(#require(Shared.path("weights/stories260K.gguf")))
    #expect(file.tensors.count == 47)
    #expect(file.tensor("token_embd.weight")?.shape == [64, 512])
    #expect(file.metadata.integer("llama.embedding_length") == 64)
  }

  private func floats(_ bytes: UnsafeRawBufferPointer) -> [Float] {
    (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
  }
}
