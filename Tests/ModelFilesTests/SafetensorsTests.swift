import Foundation
import ModelFiles
import TestSupport
import Testing

@Suite struct SafetensorsTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func everythingComesBack() throws {
    let path = folder.path("sample.safetensors")
    try sampleSafetensors().write(to: path)
    let file = try SafetensorsFile.open(path)
    #expect(file.metadata == sampleSafetensors().metadata)
    #expect(try file.require("floats").floats() == [1, -2, .pi])
    #expect(try file.require("doubles").doubles() == [0.1, -1e300])
    #expect(try file.require("doubles").shape == [2, 1])
    #expect(try file.require("halves").floats() == [1, -2])
    #expect(try file.require("long").int64s() == [.min, .max])
    #expect(try file.require("short").int32s() == [1, -2, 3, -4])
    #expect(try file.require("bytes").uint8s() == [0, 127, 255])
    #expect(try file.require("empty").floats().isEmpty)
    #expect(try file.require("empty").shape == [0, 4])
    #expect(try file.require("scalar").floats() == [42])
    #expect(try file.require("scalar").shape == [])
    #expect(file.tensor("absent") == nil)
    #expect(file.data == sampleSafetensors().dataSection())
  }

  @Test func tensorsOfOtherTypesAreRefused() throws {
    let file = try SafetensorsFile.parse(sampleSafetensors().serialized(), path: "/x")
    #expect(
      failure { _ = try file.require("absent") } == .missingTensor(path: "/x", name: "absent"))
    for body: () throws -> Void in [
      { _ = try file.require("short").floats() }, { _ = try file.require("floats").int32s() },
      { _ = try file.require("bytes").int64s() }, { _ = try file.require("floats").uint8s() },
    ] {
      guard case .wrongTensor(path: "/x", _, _, _) = failure(body) else {
        Issue.record("taken for another type")
        continue
      }
    }
  }

  @Test func theOrderOfAddingDoesNotShow() {
    var one = SafetensorsWriter(metadata: ["a": "1", "b": "2"])
    one.add("x", floats: [1], shape: [1])
    one.add("y", uint8s: [1, 2, 3], shape: [3])
    one.add("z", doubles: [4], shape: [1])
    var other = SafetensorsWriter(metadata: ["b": "2", "a": "1"])
    other.add("z", doubles: [4], shape: [1])
    other.add("y", uint8s: [1, 2, 3], shape: [3])
    other.add("x", floats: [1], shape: [1])
    #expect(one.serialized() == other.serialized())
  }

  @Test func theHeaderIsWhatOtherLibrariesWrite() throws {
    var writer = SafetensorsWriter(metadata: ["k": "v"])
    writer.add("b", uint8s: [9], shape: [1])
    writer.add("a", floats: [1, 2], shape: [2, 1])
    let bytes = writer.serialized()
    let header =
      #"{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"#
      + #""b":{"dtype":"U8","shape":[1],"data_offsets":[8,9]}}"#
    let length = Int(bytes[0]) | Int(bytes[1]) << 8
    #expect(length % 8 == 0)
    let text = try #require(String(data: bytes[8..<8 + length], encoding: .utf8))
    #expect(text.trimmingCharacters(in: .whitespaces) == header)
    #expect(Array(bytes[(8 + length)...]) == [0, 0, 128, 63, 0, 0, 0, 64, 9])
  }

  @Test func aFileOfThePythonLibraryOpens() throws {
    // numpy.arange(3, float32) as "a", an int64 scalar 7 as "b", metadata {"by": "python"}, by safetensors 0.8.
    let header =
      #"{"__metadata__":{"by":"python"},"b":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"#
      + #""a":{"dtype":"F32","shape":[3],"data_offsets":[8,20]}}      "#
    var bytes = safetensors(header)
    bytes.append(contentsOf: [7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 64])
    let file = try SafetensorsFile.parse(bytes, path: "/x")
    #expect(file.metadata == ["by": "python"])
    #expect(try file.require("a").floats() == [0, 1, 2])
    #expect(try file.require("b").int64s() == [7])
  }

  @Test func shortTypesAreWidened() throws {
    let header =
      #"{"h":{"dtype":"F16","shape":[3],"data_offsets":[0,6]},"#
      + #""b":{"dtype":"BF16","shape":[1],"data_offsets":[6,8]}}"#
    var bytes = safetensors(header)
    bytes.append(contentsOf: [0x01, 0x00, 0x00, 0xfc, 0xff, 0x7b, 0xc0, 0x3f])
    let file = try SafetensorsFile.parse(bytes, path: "/x")
    #expect(try file.require("h").floats() == [0x1p-24, -.infinity, 65504])
    #expect(try file.require("b").floats() == [1.5])
  }

  @Test func everyTruncationIsAnError() throws {
    let whole = sampleSafetensors().serialized()
    for length in 0..<whole.count {
      #expect(throws: ModelFileError.self, "\(length) bytes") {
        _ = try SafetensorsFile.parse(whole.prefix(length), path: "/x")
      }
    }
    #expect(throws: ModelFileError.self) {
      _ = try SafetensorsFile.parse(whole + [0], path: "/x")
    }
  }

  @Test func flippedBitsNeverDoHarm() throws {
    let whole = sampleSafetensors().serialized()
    var numbers = Numbers(state: 3)
    var read = 0
    for _ in 0..<5000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...3, using: &numbers) {
        bytes[Int.random(in: 0..<bytes.count, using: &numbers)] ^=
          1
          << UInt8.random(in: 0..<8, using: &numbers)
      }
      do {
        let file = try SafetensorsFile.parse(bytes, path: "/x")
        for tensor in file.tensors { read += tensor.count }
      } catch { continue }
    }
    #expect(read > 0)
  }

  @Test func filesThatAreSomethingElseAreErrors() throws {
    let jpeg = Data([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1])
    let text = Data("It was the best of times, it was the worst of times".utf8)
    for bytes in [jpeg, text, Data(count: 8), Data(count: 100), Data([1])] {
      #expect(throws: ModelFileError.self) {
        _ = try SafetensorsFile.open(folder.write(bytes, as: UUID().uuidString))
      }
    }
    let directory = folder.url.path
    #expect(
      failure { _ = try SafetensorsFile.open(directory) } == .isDirectory(path: directory))
    let empty = try folder.write(Data(), as: "empty")
    #expect(failure { _ = try SafetensorsFile.open(empty) } == .empty(path: empty))
    #expect(
      failure { _ = try SafetensorsFile.open("/dev/null") } == .notRegular(path: "/dev/null"))
    let missing = folder.path("missing")
    #expect(failure { _ = try SafetensorsFile.open(missing) } == .missing(path: missing))
  }

  @Test func aFileReplacedMeanwhileStaysAsItWas() throws {
    let path = folder.path("file")
    try sampleSafetensors().write(to: path)
    let file = try SafetensorsFile.open(path)
    try Data().write(to: URL(fileURLWithPath: path))
    #expect(try file.require("floats").floats() == [1, -2, .pi])
  }
}
