import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing

/// Neural Turing Machines and Differentiable Neural Computers compute what PyTorch computes (`Tools/golden/cells.py`).
@Suite("Cells, beside PyTorch")
struct GoldenCellTests {
  private static func golden() throws -> SafetensorsFile {
    try SafetensorsFile.open(
      #require(Bundle.module.path(forResource: "Fixtures/cells", ofType: "safetensors")))
  }

  private static func rows(_ file: SafetensorsFile, _ name: String) throws -> [[Float]] {
    let tensor = try file.require(name)
    let values = try tensor.floats()
    let columns = tensor.shape[1]
    return stride(from: 0, to: values.count, by: columns).map { Array(values[$0..<$0 + columns]) }
  }

  static let cases = [
    "ntm", "ntm.heads", "dnc", "dnc.masked", "dnc.erasing", "dnc.sharp", "dnc.repaired",
    "dnc.sparse",
  ]

  @Test("Every option says and holds the same", arguments: cases)
  func options(_ name: String) throws {
    let file = try Self.golden()
    let json = try #require(file.metadata["cases"])
    let shapes = try JSONDecoder().decode([String: CellShape].self, from: Data(json.utf8))
    #expect(Set(shapes.keys) == Set(Self.cases), "a case that no test runs")
    var tensors = try file.weights("\(name).weights.")
    let cell = try MemoryCell(#require(shapes[name]), tensors: tensors)
    var state = cell.start
    let said = try Self.rows(file, "\(name).inputs").map { cell.step($0, &state) }
    #expect(
      difference(try Self.rows(file, "\(name).outputs").flatMap { $0 }, said.flatMap { $0 }) < 1e-5)
    for part in state.parts(cell.shape) where !part.values.isEmpty {
      let expected = try file.require("\(name).state.\(part.name)").floats()
      #expect(difference(expected, part.values) < 1e-5, "\(part.name)")
    }
    #expect(state.replacing(state.parts(cell.shape).map(\.values)) == state)
    // A missing weight is told, not run into.
    tensors["interface.bias"] = nil
    #expect(throws: MemoryError.self) { try MemoryCell(cell.shape, tensors: tensors) }
  }

  @Test("Trained cells say the same")
  func trained() throws {
    let file = try Self.golden()
    let json = try #require(file.metadata["trained"])
    let names = try JSONDecoder().decode([String].self, from: Data(json.utf8))
    #expect(try TrainedCell.names() == names.sorted())
    for name in names {
      let trained = try #require(try TrainedCell(named: name))
      var state = trained.cell.start
      let said = try Self.rows(file, "\(name).inputs").flatMap { trained.cell.step($0, &state) }
      #expect(
        difference(try Self.rows(file, "\(name).outputs").flatMap { $0 }, said) < 1e-5, "\(name)")
    }
  }
}
