/// Where a kind of memory plugs into the model.
public enum Socket: String, Sendable, Codable, CaseIterable {
  /// A key vector, made of activations, maps to a value: the token that followed.
  case associative
  /// Extra key/value rows in the softmax of self-attention.
  case attention
  /// Low-rank fast weights on projections of the frozen blocks.
  case weights
}

/// The way in which remembered contents influence the answer.
public enum Readout: String, Sendable, Codable, CaseIterable {
  /// Remembered facts are inserted as text into the user's last turn.
  case text
  /// p = (1 - g) p_LM + g p_mem with a calibrated gate.
  case mixing
  /// Added to the residual stream inside a block (Titans' MAG and MAL).
  case residual
  /// Extra key/value rows of self-attention (Titans' MAC, Larimar's conditioning, Compressive Transformer).
  case rows
  /// A low-rank matrix is added to weights of the frozen blocks.
  case weights
}

/// The description of a kind of memory for people and programs (`mneme memory kinds`).
public struct ModuleDescription: Sendable, Codable, Equatable {
  /// Its name, used after `--module` and as the prefix of its tensors' names.
  public let kind: ModuleKind
  /// Where it plugs in.
  public let socket: Socket
  /// One line for a list.
  public let summary: String
  /// The paper it implements, with its arXiv number.
  public let paper: String
  /// Whether its state grows with the number of tokens read; false for constant size.
  public let grows: Bool
  /// Its read-outs, the default first.
  public let readouts: [Readout]
  /// Whether a new memory file contains it by default.
  public let isStandard: Bool
  /// Whether it learns what people say in a chat; false for one that learns documents only.
  public let learnsChats: Bool
  /// Whether this kind's predictions decide which key points an adapter uses for all modules. At most one kind of a
  /// registry, and one that stores keys unchanged.
  public let judgesKeys: Bool

  /// Creates a description.
  public init(
    kind: ModuleKind, socket: Socket, summary: String, paper: String, grows: Bool,
    readouts: [Readout], isStandard: Bool = false, learnsChats: Bool = true,
    judgesKeys: Bool = false
  ) {
    self.kind = kind
    self.socket = socket
    self.summary = summary
    self.paper = paper
    self.grows = grows
    self.readouts = readouts
    self.isStandard = isStandard
    self.learnsChats = learnsChats
    self.judgesKeys = judgesKeys
  }
}
