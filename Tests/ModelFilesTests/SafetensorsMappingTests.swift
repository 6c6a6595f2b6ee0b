import Foundation
import ModelFiles
import TestSupport
import Testing

/// Tensors that stay where the file has them.
@Suite("Safetensors: mapped files")
struct SafetensorsMappingTests {
  func writer(_ special: Float = 1) -> SafetensorsWriter {
    var writer = SafetensorsWriter(metadata: ["a": "b"])
    writer.add("floats", floats: [1, -2, special, 4], shape: [2, 2])
    writer.add("halves", halves: [0x3c00, 0xc000, 0x7bff], shape: [3])
    writer.add("numbers", int64s: [Int64.max, Int64.min, -1], shape: [3])
    return writer
  }

  @Test("Mapped and read are the same, and a mapping outlives its file")
  func same() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("a.safetensors")
    try writer().write(to: path)
    let read = try SafetensorsFile.open(path)
    let mapped = try SafetensorsFile.open(path, mappingFrom: 0)
    try FileManager.default.removeItem(atPath: path)
    #expect(mapped.metadata == read.metadata)
    #expect(mapped.layout == read.layout)
    #expect(mapped.data == read.data)
    for (a, b) in zip(mapped.tensors, read.tensors) {
      #expect(a.bytes == b.bytes)
      #expect(a.data == b.data)
      #expect(a.count == b.count)
    }
    #expect(try mapped.require("floats").floats() == [1, -2, 1, 4])
    #expect(try mapped.require("numbers").int64s() == [Int64.max, Int64.min, -1])
  }

  @Test("A file that is not there is missing, mapped or not", arguments: [0, Int.max])
  func missing(threshold: Int) throws {
    let path = try TemporaryFolder().path("none.safetensors")
    #expect(throws: ModelFileError.missing(path: path)) {
      _ = try SafetensorsFile.open(path, mappingFrom: threshold)
    }
  }

  @Test("Values that are not finite are seen without a copy")
  func finite() throws {
    for (value, isFinite) in [
      (Float(1), true), (.greatestFiniteMagnitude, true), (-0.0, true),
      (.leastNonzeroMagnitude, true),
      (.nan, false), (.infinity, false), (-.infinity, false),
    ] {
      let file = try SafetensorsFile.parse(writer(value).serialized(), path: "a")
      #expect(try file.require("floats").isFinite == isFinite, "\(value)")
      #expect(try file.require("halves").isFinite)
      #expect(try file.require("numbers").isFinite)
    }
    for (bits, isFinite) in [
      (UInt16(0x7bff), true), (0x7c00, false), (0xfc00, false), (0x7e00, false),
    ] {
      var writer = SafetensorsWriter()
      writer.add("x", halves: [0, bits], shape: [2])
      let tensor = try SafetensorsFile.parse(writer.serialized(), path: "a").require("x")
      #expect(tensor.isFinite == isFinite)
    }
  }
}
