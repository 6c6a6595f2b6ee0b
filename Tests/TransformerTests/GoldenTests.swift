import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing
import Transformer

/// Recorded results of other programs over the tiny model: logits of llama.cpp (Tools/peers/golden_logits.py) and the
/// activations of an independent forward pass in PyTorch (Tools/golden/activations.py).
@Suite struct GoldenTests {
  /// Where to write the models that the recording scripts read; see Tools/peers/README.md.
  static let modelFolder = ProcessInfo.processInfo.environment["MNEME_TINY_FOLDER"]

  static func shape(_ type: ElementType) -> TinyModel.Shape {
    TinyModel.Shape {
      $0.type = type
      $0.layers = 3
      $0.isTied = false
      $0.seed = 20
    }
  }

  private func fixture(_ name: String) throws -> SafetensorsFile {
    let url = try #require(
      Bundle.module.url(forResource: name, withExtension: "safetensors", subdirectory: "Fixtures"))
    return try SafetensorsFile.open(url.path)
  }

  @Test(.enabled(if: modelFolder != nil))
  func writesTheModelsForTheRecordings() throws {
    let folder = try #require(Self.modelFolder)
    for type in [ElementType.f32, .f16, .bf16, .q8_0] {
      try TinyModel.writer(Self.shape(type)).write(to: "\(folder)/tiny-\(type.name).gguf")
    }
  }

  @Test(arguments: [
    // llama.cpp rounds what BF16 weights are multiplied with.
    (ElementType.f32, 1e-3), (.f16, 1e-3), (.bf16, 2e-2), (.q8_0, 2e-2),
  ])
  func logitsAgreeWithLlamaCpp(type: ElementType, limit: Double) throws {
    let golden = try fixture("llama-logits")
    let tokens = try #require(golden.tensor("tokens")).int64s().map { Int32($0) }
    let columns = try #require(golden.tensor("columns")).int64s().map { Int($0) }
    let expected = try #require(golden.tensor("logits.\(type.name)")).floats()
    #expect(tokens.count == 512 && expected.count == tokens.count * columns.count)
    for threads in [1, 2] {
      let model = try TinyModel(Self.shape(type)).load(threads: threads)
      let logits = try TransformerSession(model: model).forward(tokens, logits: .all)
      var difference = 0.0
      for row in 0..<tokens.count {
        logits.withRow(row) { values in
          for (index, column) in columns.enumerated() {
            let distance = Double(values[column]) - Double(expected[row * columns.count + index])
            difference = max(difference, distance.isFinite ? abs(distance) : .infinity)
          }
        }
      }
      let largest = expected.reduce(0.0) { max($0, Double(abs($1))) }
      #expect(difference <= limit * largest, "\(difference / largest)")
    }
  }

  @Test(arguments: [[12], [1], [5, 7]])
  func activationsAgreeWithPyTorchAtEveryPoint(chunks: [Int]) throws {
    let golden = try fixture("activations")
    let tokens = try #require(golden.tensor("tokens")).int64s().map { Int32($0) }
    #expect(tokens.count == 12)
    let model = try TinyModel(Self.shape(.f32)).load()
    let session = TransformerSession(model: model)
    var found: [HookPoint: [Float]] = [:]
    let points = HookPoint.all(for: model.configuration)
    let handle = session.hooks.read(points) { context, values in
      for index in 0..<values.count { found[context.point, default: []].append(values[index]) }
    }
    defer { handle.remove() }
    var start = 0
    var turn = 0
    while start < tokens.count {
      let end = start + chunks[turn % chunks.count]
      _ = try session.forward(Array(tokens[start..<end]), logits: .all)
      start = end
      turn += 1
    }
    for point in points {
      let expected = try #require(golden.tensor(point.name), "\(point)").floats()
      let values = try #require(found[point])
      #expect(values.count == expected.count, "\(point)")
      let largest = expected.reduce(0) { max($0, abs($1)) }
      let difference = zip(values, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(difference <= 1e-4 * largest, "\(point): \(difference / largest)")
    }
    #expect(golden.tensors.count == points.count + 1)
  }
}
