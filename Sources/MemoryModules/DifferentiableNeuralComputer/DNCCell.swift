package import Memory
import Tensors

/// A Differentiable Neural Computer (Graves et al. 2016, Nature 538:471): a controller with a memory of rows that are allocated, freed,
/// and linked in the order in which they were written.
///
/// `CellShape` chooses the repairs of Csordas and Schmidhuber (2019, arXiv 1904.10278): masked keys, erasing what is freed, and
/// sharpened temporal links; and the sparse form of Rae et al. (2016, arXiv 1610.09027). `Tools/train/cells/dnc.py` is the same in
/// PyTorch.
package struct DNCCell: Sendable {
  /// What lasts from step to step.
  package struct State: Sendable, Equatable {
    /// The memory, [rows, columns].
    package var memory: [Float]
    /// How much each row is in use, 0 to 1, [rows].
    package var usage: [Float]
    /// How far row i was written right after row j, [rows, rows]; the diagonal is zero, every row and column sums to at most 1.
    package var link: [Float]
    /// How far each row was the last that was written, [rows]; sums to at most 1.
    package var precedence: [Float]
    /// Where the read heads point, [reads, rows].
    package var readWeights: [Float]
    /// Where the last step wrote, [rows].
    package var writeWeights: [Float]
    /// What each read head has read, [reads, columns].
    package var read: [Float]
    /// The controller's state, [hidden]; the second is empty without a recurrent one.
    package var hidden: [Float]
    package var cell: [Float]
  }

  package let shape: CellShape
  private let controller: CellController
  /// Added to what no division may find to be zero.
  private static let tiny: Float = 1e-6

  /// - Throws: `MemoryError.malformed` for weights that do not fit the shape.
  package init(_ shape: CellShape, tensors: [String: ParameterTensor]) throws(MemoryError) {
    self.shape = shape
    controller = try CellController(shape, CellWeights(tensors: tensors))
  }

  /// A fresh memory: nothing is in use.
  package var start: State {
    func zeros(_ count: Int) -> [Float] { [Float](repeating: 0, count: count) }
    let (rows, columns) = (shape.rows, shape.columns)
    return State(
      memory: zeros(rows * columns), usage: zeros(rows), link: zeros(rows * rows),
      precedence: zeros(rows), readWeights: zeros(shape.reads * rows), writeWeights: zeros(rows),
      read: zeros(shape.reads * columns), hidden: zeros(shape.hidden),
      cell: zeros(shape.controller == .lstm ? shape.hidden : 0))
  }

  /// One step.
  ///
  /// - Parameter input: [inputs].
  /// - Returns: [outputs], before any squashing.
  package func step(_ input: [Float], _ state: inout State) -> [Float] {
    var said = InterfaceParts(
      controller.step(input, read: state.read, hidden: &state.hidden, cell: &state.cell))
    let words = DNCInterface(&said, shape)
    let (rows, columns) = (shape.rows, shape.columns)

    // Usage, and what of it is free.
    let retention = DNCAddressing.retention(
      free: words.free, readWeights: state.readWeights, rows: rows)
    state.usage = DNCAddressing.usage(
      state.usage, writeWeights: state.writeWeights, retention: retention)
    let allocation = DNCAddressing.allocation(state.usage)

    // Write.
    let content = RowAddressing.content(
      state.memory, columns: columns, key: words.writeKey, strength: words.writeStrength,
      mask: words.masks.last, least: Self.tiny, keeping: shape.sparse)
    let weights = (0..<rows).map {
      words.writeGate
        * (words.allocationGate * allocation[$0] + (1 - words.allocationGate) * content[$0])
    }
    for row in 0..<rows {
      for column in 0..<columns {
        let place = row * columns + column
        var value = state.memory[place]
        if shape.erasing { value *= retention[row] }
        state.memory[place] =
          value * (1 - weights[row] * words.erase[column]) + weights[row] * words.write[column]
      }
    }

    // Temporal links, with the precedence before this step.
    state.link = DNCAddressing.link(
      state.link, writeWeights: weights, precedence: state.precedence, keeping: shape.sparse)
    state.precedence = DNCAddressing.precedence(state.precedence, writeWeights: weights)
    state.writeWeights = weights

    // Read.
    state.readWeights = (0..<shape.reads).flatMap { head in
      let before = Array(state.readWeights[head * rows..<(head + 1) * rows])
      var (forward, backward) = DNCAddressing.directions(state.link, from: before)
      if shape.sharp {
        forward = DNCAddressing.sharpened(forward, words.sharpness[2 * head])
        backward = DNCAddressing.sharpened(backward, words.sharpness[2 * head + 1])
      }
      let content = RowAddressing.content(
        state.memory, columns: columns, key: words.readKeys[head],
        strength: words.readStrengths[head], mask: shape.masked ? words.masks[head] : nil,
        least: Self.tiny, keeping: shape.sparse)
      let modes = words.modes[head]
      return (0..<rows).map {
        modes[0] * backward[$0] + modes[1] * content[$0] + modes[2] * forward[$0]
      }
    }
    state.read = (0..<shape.reads).flatMap { head in
      RowAddressing.read(
        state.memory, columns: columns,
        weights: Array(state.readWeights[head * rows..<(head + 1) * rows]))
    }
    return controller.output(hidden: state.hidden, read: state.read)
  }
}

/// What a controller says to the heads of a DNC.
private struct DNCInterface {
  let readKeys: [[Float]]
  let readStrengths: [Float]
  let writeKey: [Float]
  let writeStrength: Float
  let erase: [Float]
  let write: [Float]
  let free: [Float]
  let allocationGate: Float
  let writeGate: Float
  /// Of each read head: backward, content, forward.
  let modes: [[Float]]
  /// Of the read heads, then of the write head; empty without masks.
  let masks: [[Float]]
  /// Of each read head: forward, backward; empty where links are not sharpened.
  let sharpness: [Float]

  init(_ said: inout InterfaceParts, _ shape: CellShape) {
    let (heads, columns) = (0..<shape.reads, shape.columns)
    func oneplus(_ value: Float) -> Float { 1 + value.softplus }
    readKeys = heads.map { _ in said.next(columns) }
    readStrengths = said.next(shape.reads).map(oneplus)
    writeKey = said.next(columns)
    writeStrength = oneplus(said.next(1)[0])
    erase = said.next(columns).map(\.sigmoid)
    write = said.next(columns)
    free = said.next(shape.reads).map(\.sigmoid)
    allocationGate = said.next(1)[0].sigmoid
    writeGate = said.next(1)[0].sigmoid
    modes = heads.map { _ in RowAddressing.softmax(said.next(3)) }
    masks = shape.masked ? (0...shape.reads).map { _ in said.next(columns).map(\.sigmoid) } : []
    sharpness = shape.sharp ? said.next(2 * shape.reads).map(oneplus) : []
  }
}
