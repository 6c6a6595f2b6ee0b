public import ModelFiles

/// Errors of an evaluation.
public enum EvaluationError: Error, Sendable, Equatable {
  /// A file could not be read at all.
  case unreadable(path: String, reason: String)
  /// A line of a JSONL file does not have the expected form.
  case invalidLine(path: String, line: Int, reason: String)
  /// Nothing to measure: no item, or a text of too few tokens.
  case nothingToMeasure(source: String, reason: String)
  /// A file of knowledge edits has another form.
  case invalidEdits(path: String)
  /// A record of a file of conversations cannot be used; records are counted from 1.
  case invalidConversation(path: String, record: Int, reason: String)
  /// A text is not UTF-8.
  case invalidUTF8(path: String, offset: Int)
  /// A text begins with the byte order mark of UTF-16 or UTF-32.
  case wideText(path: String)
  /// A file does not hold the results of a run.
  case invalidResults(path: String)
  /// A report or the log of a run could not be written.
  case unwritable(path: String)
  /// A log was made by a run with other settings.
  case otherRun(path: String)
  /// Prompt and answer do not fit into the context.
  case itemTooLong(index: Int, tokens: Int, limit: Int)
}

extension EvaluationError: MnemeError {
  /// The message: what went wrong, where, what was expected, and a hint.
  public var explanation: ErrorExplanation {
    switch self {
    case .unreadable(let path, let reason):
      ErrorExplanation(
        what: "the file cannot be read (\(reason))", location: path, expected: "a readable file",
        hint: nil)
    case .invalidLine(let path, let line, let reason):
      ErrorExplanation(
        what: reason, location: "\(path), line \(line)", expected: "one JSON object a line",
        hint: "an item looks like {\"prompt\": \"...\", \"answer\": \"...\"}")
    case .nothingToMeasure(let source, let reason):
      ErrorExplanation(
        what: "there is nothing to measure: \(reason)", location: source, expected: nil, hint: nil)
    case .invalidEdits(let path):
      ErrorExplanation(
        what: "the file holds no knowledge edits", location: path,
        expected: "a JSON list of CounterFact records or of coverage edits")
    case .invalidConversation(let path, let record, let reason):
      ErrorExplanation(
        what: reason, location: "\(path), record \(record)",
        expected:
          "a conversation with questions: LongMemEval, LoCoMo, MemoryBank, or turns and questions",
        hint: "a record looks like {\"turns\": [{\"role\": \"user\", \"text\": \"...\"}], "
          + "\"questions\": [{\"question\": \"...\", \"answer\": \"...\"}]}")
    case .invalidUTF8(let path, let offset):
      ErrorExplanation(
        what: "the text is not valid UTF-8", location: "\(path), byte \(offset)",
        expected: "UTF-8 text", hint: "convert it first, for example with iconv -t utf-8")
    case .wideText(let path):
      ErrorExplanation(
        what: "the text is not UTF-8 but UTF-16 or UTF-32", location: path,
        expected: "UTF-8 text",
        hint: "convert it first, for example with iconv -f utf-16 -t utf-8")
    case .invalidResults(let path):
      ErrorExplanation(
        what: "the file does not hold the results of a run", location: path,
        expected: "the JSON object that mneme ab --results wrote")
    case .unwritable(let path):
      ErrorExplanation(
        what: "the file cannot be written", location: path,
        expected: "a folder that can be written",
        hint: "look at its permissions and at the free space")
    case .otherRun(let path):
      ErrorExplanation(
        what: "the unfinished run was made with other settings", location: path,
        expected: "the same model, memories, arms, suites and seed",
        hint: "repeat the original command, or leave --resume out to start over")
    case .itemTooLong(let index, let tokens, let limit):
      ErrorExplanation(
        what: "item \(index + 1) needs \(tokens) tokens", location: nil,
        expected: "at most \(limit), the length of the context",
        hint: "raise --context if the model allows it, or shorten the item")
    }
  }
}
