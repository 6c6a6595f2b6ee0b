package import Memory
package import ModelFiles
import Tensors

/// Progressive columns from keys to the codes of items: a column for each session, frozen when it ends.
package struct ProgressiveCell: AssociativeCell {
  package static let about = ModuleDescription(
    kind: "progressive", socket: .associative,
    summary: "a column of its own for each session; earlier ones are frozen and read along",
    paper: "Progressive neural networks (arXiv 1606.04671)", grows: true,
    readouts: [.text, .mixing])

  package private(set) var network: ProgressiveColumns
  private let limit: Int
  private let rate: Float
  private let lateralRate: Float

  package init(_ options: ProgressiveConfiguration, columns: Int) {
    limit = options.columns
    rate = options.rate
    lateralRate = options.lateralRate
    // Signs times sqrt(2): for keys of length 1 the sums have a variance of 2, where f is neither linear nor a sign.
    var generator = SplitMix64(seed: 0x1606_0467_1)
    network = ProgressiveColumns(
      inputs: columns, hidden: options.hidden, outputs: ItemCodes.width,
      first: generator.signs(options.hidden * columns, scale: Float(2).squareRoot()))
  }

  package mutating func beginSession() {
    if network.columns.count < limit { network.beginColumn() }
  }

  package mutating func write(_ key: [Float], item: Int32) {
    if network.columns.isEmpty { network.beginColumn() }
    network.learn(
      key, target: ItemCodes.code(of: item), rate: rate, lateralRate: lateralRate)
  }

  /// Of every item the best score that a column gives it.
  package func scores(_ key: [Float], among items: ItemCodes) -> [Float] {
    var best = [Float](repeating: 0, count: items.items.count)
    for value in network.read(key) {
      for (place, score) in items.products(value).enumerated() {
        best[place] = max(best[place], score)
      }
    }
    return best
  }

  package var stateBytes: Int {
    network.columns.reduce(0) { $0 + 4 * ($1.output.count + $1.laterals.count) }
  }

  package func remark(of key: [Float]) -> String? {
    let lengths = network.read(key).map { $0.reduce(0) { $0 + $1 * $1 } }
    guard let longest = lengths.max(), let column = lengths.firstIndex(of: longest) else {
      return nil
    }
    return "in column \(column + 1) of \(lengths.count)"
  }

  package func save(_ name: String, into writer: inout SafetensorsWriter) {
    let count = network.columns.count
    writer.add(
      "\(name).outputs", floats: network.columns.flatMap(\.output),
      shape: [count, network.outputs, network.hidden])
    writer.add(
      "\(name).laterals", floats: network.columns.flatMap(\.laterals),
      shape: [count * max(0, count - 1) / 2])
  }

  package mutating func load(
    _ name: String, from file: SafetensorsFile
  ) throws(MemoryError) {
    let (outputs, laterals, shape): ([Float], [Float], [Int])
    do throws(ModelFileError) {
      let tensor = try file.require("\(name).outputs")
      shape = tensor.shape
      outputs = try tensor.floats()
      laterals = try file.require("\(name).laterals").floats()
    } catch {
      throw .file(error)
    }
    let fault = Self.malformed(
      file,
      expected:
        "up to \(limit) columns of \(network.outputs) by \(network.hidden), and the laterals between them"
    )
    guard shape.count == 3, shape[1...] == [network.outputs, network.hidden],
      shape[0] <= limit, laterals.count == shape[0] * max(0, shape[0] - 1) / 2,
      (outputs + laterals).allSatisfy({ $0.magnitude < 1e20 })
    else { throw fault }
    let size = network.outputs * network.hidden
    var start = 0
    network.columns = (0..<shape[0]).map { index in
      defer { start += index }
      return ProgressiveColumns.Column(
        output: Array(outputs[index * size..<(index + 1) * size]),
        laterals: Array(laterals[start..<start + index]))
    }
  }
}
