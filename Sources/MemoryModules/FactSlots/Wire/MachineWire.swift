package import Memory
import Tensors

/// An adapter's wires between a model and a machine's memory, as `adapter.<kind>.<name>` tensors:
///
/// | name | shape | |
/// |---|---|---|
/// | `content.weight`, `content.bias` | [columns, 2 width], [columns] | a slot's content, tanh of it |
/// | `address.weight`, `address.bias` | [columns + 1 + movements, 2 width], [...] | what a read head is told: a key (tanh), a strength (softplus), and how it moves |
/// | `opening.weight`, `opening.bias` | [1, width + 3], [1] | the logit of how far the head is heard |
///
/// The model is the controller: the input of each is a row of `blocks.<layer>.ln1.hook_normalized` and the mean row of the
/// sentence it stands in, of what was told, or of the question. `Tools/train/machines/wires.py` is the same in PyTorch.
package struct MachineWire: Sendable {
  package let wiring: MachineWiring
  package let width: Int
  private let content: LinearLayer
  private let address: LinearLayer
  private let opening: LinearLayer
  private static let tiny: Float = 1e-8

  /// - Parameter movements: values that tell a head how to move.
  /// - Throws: `MemoryError.malformed` for weights that do not fit, or a block that the model does not have.
  package init(
    _ wiring: MachineWiring, movements: Int, tensors: [String: ParameterTensor], width: Int,
    layers: Int
  ) throws(MemoryError) {
    guard wiring.layer < layers else {
      throw .malformed(
        path: "the adapter", what: "a machine is wired to block \(wiring.layer)",
        expected: "a block of the model, 0 to \(layers - 1)")
    }
    self.wiring = wiring
    self.width = width
    let weights = CellWeights(tensors: tensors)
    content = try weights.layer("content", outputs: wiring.columns, inputs: 2 * width)
    address = try weights.layer(
      "address", outputs: wiring.columns + 1 + movements, inputs: 2 * width)
    opening = try weights.layer("opening", outputs: 1, inputs: width + 3)
  }

  /// The content of a slot, [columns].
  ///
  /// - Parameters:
  ///   - row: the row that predicts the slot's token, [width].
  ///   - mean: the mean row of the token's sentence, [width].
  package func content(row: ArraySlice<Float>, mean: [Float]) -> [Float] {
    content(row + mean).map(\.hyperbolicTangent)
  }

  /// A read head that follows an answer, row by row; it begins by content.
  package struct Head<Cell: SlotCell>: Sendable {
    /// Where it points, [slots]; nil before the first row.
    package private(set) var weights: [Float]?

    package init() {}

    /// Moves on by one row of the answer.
    ///
    /// - Parameters:
    ///   - row: the row that predicts the answer's next token, [width].
    ///   - mean: the mean row of the question, [width].
    ///   - memory: the slots' contents, [slots, columns].
    /// - Returns: the logit of the opening.
    package mutating func step(
      _ row: ArraySlice<Float>, mean: [Float], over memory: [Float], by wire: MachineWire
    ) -> Float {
      let columns = wire.wiring.columns
      var said = InterfaceParts(wire.address(row + mean))
      let key = said.next(columns).map(\.hyperbolicTangent)
      let strength = said.next(1)[0].softplus
      let cosines = RowAddressing.scores(
        memory, columns: columns, key: key, least: MachineWire.tiny)
      var content = cosines.map { strength * $0 }
      _ = LinearAlgebra.softmax(&content, count: content.count)
      let isFirst = weights == nil
      let moved = weights.map {
        Cell.moved(content: content, before: $0, said: said.next(Cell.movements))
      }
      let now = moved ?? content
      weights = now
      let seen = [cosines.max() ?? 0, now.max() ?? 0, isFirst ? 1 : 0]
      return wire.opening(row + seen)[0]
    }
  }
}

extension NTMSlots {
  /// Gate, shift (-1, 0, +1) and sharpening.
  public static let movements = 5

  /// Equations 7 to 9 of the paper.
  public static func moved(content: [Float], before: [Float], said: [Float]) -> [Float] {
    NTMAddress(
      key: [], strength: 0, gate: said[0].sigmoid,
      shift: RowAddressing.softmax(Array(said[1..<4])), sharpening: 1 + said[4].softplus
    ).moved(content: content, before: before)
  }
}

extension DNCSlots {
  /// The read modes: backward, content, forward.
  public static let movements = 3

  /// w = pi_1 b + pi_2 c + pi_3 f. Each write was to one slot, so that a slot's only link leads to the one written next.
  public static func moved(content: [Float], before: [Float], said: [Float]) -> [Float] {
    let modes = RowAddressing.softmax(said)
    return content.indices.map { slot in
      let backward = slot + 1 < before.count ? before[slot + 1] : 0
      let forward = slot > 0 ? before[slot - 1] : 0
      return modes[0] * backward + modes[1] * content[slot] + modes[2] * forward
    }
  }
}
