public import Transformer

/// A memory in fast weights: low-rank updates of the frozen blocks' matrices (the weight socket), y = W x + B (A x).
///
/// The host attaches the updates to each session and removes them when the memory is detached. A matrix without an
/// update, or with B = 0, is the plain model's to the bit. Several memories at one matrix are summed. What the module
/// learns from, and what is committed, is still the plain model's: before a commit, tokens that passed through updated
/// weights pass through the plain model again.
public protocol WeightModule: MemoryModule {
  /// The matrices it may update.
  var projections: [ProjectionPoint] { get }
  /// The update of one of them for the next pass of a session; nil leaves the matrix as it is.
  ///
  /// Called once per pass, so a module returns the same object until it has learned.
  func update(of projection: ProjectionPoint, in session: SessionView) -> LowRankUpdate?
}
