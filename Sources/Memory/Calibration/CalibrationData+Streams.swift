import ModelFiles
public import Tokenization
public import Transformer

extension CalibrationData {
  /// Texts read in windows with learning, as `mneme perplexity --learn` reads them: every token is predicted, then learned.
  ///
  /// - Parameters:
  ///   - texts: tokens, one episode each.
  ///   - keys: how keys are made.
  ///   - window: tokens of a window, the beginning-of-sequence token included.
  ///   - progress: called with the share done.
  /// - Throws: `MemoryError.calibrationFailed` when the model cannot read them.
  public static func streams(
    _ texts: [[Int32]], model: TransformerModel, tokenizer: any Tokenizer, keys: KeyTransform,
    window: Int, progress: (Double) -> Void = { _ in }
  ) throws(MemoryError) -> CalibrationData {
    let recorder = ActivationRecorder(
      model: model, points: keys.points + [.lnFinal], contextLength: window)
    let start = tokenizer.special.bos ?? 0
    var episodes: [[Segment]] = []
    for (index, tokens) in texts.enumerated() {
      var episode: [Segment] = []
      for first in stride(from: 0, to: tokens.count, by: window - 1) {
        let part = [start] + tokens[first..<min(tokens.count, first + window - 1)]
        guard part.count > 1 else { continue }
        var raw: [[Float]]
        do throws(TransformerError) { raw = try recorder.record(part) } catch {
          throw .calibrationFailed(reason: error.explanation.what)
        }
        raw = raw.map { Array($0.dropLast($0.count / part.count)) }
        let hidden = raw.removeLast()
        let rows = part.count - 1
        episode.append(
          Segment(
            keys: keys.keys(raw, rows: rows), hidden: hidden, targets: Array(part.dropFirst()),
            isLearned: [Bool](repeating: true, count: rows),
            weights: [Float](repeating: 1, count: rows), tokens: part))
        progress((Double(index) + Double(first) / Double(tokens.count)) / Double(texts.count))
      }
      episodes.append(episode)
    }
    return CalibrationData(episodes: episodes, model: model)
  }
}
