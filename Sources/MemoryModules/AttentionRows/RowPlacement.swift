public import Memory

/// Where the keys of remembered rows stand for the queries that see them: those of a question and its answer, or of a text.
///
/// They stand right before the question, as if they had been read there; what the context holds before it, such as a system
/// prompt, moves back to make room. (Behind a system prompt, a model takes what was before for another conversation.)
public enum RowPlacement: String, ConfigurationChoice {
  /// As far before the question as they stand in the stream of all that was learned.
  case original
  /// One after another, the newest right before the question, as if nothing lay between them (StreamingLLM's positions in
  /// the cache, arXiv 2309.17453).
  case cache
  /// All at one distance from every query (InfLLM, arXiv 2402.04617).
  case constant
  /// Neither keys nor queries are rotated (Infini-attention, arXiv 2404.07143).
  case none
}

/// The positions of shown rows.
package struct RowPositions {
  let placement: RowPlacement
  /// The largest distance before the conversation: models handle no distances they were not trained on.
  let reach: Int

  package init(placement: RowPlacement, reach: Int) {
    self.placement = placement
    self.reach = reach
  }

  /// The distance at which all rows stand; nil where each has its position.
  var constantDistance: Int? {
    switch placement {
    case .original, .cache: nil
    case .constant: reach
    case .none: 0
    }
  }

  /// One position after another, the last right before `base`.
  func inOrder(_ count: Int, before base: Int) -> [Int] {
    (0..<count).map { base + max(-reach, $0 - count) }
  }

  /// The position of a token's key as far before `base` as it stands in the stream.
  func position(place: Int, end: Int, before base: Int) -> Int {
    base + max(-reach, min(-1, place - end))
  }
}
