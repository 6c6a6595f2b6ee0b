import Foundation
package import ModelFiles
import Tensors
import Transformer

extension FastWeights {
  /// Adds the matrices and their moments to a file as tensors `<prefix>.<matrix>.<A or B>`.
  package func save(as prefix: String, into writer: inout SafetensorsWriter) {
    for matrix in matrices {
      let name = "\(prefix).\(matrix.point.name)"
      let (down, up) = ([plan.rank, matrix.inputs], [matrix.outputs, plan.rank])
      add("\(name).A", matrix.down, down, to: &writer)
      add("\(name).B", matrix.up, up, to: &writer)
      guard !matrix.downMoments.first.isEmpty else { continue }
      add("\(name).A.first", matrix.downMoments.first, down, isMoment: true, to: &writer)
      add("\(name).B.first", matrix.upMoments.first, up, isMoment: true, to: &writer)
      guard plan.optimiser == .adam else { continue }
      add("\(name).A.second", matrix.downMoments.second, down, isMoment: true, to: &writer)
      add("\(name).B.second", matrix.upMoments.second, up, isMoment: true, to: &writer)
    }
  }

  /// In the type that the numbers are rounded to.
  private func add(
    _ name: String, _ values: [Float], _ shape: [Int], isMoment: Bool = false,
    to writer: inout SafetensorsWriter
  ) {
    switch (plan.storage, isMoment) {
    case (.f32, _): writer.add(name, floats: values, shape: shape)
    case (.f16, false): writer.add(name, halves: LinearAlgebra.half(values), shape: shape)
    case (.f16, true): writer.add(name, bfloats: values, shape: shape)
    }
  }

  /// Takes matrices and moments from a file.
  package mutating func read(_ prefix: String, from file: SafetensorsFile) throws(ModelFileError) {
    for index in matrices.indices {
      let matrix = matrices[index]
      let name = "\(prefix).\(matrix.point.name)"
      let (down, up) = ([plan.rank, matrix.inputs], [matrix.outputs, plan.rank])
      matrices[index].down = try file.floats("\(name).A", shape: down)
      matrices[index].up = try file.floats("\(name).B", shape: up)
      guard !matrix.downMoments.first.isEmpty else { continue }
      matrices[index].downMoments.first = try file.floats("\(name).A.first", shape: down)
      matrices[index].upMoments.first = try file.floats("\(name).B.first", shape: up)
      guard plan.optimiser == .adam else { continue }
      matrices[index].downMoments.second = try Self.squares("\(name).A.second", down, file)
      matrices[index].upMoments.second = try Self.squares("\(name).B.second", up, file)
    }
  }

  /// Means of squares, which are not negative.
  private static func squares(
    _ name: String, _ shape: [Int], _ file: SafetensorsFile
  ) throws(ModelFileError) -> [Float] {
    let values = try file.floats(name, shape: shape)
    guard values.allSatisfy({ $0 >= 0 }) else {
      throw .malformed(
        path: file.path, what: "\(name) holds a negative mean of squares", offset: nil,
        expected: "numbers from 0 on")
    }
    return values
  }
}

extension SafetensorsWriter {
  /// Adds Float32 values as BF16, cut to their upper halves.
  mutating func add(_ name: String, bfloats values: [Float], shape: [Int]) {
    add(
      name, type: .bf16, shape: shape,
      bytes: LinearAlgebra.bfloat(values).withUnsafeBytes { Data($0) })
  }
}
