import Generation
import Memory
import ModelFiles
import Tokenization
import Transformer

/// Asks a text for what it says: a conversation in which, for each sentence, the user begins it and the assistant says it
/// ("self-study", Cartridges, arXiv 2506.06266). The queries of such questions and answers show which rows a text needs; those
/// of its own reading do not ask for names and numbers.
struct StudyPass {
  /// Tokens of the longest sentence that is asked at once.
  private static let longestSentence = 48

  let context: ModuleContext

  /// The longest text whose study fits into the model's context.
  var longest: Int { max(1, context.model.configuration.contextLength / 4) }

  /// What a pass found. Tables are per block, before RoPE; columns are heads x head dimension.
  struct Result {
    /// The queries of the conversation after the text, [positions, query columns].
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

  /// Studies a text: questions and answers for its sentences.
  ///
  /// - Returns: nil where the conversation does not fit into the model's context, or a token is not known.
  func run(on text: [Int32]) -> Result? {
    let frame = Frame(context)
    return pass(text, frame, script(text, frame, limit: limit(for: text, frame)))
  }

  /// Says a text again: shows which heads copy.
  ///
  /// - Returns: nil as above.
  func repeating(_ text: [Int32]) -> Result? {
    let frame = Frame(context)
    var script = Script()
    script.say(frame.border)
    script.tokens += text
    script.next += text.indices.map { $0 + 1 < text.count ? $0 + 1 : nil }
    return pass(text, frame, script)
  }

  private func limit(for text: [Int32], _ frame: Frame) -> Int {
    context.model.configuration.contextLength - frame.begin.count - text.count
  }

  /// Passes a text and what is said after it through the model.
  private func pass(_ text: [Int32], _ frame: Frame, _ script: Script) -> Result? {
    guard !script.tokens.isEmpty, script.tokens.count <= limit(for: text, frame),
      text.allSatisfy({ $0 >= 0 })
    else { return nil }
    let start = frame.begin.count
    let all = frame.begin + text + script.tokens
    let layers = context.model.configuration.layerCount
    let asked = start + text.count..<all.count
    let others = Array(0..<start) + Array(asked)
    let session = TransformerSession(model: context.model, contextLength: all.count)
    let queries = TakenRows(layers: layers, positions: Set(asked))
    let keys = TakenRows(layers: layers, positions: Set(others))
    let values = TakenRows(layers: layers, positions: Set(others))
    for layer in 0..<layers {
      for (site, taken) in [(HookPoint.Site.q, queries), (.k, keys), (.v, values)] {
        _ = session.hooks.read([.block(layer, site)]) { context, rows in
          taken.add(rows, layer: layer, context)
        }
      }
    }
    guard (try? session.forward(all, logits: .none)) != nil else { return nil }
    return Result(
      queries: queries.rows, positions: Array(asked), next: script.next, otherKeys: keys.rows,
      otherValues: values.rows, otherPositions: others, textStart: start)
  }

  /// Questions and answers for every sentence; where they do not all fit, for every second, third...
  private func script(_ text: [Int32], _ frame: Frame, limit: Int) -> Script {
    let sentences = sentences(of: text)
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

  private func sentences(of text: [Int32]) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var start = 0
    for (index, token) in text.enumerated() {
      let piece = context.tokenizer?.decode([token]) ?? ""
      let ends =
        piece.contains { ".!?\n".contains($0) } || index + 1 - start >= Self.longestSentence
      guard ends || index + 1 == text.count else { continue }
      if index + 1 - start > 2 { result.append(start..<index + 1) }
      start = index + 1
    }
    return result
  }

  /// What a model's template writes around messages.
  private struct Frame {
    var begin: [Int32] = []
    var border: [Int32] = []
    var ask: [Int32] = []
    var reply: [Int32] = []
    var nextTurn: [Int32] = []

    init(_ context: ModuleContext) {
      guard let tokenizer = context.tokenizer else { return }
      func encoded(_ text: String) -> [Int32] {
        tokenizer.encode(text, addBOS: false, parseSpecial: false)
      }
      border = encoded(BorderRows.border)
      ask = encoded("...?")
      let template = ChatTemplate(of: context.model.file.metadata, tokenizer: tokenizer)
      let words = [
        ChatMessage(role: .user, content: "word"), ChatMessage(role: .assistant, content: "word"),
      ]
      let chat = template.encode(words + words, addGenerationPrompt: false)
      // The runs of tokens that are nobody's words.
      var marks: [[Int32]] = [[]]
      var wasSaid = false
      for (token, part) in zip(chat.tokens, chat.parts) {
        let isSaid = part == .user || part == .assistant
        if isSaid, !wasSaid { marks.append([]) }
        if !isSaid { marks[marks.count - 1].append(token) }
        wasSaid = isSaid
      }
      guard marks.count == 5 else { return }
      (begin, reply, nextTurn) = (marks[0], marks[1], marks[2])
    }
  }
}

/// The rows of some positions at one site of every block.
private final class TakenRows {
  private(set) var rows: [[Float]]  // per block [positions, columns]
  private let positions: Set<Int>

  init(layers: Int, positions: Set<Int>) {
    rows = [[Float]](repeating: [], count: layers)
    self.positions = positions
  }

  func add(_ values: Span<Float>, layer: Int, _ context: HookContext) {
    values.withUnsafeBufferPointer { values in
      for (row, position) in context.positions.enumerated() where positions.contains(position) {
        rows[layer] += values[row * context.columns..<(row + 1) * context.columns]
      }
    }
  }
}
