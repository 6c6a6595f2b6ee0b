package import Memory
import Tensors
import Transformer

/// Trains compacted rows until a model with them answers like the model with the text (Cartridges, arXiv 2506.06266): the Kullback-
/// Leibler divergence of the teacher's predictions from the student's, by Adam, over conversations about the text.
///
/// The rows begin as Attention Matching left them. In every second step rows of other documents stand before them: without such
/// distractors, prefixes that were trained apart do not work side by side.
package struct PrefixTrainer {
  /// Tokens of the lessons of one step, about.
  private static let batch = 384
  /// A step of a key or a value at first, as a share of the head's root mean square.
  private static let rate: Float = 0.02
  /// A step of a bias at first.
  private static let biasRate: Float = 0.02

  private let context: ModuleContext
  /// What every conversation begins with.
  private let begin: [Int32]
  private let pass: GradientPass

  /// - Parameter begin: what every conversation begins with; the rows stand right after it.
  package init(_ context: ModuleContext, begin: [Int32]) {
    self.context = context
    self.begin = begin
    pass = GradientPass(
      model: context.model, points: [], context: context.model.configuration.contextLength)
  }

  /// Trained rows in place of compacted ones.
  ///
  /// - Parameters:
  ///   - rows: of one text, whose tokens follow one another.
  ///   - distractors: rows of another text.
  ///   - lessons: what is learned.
  ///   - rounds: how often.
  ///   - progress: called with the share of the work that is done.
  /// - Returns: the same rows where there is nothing to learn, or training fails.
  package func trained(
    _ rows: HeadRows, beside distractors: HeadRows, by lessons: [PrefixLesson], rounds: Int,
    progress: (Double) -> Void = { _ in }
  ) -> HeadRows {
    guard !lessons.isEmpty, rounds > 0 else { return rows }
    var student = Student(rows, distractors, lead: begin.count)
    var random = SplitMix64(seed: UInt64(rows.sources.count))
    let batches = rounds * ((lessons.reduce(0) { $0 + $1.tokens.count } - 1) / Self.batch + 1)
    var done = 0
    var waiting: [Int] = []
    while done < batches {
      var (chosen, tokens) = ([GradientSequence](), 0)
      while tokens < Self.batch {
        if waiting.isEmpty { waiting = lessons.indices.shuffled(using: &random) }
        let lesson = lessons[waiting.removeLast()]
        chosen.append(sequence(lesson))
        tokens += lesson.tokens.count
      }
      let isBeside = done % 2 == 1 && !distractors.isEmpty
      let result = pass.run(
        normalized(chosen), updates: [:], prefix: student.prefix(isBeside: isBeside))
      guard let gradient = result.prefix, result.loss.isFinite else { return rows }
      // The rate falls to nothing along a straight line.
      let left = 1 - Float(done) / Float(batches)
      student.step(gradient, rate: left * Self.rate, biasRate: left * Self.biasRate)
      done += 1
      progress(Double(done) / Double(batches))
    }
    return student.rows(like: rows) ?? rows
  }

  /// The mean divergence of what a model with some rows says from what the teacher says, nats.
  package func divergence(_ rows: HeadRows, by lessons: [PrefixLesson]) -> Double {
    let none = HeadRows(shape: rows.shape, type: rows.type)
    return pass.run(
      normalized(lessons.map(sequence)), updates: [:],
      prefix: Student(rows, none, lead: begin.count).prefix(isBeside: false),
      wantsGradients: false
    ).loss
  }

  private func sequence(_ lesson: PrefixLesson) -> GradientSequence {
    let width = context.model.configuration.width
    return GradientSequence(
      tokens: begin + lesson.tokens,
      targets: lesson.rows.enumerated().map { index, row in
        GradientTarget(
          row: begin.count + row, weight: 1,
          goal: .prediction(
            hidden: Array(lesson.states[index * width..<(index + 1) * width])))
      })
  }

  /// The mean over all targets.
  private func normalized(_ sequences: [GradientSequence]) -> [GradientSequence] {
    let weight = 1 / Float(max(1, sequences.reduce(0) { $0 + $1.targets.count }))
    return sequences.map { sequence in
      var scaled = sequence
      for index in scaled.targets.indices { scaled.targets[index].weight = weight }
      return scaled
    }
  }
}

/// One question about a text and its answer.
package struct PrefixLesson: Sendable {
  /// What follows the rows: a border, the question, the frame of a reply, and the answer.
  package var tokens: [Int32]
  /// The rows of `tokens` whose next token belongs to the answer.
  package var rows: Range<Int>
  /// What the teacher says there: final hidden states after the norm, [rows, width].
  package var states: [Float]

  package init(tokens: [Int32], rows: Range<Int>, states: [Float]) {
    self.tokens = tokens
    self.rows = rows
    self.states = states
  }
}

