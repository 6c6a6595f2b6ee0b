import Foundation
import Mneme
import ModelFiles
import TestSupport
import Testing

/// Trained cells, whose memory is a file.
@Suite("Memories of trained cells")
struct CellMemoryTests {
  /// What can be told to each, and asked.
  private static func talk(_ name: String) -> (told: [String], asked: String) {
    switch name.split(separator: ".").last {
    case "repeat-copy": (["abc"], "2")
    case "associative-recall": (["cat dog sun"], "cat")
    case "traversal": (["A 1 B", "B 1 A", "A 2 C"], "A 1 1")
    case "stories": (["Mary went to the kitchen.", "John went to the garden."], "Where is Mary?")
    default: (["turing"], "")
    }
  }

  @Test("Told in one memory, asked in another that was loaded: the same answer")
  func restart() throws {
    let folder = try TemporaryFolder()
    let names = try CellMemory.names()
    #expect(!names.isEmpty)
    for name in names {
      let (told, asked) = Self.talk(name)
      var memory = try CellMemory(cell: name)
      for text in told { try memory.tell(text) }
      let answer = try memory.ask(asked)
      #expect(try memory.ask(asked) == answer, "asking changes nothing")
      try memory.save(to: folder.path("a.cell"))
      let loaded = try CellMemory(contentsOf: folder.path("a.cell"))
      #expect(try loaded.ask(asked) == answer, "\(name)")
      #expect(loaded.name == name && loaded.steps == memory.steps && loaded.steps > 0)
    }
  }

  @Test("What a cell cannot read, and what is no memory of one, is told")
  func refusals() throws {
    let folder = try TemporaryFolder()
    #expect(throws: CellError.self) { try CellMemory(cell: "ntm.chess") }
    let name = try #require(try CellMemory.names().first { $0.hasSuffix("copy") })
    var memory = try CellMemory(cell: name)
    try memory.tell("a")
    let path = folder.path("a.cell")
    try memory.save(to: path)
    let file = try SafetensorsFile.open(path)
    func written(_ change: (inout SafetensorsWriter, SafetensorsTensor) throws -> Void) throws {
      var writer = SafetensorsWriter(metadata: file.metadata)
      for tensor in file.tensors { try change(&writer, tensor) }
      try writer.write(to: path)
    }
    for poison in [Float.nan, 1e30] {
      try written { writer, tensor in
        var values = try tensor.floats()
        values[0] = tensor.name == "memory" ? poison : values[0]
        writer.add(tensor.name, floats: values, shape: tensor.shape)
      }
      #expect(throws: (any Error).self) { try CellMemory(contentsOf: path) }
    }
    try written { writer, tensor in
      guard tensor.name != "hidden" else { return }
      writer.add(tensor.name, floats: try tensor.floats(), shape: tensor.shape)
    }
    #expect(throws: (any Error).self) { try CellMemory(contentsOf: path) }
    try SafetensorsWriter(metadata: ["a": "b"]).write(to: path)
    #expect(throws: CellError.notACell(path: path)) { try CellMemory(contentsOf: path) }
  }
}
