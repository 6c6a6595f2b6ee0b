import ModelFiles

/// The sizes and options of a trained cell, as `Tools/train/cells` writes them beside its weights.
package struct CellShape: Codable, Sendable, Equatable {
  /// Which of the two papers' machines it is.
  package enum Kind: String, Codable, Sendable, CaseIterable {
    /// A Neural Turing Machine.
    case ntm
    /// A Differentiable Neural Computer.
    case dnc
  }

  /// What drives the heads.
  package enum Controller: String, Codable, Sendable {
    /// A long short-term memory.
    case lstm
    /// One layer, tanh(W x + b): all that lasts is then in the memory.
    case feedForward = "feed-forward"
  }

  package var kind: Kind
  /// Values of an input and of an output.
  package var inputs: Int
  package var outputs: Int
  /// Rows of the memory (N), and values of each (the papers' M and W).
  package var rows: Int
  package var columns: Int
  /// Values of the controller's state.
  package var hidden: Int
  /// Read heads (R), and write heads, of which a DNC has one.
  package var reads: Int
  package var writes: Int
  package var controller: Controller
  /// Values that an input is reduced to by a matrix of its own before the controller; 0 where it is not.
  package var encoded: Int
  /// The repairs of Csordas and Schmidhuber (arXiv 1904.10278): keys are masked,
  package var masked: Bool
  /// what is freed is erased,
  package var erasing: Bool
  /// and temporal links are sharpened.
  package var sharp: Bool
  /// The weights that a content lookup and a row of links keep (Rae et al., arXiv 1610.09027); 0 for all.
  package var sparse: Int

  package init(
    kind: Kind, inputs: Int, outputs: Int, rows: Int, columns: Int, hidden: Int, reads: Int = 1,
    writes: Int = 1, controller: Controller = .lstm, encoded: Int = 0, masked: Bool = false,
    erasing: Bool = false, sharp: Bool = false, sparse: Int = 0
  ) {
    self.kind = kind
    (self.inputs, self.outputs, self.rows, self.columns) = (inputs, outputs, rows, columns)
    (self.hidden, self.reads, self.writes) = (hidden, reads, writes)
    (self.controller, self.encoded) = (controller, encoded)
    (self.masked, self.erasing, self.sharp, self.sparse) = (masked, erasing, sharp, sparse)
  }

  /// Whether the sizes are ones that a cell can have; the limits keep a hostile file from asking for the whole memory.
  package var isSound: Bool {
    let sizes = [inputs, outputs, rows, columns, hidden, reads, writes]
    return sizes.allSatisfy { (1...4096).contains($0) } && (0...4096).contains(encoded)
      && (0...4096).contains(sparse) && reads <= 64 && writes <= 64 && rows * columns <= 1 << 20
      && (kind == .ntm || writes == 1)
  }

  /// Values that the controller sees: the input and what was read last.
  var seen: Int { (encoded > 0 ? encoded : inputs) + reads * columns }

  /// Values that the controller says to the heads.
  var interface: Int {
    switch kind {
    case .ntm: (reads + writes) * (columns + 6) + writes * 2 * columns
    case .dnc:
      columns * reads + 3 * columns + 5 * reads + 3 + (masked ? (reads + 1) * columns : 0)
        + (sharp ? 2 * reads : 0)
    }
  }
}
