package import Memory
import Tensors

/// A Neural Turing Machine (Graves, Wayne and Danihelka 2014, arXiv 1410.5401): a controller that reads and writes a matrix through
/// heads, each of which addresses its rows by content, by place, or by both.
///
/// Every head addresses the memory as it was before the step; reads come before writes. Keys and what is added are bounded by
/// tanh, and a fresh memory holds a small constant, with which training is stable (Collier and Beel 2018, arXiv 1807.08518).
/// `Tools/train/cells/ntm.py` is the same in PyTorch.
package struct NTMCell: Sendable {
  /// What lasts from step to step.
  package struct State: Sendable, Equatable {
    /// The memory, [rows, columns].
    package var memory: [Float]
    /// Where each head points, read heads first, [heads, rows]; each row sums to 1.
    package var weights: [Float]
    /// What each read head has read, [reads, columns].
    package var read: [Float]
    /// The controller's state, [hidden]; the second is empty without a recurrent one.
    package var hidden: [Float]
    package var cell: [Float]
  }

  package let shape: CellShape
  private let controller: CellController
  private let firstRead: [Float]
  private let firstWeights: [Float]

  /// The value of a fresh memory.
  private static let fresh: Float = 1e-6

  /// - Throws: `MemoryError.malformed` for weights that do not fit the shape.
  package init(_ shape: CellShape, tensors: [String: ParameterTensor]) throws(MemoryError) {
    self.shape = shape
    let weights = CellWeights(tensors: tensors)
    controller = try CellController(shape, weights)
    firstRead = try weights.values("first_read", [shape.reads, shape.columns])
    firstWeights = try weights.values("first_weights", [shape.reads + shape.writes, shape.rows])
  }

  /// A fresh memory.
  package var start: State {
    let rows = shape.rows
    return State(
      memory: [Float](repeating: Self.fresh, count: rows * shape.columns),
      weights: stride(from: 0, to: firstWeights.count, by: rows).flatMap {
        RowAddressing.softmax(Array(firstWeights[$0..<$0 + rows]))
      },
      read: firstRead.map(\.hyperbolicTangent),
      hidden: [Float](repeating: 0, count: shape.hidden),
      cell: [Float](repeating: 0, count: shape.controller == .lstm ? shape.hidden : 0))
  }

  /// One step.
  ///
  /// - Parameter input: [inputs].
  /// - Returns: [outputs], before any squashing.
  package func step(_ input: [Float], _ state: inout State) -> [Float] {
    let (rows, columns, heads) = (shape.rows, shape.columns, shape.reads + shape.writes)
    var said = InterfaceParts(
      controller.step(input, read: state.read, hidden: &state.hidden, cell: &state.cell))
    var weights: [[Float]] = []
    for head in 0..<heads {
      let before = Array(state.weights[head * rows..<(head + 1) * rows])
      let address = NTMAddress(&said, columns: columns)
      weights.append(address.weights(state.memory, before: before))
    }
    state.read = weights.prefix(shape.reads).flatMap {
      RowAddressing.read(state.memory, columns: columns, weights: $0)
    }
    let changes = (0..<shape.writes).map { head in
      (
        weights: weights[shape.reads + head], erase: said.next(columns).map(\.sigmoid),
        add: said.next(columns).map(\.hyperbolicTangent)
      )
    }
    Self.write(changes, to: &state.memory, columns: columns)
    state.weights = weights.flatMap { $0 }
    return controller.output(hidden: state.hidden, read: state.read)
  }

  /// Equations 3 and 4: every head erases, then every head adds, M <- M (1 - w eᵀ) + w aᵀ.
  package static func write(
    _ changes: [(weights: [Float], erase: [Float], add: [Float])], to memory: inout [Float],
    columns: Int
  ) {
    for (weights, erase, _) in changes {
      for (row, weight) in weights.enumerated() where weight != 0 {
        for column in 0..<columns { memory[row * columns + column] *= 1 - weight * erase[column] }
      }
    }
    for (weights, _, add) in changes {
      for (row, weight) in weights.enumerated() where weight != 0 {
        for column in 0..<columns { memory[row * columns + column] += weight * add[column] }
      }
    }
  }

  /// wᵀM, equation 2: what a head reads.
  package static func read(_ memory: [Float], columns: Int, weights: [Float]) -> [Float] {
    RowAddressing.read(memory, columns: columns, weights: weights)
  }
}

/// What a controller says of where a head shall point.
package struct NTMAddress: Sendable {
  /// What to look for, [columns], and how sharply.
  package var key: [Float]
  package var strength: Float
  /// How much of the content counts against where the head was, 0 to 1.
  package var gate: Float
  /// The shares of moving on by -1, 0 and +1 rows.
  package var shift: [Float]
  /// The power that sharpens, at least 1.
  package var sharpening: Float

  package init(key: [Float], strength: Float, gate: Float, shift: [Float], sharpening: Float) {
    (self.key, self.strength, self.gate) = (key, strength, gate)
    (self.shift, self.sharpening) = (shift, sharpening)
  }

  /// From a controller's words: tanh, softplus, sigmoid, softmax, 1 + softplus.
  init(_ said: inout InterfaceParts, columns: Int) {
    key = said.next(columns).map(\.hyperbolicTangent)
    strength = said.next(1)[0].softplus
    gate = said.next(1)[0].sigmoid
    shift = RowAddressing.softmax(said.next(3))
    sharpening = 1 + said.next(1)[0].softplus
  }

  /// Equations 5 to 9: by content, interpolated, shifted around the ring of rows, sharpened; [rows].
  package func weights(_ memory: [Float], before: [Float]) -> [Float] {
    let tiny: Float = 1e-8
    let content = RowAddressing.content(
      memory, columns: key.count, key: key, strength: strength, least: tiny)
    return moved(content: content, before: before)
  }

  /// Equations 7 to 9, from weights by content; [rows].
  package func moved(content: [Float], before: [Float]) -> [Float] {
    let tiny: Float = 1e-8
    let rows = before.count
    let mixed = zip(before, content).map { $0 + gate * ($1 - $0) }
    var weights = (0..<rows).map { row in
      shift[0] * mixed[(row + 1) % rows] + shift[1] * mixed[row]
        + shift[2] * mixed[(row + rows - 1) % rows]
    }
    for row in 0..<rows { weights[row] = (weights[row] + tiny).raised(to: sharpening) }
    let total = weights.reduce(0, +)
    for row in 0..<rows { weights[row] /= total }
    return weights
  }
}
