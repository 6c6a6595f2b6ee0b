import Memory
import Transformer

extension RowBank {
  /// The rows that tokens have where they are read after some others; nil where there are none, or they cannot be read.
  init?(reading tokens: [Int32], after lead: [Int32], _ context: ModuleContext, _ shape: RowShape) {
    let text = lead + tokens
    guard !tokens.isEmpty, text.count <= context.model.configuration.contextLength else {
      return nil
    }
    let points = [HookPoint.Site.k, .v].flatMap { site in
      (0..<shape.layers).map { HookPoint.block($0, site) }
    }
    let recorder = ActivationRecorder(
      model: context.model, points: points, contextLength: text.count)
    guard let rows = try? recorder.record(text) else { return nil }
    let tables = rows.map { Array($0.suffix(tokens.count * shape.columns)) }
    var sources = RowSources()
    for (place, token) in tokens.enumerated() {
      sources.append(token: token, journal: -1, place: place, isSpoken: false, surprisal: 0)
    }
    self.init(
      keys: EncodedRows(Array(tables[..<shape.layers]), shape: shape, type: .f32),
      values: EncodedRows(Array(tables[shape.layers...]), shape: shape, type: .f32),
      sources: sources)
  }
}
