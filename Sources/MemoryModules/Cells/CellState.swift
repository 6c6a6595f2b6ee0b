package import Memory

/// A trained cell of either kind.
package enum MemoryCell: Sendable {
  case ntm(NTMCell)
  case dnc(DNCCell)

  /// - Throws: `MemoryError.malformed` for a shape that no cell has, or weights that do not fit it.
  package init(
    _ shape: CellShape, tensors: [String: ParameterTensor]
  ) throws(MemoryError) {
    guard shape.isSound else {
      throw .malformed(
        path: "the weights of a cell", what: "its sizes are out of range",
        expected: "1 to 4096 of each")
    }
    switch shape.kind {
    case .ntm: self = .ntm(try NTMCell(shape, tensors: tensors))
    case .dnc: self = .dnc(try DNCCell(shape, tensors: tensors))
    }
  }

  package var shape: CellShape {
    switch self {
    case .ntm(let cell): cell.shape
    case .dnc(let cell): cell.shape
    }
  }

  /// A fresh memory.
  package var start: CellState {
    switch self {
    case .ntm(let cell): .ntm(cell.start)
    case .dnc(let cell): .dnc(cell.start)
    }
  }

  /// One step; a state of the other kind is left as it is, and nothing is said.
  package func step(_ input: [Float], _ state: inout CellState) -> [Float] {
    switch (self, state) {
    case (.ntm(let cell), .ntm(var own)):
      defer { state = .ntm(own) }
      return cell.step(input, &own)
    case (.dnc(let cell), .dnc(var own)):
      defer { state = .dnc(own) }
      return cell.step(input, &own)
    default: return []
    }
  }
}

/// What a cell has learned since it was fresh: all that lasts from step to step.
package enum CellState: Sendable, Equatable {
  case ntm(NTMCell.State)
  case dnc(DNCCell.State)

  /// A part of it, by the name of its tensor in a file.
  package struct Part: Sendable, Equatable {
    package var name: String
    package var shape: [Int]
    package var values: [Float]
    /// The range its values can lie in.
    package var range: ClosedRange<Float>
  }

  private static let any: ClosedRange<Float> = -1e6...1e6
  /// Weights, with what rounding may add.
  private static let share: ClosedRange<Float> = -1e-4...1.0001

  /// All parts.
  package func parts(_ shape: CellShape) -> [Part] {
    let (rows, columns, reads) = (shape.rows, shape.columns, shape.reads)
    func part(
      _ name: String, _ shape: [Int], _ values: [Float], _ range: ClosedRange<Float> = Self.any
    ) -> Part {
      Part(name: name, shape: shape, values: values, range: range)
    }
    switch self {
    case .ntm(let state):
      return [
        part("memory", [rows, columns], state.memory),
        part("weights", [reads + shape.writes, rows], state.weights, Self.share),
        part("read", [reads, columns], state.read),
        part("hidden", [shape.hidden], state.hidden),
        part("cell", [state.cell.count], state.cell),
      ]
    case .dnc(let state):
      return [
        part("memory", [rows, columns], state.memory),
        part("usage", [rows], state.usage, Self.share),
        part("link", [rows, rows], state.link, Self.share),
        part("precedence", [rows], state.precedence, Self.share),
        part("read_weights", [reads, rows], state.readWeights, Self.share),
        part("write_weights", [rows], state.writeWeights, Self.share),
        part("read", [reads, columns], state.read),
        part("hidden", [shape.hidden], state.hidden),
        part("cell", [state.cell.count], state.cell),
      ]
    }
  }

  /// The same state with other values.
  ///
  /// - Parameter values: of each part of `parts`, in their order and of their sizes.
  package func replacing(_ values: [[Float]]) -> CellState {
    switch self {
    case .ntm(var state):
      (state.memory, state.weights, state.read) = (values[0], values[1], values[2])
      (state.hidden, state.cell) = (values[3], values[4])
      return .ntm(state)
    case .dnc(var state):
      (state.memory, state.usage, state.link) = (values[0], values[1], values[2])
      (state.precedence, state.readWeights) = (values[3], values[4])
      (state.writeWeights, state.read) = (values[5], values[6])
      (state.hidden, state.cell) = (values[7], values[8])
      return .dnc(state)
    }
  }
}
