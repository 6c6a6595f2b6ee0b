import Cryptography
import Foundation
import MemoryModules
import ModelFiles

/// The memory of a trained Neural Turing Machine or Differentiable Neural Computer, in a file: told in one process, asked in another.
///
/// A cell's memory is its whole state: the matrix, where its heads point, and its controller's state. Asking changes nothing.
///
/// ```swift
/// var memory = try CellMemory(cell: "ntm.copy")
/// try memory.tell("turing")
/// try memory.save(to: "turing.cell")
/// try CellMemory(contentsOf: "turing.cell").ask()  // "turing"
/// ```
public struct CellMemory: Sendable {
  /// The cell: "ntm.copy".
  public var name: String { cell.name }
  /// Steps it has read.
  public private(set) var steps = 0
  private let cell: TrainedCell
  private var state: CellState

  /// The names of the trained cells.
  ///
  /// - Throws: `MemoryError`.
  public static func names() throws -> [String] { try TrainedCell.names() }

  /// A cell with a fresh memory.
  ///
  /// - Throws: `CellError.unknownCell`, `MemoryError`.
  public init(cell name: String) throws {
    guard let cell = try TrainedCell(named: name) else {
      throw CellError.unknownCell(name: name, known: try Self.names())
    }
    self.cell = cell
    state = cell.cell.start
  }

  /// What can be told to it and asked of it, one sentence.
  public var usage: String { cell.task.usage }

  /// Rows and columns of its memory.
  public var size: (rows: Int, columns: Int) { (cell.cell.shape.rows, cell.cell.shape.columns) }

  /// Tells it something.
  ///
  /// - Throws: `CellError.unreadable` for what its task has no inputs for; nothing is then changed.
  public mutating func tell(_ text: String) throws {
    for input in try readable({ () throws(CellTask.Refusal) in try cell.task.told(text) }) {
      _ = cell.cell.step(input, &state)
      steps += 1
    }
  }

  /// Its answer to a question; for a task without questions, what it was told.
  ///
  /// - Throws: `CellError.unreadable`.
  public func ask(_ question: String = "") throws -> String {
    let asked = try readable { () throws(CellTask.Refusal) in try cell.task.asked(question) }
    var state = state
    for input in asked.question { _ = cell.cell.step(input, &state) }
    var said: [[Float]] = []
    for input in asked.answer {
      let output = cell.cell.step(input, &state)
      if cell.task.isLast(output) { break }
      said.append(output)
    }
    return cell.task.said(said)
  }

  private func readable<T>(_ body: () throws(CellTask.Refusal) -> T) throws -> T {
    do throws(CellTask.Refusal) {
      return try body()
    } catch {
      switch error {
      case .unreadable(let text, let expected):
        throw CellError.unreadable(text: text, expected: expected)
      }
    }
  }
}

extension CellMemory {
  private static let cellKey = "mneme.cell"
  private static let weightsKey = "mneme.cell.weights"
  private static let stepsKey = "mneme.cell.steps"

  /// Writes the memory to a safetensors file, whole or not at all.
  ///
  /// - Throws: `ModelFileError`.
  public func save(to path: String) throws {
    var writer = SafetensorsWriter(metadata: [
      Self.cellKey: name, Self.weightsKey: Self.digest(of: cell), Self.stepsKey: String(steps),
    ])
    for part in state.parts(cell.cell.shape) {
      writer.add(part.name, floats: part.values, shape: part.shape)
    }
    try writer.write(to: path)
  }

  /// Reads a memory that was saved; every size and value is checked.
  ///
  /// - Throws: `CellError`, `ModelFileError`, `MemoryError`.
  public init(contentsOf path: String) throws {
    let file = try SafetensorsFile.open(path)
    guard let name = file.metadata[Self.cellKey],
      let steps = file.metadata[Self.stepsKey].flatMap({ Int($0) }), steps >= 0
    else { throw CellError.notACell(path: path) }
    try self.init(cell: name)
    guard file.metadata[Self.weightsKey] == Self.digest(of: cell) else {
      throw CellError.otherWeights(path: path, cell: name)
    }
    let parts = state.parts(cell.cell.shape)
    let values = try parts.map { part in
      let values = try file.floats(part.name, shape: part.shape)
      guard values.allSatisfy({ part.range.contains($0) }) else {
        throw CellError.unsound(path: path, what: "\(part.name) is out of range")
      }
      return values
    }
    guard file.tensors.count == parts.count else {
      throw CellError.unsound(path: path, what: "it has tensors that no cell has")
    }
    state = state.replacing(values)
    self.steps = steps
  }

  private static func digest(of cell: TrainedCell) -> String {
    SHA256.hash(data: cell.weights).hexadecimal
  }
}