/// Rows that learn.
private struct Student {
  /// All rows of each head, [blocks x heads].
  private var heads: [HeadRows.Head]
  /// Root mean squares of each head's keys and values.
  private let scales: [(keys: Float, values: Float)]
  private var adam: [Adam]
  /// The rows of each head among distractors.
  private let distractors: [HeadRows.Head]
  private let distance: Int
  private let lead: Int
  private let first: Int
  private let tokens: Int

  init(_ rows: HeadRows, _ distractors: HeadRows, lead: Int) {
    heads = rows.joinedHeads
    self.distractors = distractors.joinedHeads
    self.lead = lead
    first = rows.sources.places.first ?? 0
    tokens = (rows.sources.places.last ?? 0) + 1 - first
    distance = (distractors.sources.places.last ?? -1) + 1
    func scale(_ values: [Float]) -> Float {
      (values.reduce(0) { $0 + $1 * $1 } / Float(max(1, values.count))).squareRoot()
    }
    scales = heads.map { (scale($0.keys), scale($0.values)) }
    adam = heads.map { Adam(count: $0.keys.count + $0.values.count + $0.biases.count) }
  }

  /// The rows as a pass attends to them, those of distractors first.
  func prefix(isBeside: Bool) -> AttentionPrefix {
    let room = isBeside ? distance : 0
    return AttentionPrefix(
      heads: heads.indices.map { index in
        let own = heads[index]
        var head = AttentionPrefix.Head(keys: [], values: [], biases: [], positions: [])
        if isBeside {
          let other = distractors[index]
          head = AttentionPrefix.Head(
            keys: other.keys, values: other.values, biases: other.biases,
            positions: other.anchors.map { lead + $0 })
        }
        head.keys += own.keys
        head.values += own.values
        head.biases += own.biases
        head.positions += own.anchors.map { lead + room + $0 - first }
        return head
      }, visibleFrom: lead, gap: room + tokens)
  }

  /// One step against the gradient; of distractors only what follows them counts.
  mutating func step(_ gradient: AttentionPrefix, rate: Float, biasRate: Float) {
    for (index, slope) in gradient.heads.enumerated() {
      let own = heads[index]
      let flat =
        slope.keys.suffix(own.keys.count) + slope.values.suffix(own.values.count)
        + slope.biases.suffix(own.biases.count)
      let direction = adam[index].direction(Array(flat))
      let (keys, values) = (own.keys.count, own.keys.count + own.values.count)
      for place in own.keys.indices {
        heads[index].keys[place] -= rate * scales[index].keys * direction[place]
      }
      for place in own.values.indices {
        heads[index].values[place] -= rate * scales[index].values * direction[keys + place]
      }
      for place in own.biases.indices {
        heads[index].biases[place] -= biasRate * direction[values + place]
      }
    }
  }

  /// The rows in their groups; nil where the type does not hold them.
  func rows(like rows: HeadRows) -> HeadRows? {
    let most = rows.type.largest
    let isSound = heads.allSatisfy { head in
      (head.keys + head.values).allSatisfy { $0.magnitude <= most }
        && head.biases.allSatisfy { $0.magnitude < 1e3 }
    }
    return isSound ? rows.replacingRows(of: heads) : nil
  }
}

extension HeadRows {
  /// The rows of each head in all groups, [blocks x heads].
  fileprivate var joinedHeads: [Head] {
    (0..<shape.layers).flatMap { layer in
      heads(layer: layer, groups: Array(groups.indices)).map { groups in
        groups.reduce(into: Head(keys: [], values: [], biases: [], anchors: [])) {
          $0.keys += $1.keys
          $0.values += $1.values
          $0.biases += $1.biases
          $0.anchors += $1.anchors
        }
      }
    }
  }

  /// The same groups with other rows, as many of each head.
  fileprivate func replacingRows(of joined: [Head]) -> HeadRows {
    var result = HeadRows(shape: shape, type: type)
    var firsts = [Int](repeating: 0, count: joined.count)
    for (group, start) in zip(groups, starts) {
      let part = joined.indices.map { index in
        let rows = firsts[index]..<firsts[index] + group.counts[index]
        firsts[index] = rows.upperBound
        let columns = rows.lowerBound * shape.dimension..<rows.upperBound * shape.dimension
        return Head(
          keys: Array(joined[index].keys[columns]), values: Array(joined[index].values[columns]),
          biases: Array(joined[index].biases[rows]), anchors: Array(joined[index].anchors[rows]))
      }
      result.append(part, sources: sources.rows(start.sources..<start.sources + group.sources))
    }
    return result
  }
}
