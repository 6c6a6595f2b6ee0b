import ModelFiles
import Transformer

extension FastWeights {
  /// Adds the matrices and their moments to a file as tensors `<prefix>.<matrix>.<A or B>`.
  func save(as prefix: String, into writer: inout SafetensorsWriter) {
    for matrix in matrices {
      let name = "\(prefix).\(matrix.point.name)"
      let (down, up) = ([plan.rank, matrix.inputs], [matrix.outputs, plan.rank])
      writer.add("\(name).A", floats: matrix.down, shape: down)
      writer.add("\(name).B", floats: matrix.up, shape: up)
      guard !matrix.downMoments.first.isEmpty else { continue }
      writer.add("\(name).A.first", floats: matrix.downMoments.first, shape: down)
      writer.add("\(name).B.first", floats: matrix.upMoments.first, shape: up)
      guard plan.optimiser == .adam else { continue }
      writer.add("\(name).A.second", floats: matrix.downMoments.second, shape: down)
      writer.add("\(name).B.second", floats: matrix.upMoments.second, shape: up)
    }
  }

  /// Takes matrices and moments from a file.
  mutating func read(_ prefix: String, from file: SafetensorsFile) throws(ModelFileError) {
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
