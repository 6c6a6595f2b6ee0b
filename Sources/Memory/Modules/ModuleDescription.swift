/// Where a kind of memory plugs into the model.
public enum Socket: String, Sendable, Codable, CaseIterable {
  /// Key vector to value: what followed at a place in the model's activations.
  case associative
  /// Extra key/value rows in the softmax of self-attention.
  case attention
  /// Low-rank fast weights on projections of the frozen blocks.
  case weights
}

/// A way in which what is remembered reaches the answer.
public enum Readout: String, Sendable, Codable, CaseIterable {
  /// Remembered facts stand as text in the user's last turn.
  case text
  /// p = (1 - g) p_LM + g p_mem with a calibrated gate.
  case mixing
  /// Added to the residual stream inside a block (Titans' MAG and MAL).
  case residual
  /// Extra key/value rows of self-attention (Titans' MAC, Larimar's conditioning, Compressive Transformer).
  case rows
  /// Weights of the frozen blocks, changed by a low-rank sum.
  case weights
}

/// What people and programs are told about a kind of memory (`mneme memory kinds`).
public struct ModuleDescription: Sendable, Codable, Equatable {
  /// Its name, after `--module` and before the names of its tensors.
  public let kind: ModuleKind
  /// Where it plugs in.
  public let socket: Socket
  /// One line for a list.
  public let summary: String
  /// The paper it implements, with its arXiv number.
  public let paper: String
  /// Whether its state grows with what it reads; one of constant size does not.
  public let grows: Bool
  /// How it can reach the answer, the default first.
  public let readouts: [Readout]
  /// Whether a new memory file holds it unless told otherwise.
  public let isStandard: Bool
  /// Whether keys for all modules are chosen by how well this one predicts with them: at most one kind of a registry, one
  /// that keeps every key as it is.
  public let judgesKeys: Bool

  /// Creates a description.
  public init(
    kind: ModuleKind, socket: Socket, summary: String, paper: String, grows: Bool,
    readouts: [Readout], isStandard: Bool = false, judgesKeys: Bool = false
  ) {
    self.kind = kind
    self.socket = socket
    self.summary = summary
    self.paper = paper
    self.grows = grows
    self.readouts = readouts
    self.isStandard = isStandard
    self.judgesKeys = judgesKeys
  }
}
