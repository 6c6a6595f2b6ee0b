import Memory
import Transformer

/// Asks a text for what it says: a conversation in which, for each sentence, the user begins it and the assistant says it
/// ("self-study", Cartridges, arXiv 2506.06266). The queries of such questions and answers show which rows a text needs; those
/// of its own reading do not ask for names and numbers.
struct StudyPass {
  /// Tokens of a text that are said again to find out which heads copy.
  private static let repeated = 512

  let context: ModuleContext

  /// The longest text whose study fits into the model's context.
  var longest: Int { max(1, context.model.configuration.contextLength / 4) }

  /// What a pass found. Tables are per block, before RoPE; columns are heads x head dimension.
  struct Result {
    /// The queries of what was said after the text, [positions, query columns].
    var queries: [[Float]]
    /// Their positions.
    var positions: [Int]
    /// For each the text's token that comes next in the answer, by its place in the text; nil in questions and between.
    var next: [Int?]
    /// The keys and values of all that is not the text, [others, columns], ascending.
    var otherKeys: [[Float]]
    var otherValues: [[Float]]
    var otherPositions: [Int]
    /// The position of the text's first token.
    var textStart: Int
  }

  /// What was found out about a text.
  struct Findings {
    /// Questions and answers about it.
    var study: Result
    /// Its beginning said again.
    var again: Result
    /// Its own keys and values, as a user's message, [tokens, columns].
    var keys: [[Float]]
    var values: [[Float]]

    /// Whether a type holds them.
    func fits(_ type: RowType) -> Bool {
      (keys + values).allSatisfy { $0.allSatisfy { $0.magnitude <= type.largest } }
    }
  }

  /// The tokens of the conversation.
  private struct Script {
    var tokens: [Int32] = []
    /// The text's token that comes next, for each of them.
    var next: [Int?] = []

    mutating func say(_ tokens: [Int32]) {
      self.tokens += tokens
      next += tokens.map { _ in nil }
    }
  }

  /// Studies a text: questions and answers for its sentences, and its beginning said again, which shows the heads that copy.
  ///
  /// - Returns: nil where the conversation does not fit into the model's context, or a token is not known.
  func run(on text: [Int32]) -> Findings? {
    let frame = StudyFrame(context)
    let start = frame.begin.count
    let limit = context.model.configuration.contextLength - start - text.count
    let script = script(text, frame, limit: limit)
    var again = Script()
    again.say(frame.border)
    again.tokens += text.prefix(Self.repeated)
    again.next += text.indices.prefix(Self.repeated).map { $0 + 1 < text.count ? $0 + 1 : nil }
    let longest = max(script.tokens.count, again.tokens.count)
    guard !script.tokens.isEmpty, longest <= limit, text.allSatisfy({ $0 >= 0 }) else {
      return nil
    }
    // The text passes through the model once for both.
    let lead = frame.begin + text
    let session = TransformerSession(
      model: context.model, contextLength: lead.count + longest)
    guard var begin = record(lead, in: session, asks: false) else { return nil }
    let columns = RowShape(keysOf: context.model.configuration).columns
    let (keys, values) = (begin.keys, begin.values)
    begin.keys = begin.keys.map { Array($0.prefix(start * columns)) }
    begin.values = begin.values.map { Array($0.prefix(start * columns)) }
    guard
      let second = say(again, after: begin, text.count, in: session),
      let first = say(script, after: begin, text.count, in: session)
    else { return nil }
    return Findings(
      study: first, again: second, keys: keys.map { Array($0.dropFirst(start * columns)) },
      values: values.map { Array($0.dropFirst(start * columns)) })
  }

  /// Passes what is said after a text through the model, and takes it back.
  private func say(
    _ script: Script, after begin: Tables, _ textCount: Int, in session: TransformerSession
  ) -> Result? {
    let (start, first) = (session.tokens.count - textCount, session.tokens.count)
    defer { session.truncate(to: first) }
    let positions = Array(first..<first + script.tokens.count)
    guard let said = record(script.tokens, in: session, asks: true) else { return nil }
    return Result(
      queries: said.queries, positions: positions, next: script.next,
      otherKeys: zip(begin.keys, said.keys).map(+),
      otherValues: zip(begin.values, said.values).map(+),
      otherPositions: Array(0..<start) + positions, textStart: start)
  }

  /// What a pass leaves in every block.
  private struct Tables {
    var queries: [[Float]]
    var keys: [[Float]]
    var values: [[Float]]
  }

  /// Passes tokens through the model and keeps their keys and values, and their queries where they ask.
  private func record(
    _ tokens: [Int32], in session: TransformerSession, asks: Bool
  ) -> Tables? {
    let layers = context.model.configuration.layerCount
    let (queries, keys, values) = (
      TakenRows(layers: layers), TakenRows(layers: layers), TakenRows(layers: layers)
    )
    var handles: [HookHandle] = []
    defer { for handle in handles { handle.remove() } }
    for layer in 0..<layers {
      for (site, taken) in [(HookPoint.Site.q, queries), (.k, keys), (.v, values)]
      where asks || site != .q {
        handles.append(
          session.hooks.read([.block(layer, site)]) { _, rows in taken.add(rows, layer: layer) })
      }
    }
    guard tokens.isEmpty || (try? session.forward(tokens, logits: .none)) != nil else {
      return nil
    }
    return Tables(queries: queries.rows, keys: keys.rows, values: values.rows)
  }

  /// Questions and answers for every sentence; where they do not all fit, for every second, third...
  private func script(_ text: [Int32], _ frame: StudyFrame, limit: Int) -> Script {
    let sentences = TextSentences(text, context).ranges
    for step in 1...max(1, sentences.count) {
      var script = Script()
      script.say(frame.border)
      for (index, sentence) in sentences.enumerated() where index % step == 0 {
        if index > 0 { script.say(frame.nextTurn) }
        script.say(Array(text[sentence.prefix((sentence.count + 1) / 2)]) + frame.ask)
        script.say(frame.reply)
        // Each token calls for the one after it; those that the question has, too, can be had from there.
        let half = sentence.lowerBound + (sentence.count + 1) / 2
        script.tokens += text[sentence]
        script.next += sentence.map { (half..<sentence.upperBound).contains($0 + 1) ? $0 + 1 : nil }
      }
      if script.tokens.count <= limit { return script }
    }
    return Script()
  }
}

/// The rows at one site of every block.
private final class TakenRows {
  private(set) var rows: [[Float]]  // per block [positions, columns]

  init(layers: Int) { rows = [[Float]](repeating: [], count: layers) }

  func add(_ values: Span<Float>, layer: Int) {
    values.withUnsafeBufferPointer { rows[layer].append(contentsOf: $0) }
  }
}
