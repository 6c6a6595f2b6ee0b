import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// Values that are numbers, and would make what is computed with them none.
@Suite("Huge values in memory files")
struct HugeValueTests {
  @Test(
    "Rows of attention beyond all measure are refused",
    arguments: ["recent.keys", "recent.values"], [Float(1e30), -1e38, 2e6])
  func rows(name: String, value: Float) throws {
    // Found by the fuzzer: scores of 1e38 and more are infinite, and their softmax is no number.
    let bench = try Workbench.shared.get()
    let memory = try bench.filled([.compressive])
    var forged = ForgedMemory(
      try SafetensorsFile.parse(Workbench.bytes(of: memory), path: "whole"))
    let place = try #require(
      forged.tensors.firstIndex { $0.name == "compressive.\(name)" })
    forged.tensors[place].bytes.replaceSubrange(
      40..<44, with: withUnsafeBytes(of: value.bitPattern.littleEndian) { Data($0) })
    let folder = try TemporaryFolder()
    let path = try folder.write(forged.serialized(), as: "forged.mneme")
    #expect(throws: MemoryError.self) {
      _ = try DetachableMemory.load(path, model: bench.model, registry: .standard)
    }
    #expect(try DetachableMemory.info(path).modules.count == 1, "its checksums are right")
  }
}
