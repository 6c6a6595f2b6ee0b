package import Transformer

/// Runs a memory that acts inside the forward pass through the episodes of a calibration, as a session would: tokens
/// pass through the model with the memory attached, and learned segments are committed.
package final class LifeRunner {
  private let session: TransformerSession
  private let attachment: ModuleAttachment
  private let commits: HookHandle

  /// Attaches a module to a session.
  package init(_ module: any MemoryModule, session: TransformerSession) {
    self.session = session
    let attachment = ModuleAttachment([module], keys: [], to: session, isReadOnly: false)
    self.attachment = attachment
    commits = session.hooks.onCommit { [weak attachment] event in attachment?.commit(event) }
  }

  /// Detaches it.
  package func leave() {
    commits.remove()
    attachment.leave()
  }

  /// Passes a segment through the model from an empty context.
  ///
  /// - Parameter visit: called with each predicted row of the segment and its logits, [vocabulary].
  package func read(
    _ segment: CalibrationData.Segment, visit: (Int, UnsafeBufferPointer<Float>) -> Void
  ) throws(TransformerError) {
    session.reset()
    session.read(as: segment.mode)
    let tokens = Array(segment.tokens.prefix(session.contextLength))
    // Piece by piece: all rows of logits at once are large.
    for start in stride(from: 0, to: tokens.count, by: 64) {
      let end = min(tokens.count, start + 64)
      let scored = (start..<min(end, tokens.count - 1)).filter { segment.weights[$0] > 0 }
      let logits = try session.forward(
        Array(tokens[start..<end]), logits: scored.isEmpty ? .none : .all)
      for row in scored { logits.withRow(row - start) { visit(row, $0) } }
    }
  }

  /// Commits the segment read last, if any of its tokens is learned.
  package func learn(_ segment: CalibrationData.Segment) throws(TransformerError) {
    let learned = segment.isLearned.prefix(session.tokens.count - 1)
    guard learned.contains(true) else { return }
    try session.commit(
      through: session.tokens.count,
      provenance: Provenance(
        conversation: "calibration", turn: 0, role: segment.role, source: "", time: 0),
      learnable: [false] + learned, endsSegment: true)
  }
}
