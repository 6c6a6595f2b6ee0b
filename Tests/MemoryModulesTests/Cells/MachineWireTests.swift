import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing

/// Trained wires make the contents that PyTorch makes, and their heads point where PyTorch's do (`Tools/golden/machines.py`).
@Suite("Wires of machines, beside PyTorch")
struct MachineWireTests {
  private func check<Cell: SlotCell>(_ type: Cell.Type) throws {
    let file = try SafetensorsFile.open(
      #require(Bundle.module.path(forResource: "Fixtures/machines", ofType: "safetensors")))
    let kind = Cell.about.kind.rawValue
    func floats(_ name: String) throws -> [Float] { try file.require("\(kind).\(name)").floats() }
    var tensors = try file.weights("\(kind).weights.")
    let shape = try file.require("\(kind).contents").shape
    let (rows, means, heard) = (try floats("rows"), try floats("means"), try floats("heard"))
    let width = rows.count / shape[0]
    let wiring = MachineWiring(layer: 1, columns: shape[1])
    let wire = try MachineWire(
      wiring, movements: Cell.movements, tensors: tensors, width: width, layers: 2)
    var memory: [Float] = []
    for start in stride(from: 0, to: rows.count, by: width) {
      memory += wire.content(
        row: rows[start..<start + width], mean: Array(means[start..<start + width]))
    }
    #expect(difference(try floats("contents"), memory) < 1e-5)
    var head = MachineWire.Head<Cell>()
    var (pointed, openings): ([Float], [Float]) = ([], [])
    for start in stride(from: 0, to: heard.count, by: width) {
      openings.append(
        head.step(
          heard[start..<start + width], mean: try floats("mean"), over: memory, by: wire))
      pointed += head.weights ?? []
    }
    #expect(difference(try floats("pointed"), pointed) < 1e-5)
    #expect(difference(try floats("openings"), openings) < 1e-4)
    // Weights that do not fit, and a block the model does not have, are told, not run into.
    #expect(throws: MemoryError.self) {
      try MachineWire(
        MachineWiring(layer: 2, columns: shape[1]), movements: Cell.movements, tensors: tensors,
        width: width, layers: 2)
    }
    tensors["address.bias"] = nil
    #expect(throws: MemoryError.self) {
      try MachineWire(
        wiring, movements: Cell.movements, tensors: tensors, width: width, layers: 2)
    }
  }

  @Test("A Neural Turing Machine's") func turing() throws { try check(NTMSlots.self) }

  @Test("A Differentiable Neural Computer's") func computer() throws { try check(DNCSlots.self) }
}
