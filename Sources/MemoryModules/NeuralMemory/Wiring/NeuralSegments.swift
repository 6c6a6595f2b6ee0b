/// The queries of a session's positions, by segment, kept until a position is passed again.
struct NeuralSegments {
  private let length: Int
  private let parts: Int
  private let columns: Int
  private var segments: [[Float]] = []  // per segment the queries so far, [positions, columns]

  init(plan: NeuralWiringPlan, columns: Int) {
    length = plan.segmentLength
    parts = plan.rowsPerSegment
    self.columns = columns
  }

  /// Stores the queries of positions from `first` on; what stood there and after is forgotten.
  mutating func store(_ queries: [Float], from first: Int) {
    var position = first
    let segment = first / length
    if segment > segments.count || (segment == segments.count && first % length > 0)
      || (segment < segments.count && segments[segment].count < first % length * columns)
    {
      // A jump: the segments in between are not known.
      while segments.count <= segment { segments.append([]) }
      for index in segments.indices where segments[index].count < length * columns {
        segments[index] = []
      }
    }
    if segment < segments.count {
      segments.removeLast(segments.count - segment - 1)
      let kept = first % length * columns
      if segments[segment].count > kept {
        segments[segment].removeLast(segments[segment].count - kept)
      }
    }
    for row in 0..<queries.count / max(1, columns) {
      let index = position / length
      if index == segments.count { segments.append([]) }
      // A segment whose beginning nobody saw stays unknown.
      if segments[index].count == position % length * columns {
        segments[index] += queries[row * columns..<(row + 1) * columns]
      }
      position += 1
    }
  }

  /// The mean query of each part of a finished segment, [parts, columns].
  func queries(of segment: Int) -> [Float]? {
    guard segment < segments.count, segments[segment].count == length * columns else { return nil }
    var result = [Float](repeating: 0, count: parts * columns)
    let size = length / parts
    for position in 0..<length {
      let part = position / size
      for column in 0..<columns {
        result[part * columns + column] += segments[segment][position * columns + column]
      }
    }
    return result
  }
}
