package import Memory
package import ModelFiles

/// A fast weight matrix from keys to the codes of items.
package struct FastWeightCell: AssociativeCell {
  package static let about = ModuleDescription(
    kind: "delta", socket: .associative,
    summary: "one matrix of fast weights; a writing replaces what its key stood for",
    paper: "Fast weight programmers (arXiv 2102.11174), gated (2412.06464)", grows: true,
    readouts: [.text, .mixing])

  package private(set) var matrix: FastWeightMatrix
  private let rate: Float
  private let decay: Float

  package init(_ options: FastWeightConfiguration, columns: Int) {
    matrix = FastWeightMatrix(
      rule: options.rule, features: options.features, keyColumns: columns,
      valueColumns: ItemCodes.width)
    rate = options.rate
    decay = options.decay
  }

  package mutating func write(_ key: [Float], item: Int32) {
    matrix.write(key, value: ItemCodes.code(of: item), rate: rate, decay: decay)
  }

  /// The dot product of what is read and each item's code; what is longer than a code, as with the sum rule, is shortened.
  package func scores(_ key: [Float], among items: ItemCodes) -> [Float] {
    let value = matrix.read(key)
    let length = max(1, value.reduce(0) { $0 + $1 * $1 }.squareRoot())
    return items.products(value.map { $0 / length })
  }

  package var stateBytes: Int { 4 * (matrix.weights.count + matrix.total.count) }

  package func save(_ name: String, into writer: inout SafetensorsWriter) {
    writer.add(
      "\(name).weights", floats: matrix.weights, shape: [matrix.valueColumns, matrix.columns])
    writer.add("\(name).total", floats: matrix.total, shape: [matrix.columns])
  }

  package mutating func load(
    _ name: String, from file: SafetensorsFile
  ) throws(MemoryError) {
    do throws(ModelFileError) {
      matrix.weights = try file.floats(
        "\(name).weights", shape: [matrix.valueColumns, matrix.columns])
      matrix.total = try file.floats("\(name).total", shape: [matrix.columns])
    } catch {
      throw .file(error)
    }
    guard matrix.weights.allSatisfy({ $0.magnitude < 1e20 }),
      matrix.total.allSatisfy({ $0.magnitude < 1e20 })
    else { throw Self.malformed(file, expected: "weights that are numbers below 1e20") }
  }
}
