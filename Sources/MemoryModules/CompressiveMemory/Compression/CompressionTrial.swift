import Memory
import ModelFiles
import Tensors
import Transformer

/// The calibration data of a compressive memory: texts and conversations passed through the model with the memory's
/// rows in its attention.
struct CompressionTrial {
  /// A part of the texts is enough: every token passes through the model once for each candidate.
  private static let texts = 3
  private static let windows = 6
  private static let people = 3
  /// Pairs of consecutive windows that the convolutions are fitted to; every fourth is held out for selection.
  private static let pairs = 16
  private static let queryStride = 4
  /// Convolutions with more weights than this would make adapter files too large.
  private static let weightLimit = 1 << 24

  private let context: ModuleContext
  private let lives: [[CalibrationData.Segment]]
  private let streams: [[CalibrationData.Segment]]

  init(_ data: CalibrationData, context: ModuleContext) {
    self.context = context
    let known = data.episodes.filter { $0.allSatisfy { !$0.tokens.isEmpty } && !$0.isEmpty }
    let isStream = known.map { $0.count > 1 && CalibrationData.isText($0) }
    streams = zip(known, isStream).filter(\.1).map { Array($0.0.prefix(Self.windows)) }
    lives =
      streams.prefix(Self.texts)
      + zip(known, isStream).filter { !$0.1 }.prefix(Self.people).map(\.0)
  }

  var hasTexts: Bool { !streams.isEmpty }

  // MARK: - Choosing

  /// Mean nats per unit of weight without a memory.
  var plainLoss: Double {
    var sum = Sum()
    for segment in lives.joined() {
      for (weight, value) in zip(segment.weights, segment.logProbabilities) where weight > 0 {
        sum.add(-Double(value), weight: weight)
      }
    }
    return sum.mean
  }

  /// The same with a memory that is empty at the beginning of each episode.
  func loss(_ parameters: ModuleParameters) throws(MemoryError) -> Double {
    var sum = Sum()
    let session = TransformerSession(model: context.model)
    for life in lives {
      let memory = try CompressiveMemory(context: context, parameters: parameters)
      let runner = LifeRunner(memory, session: session)
      defer { runner.leave() }
      do throws(TransformerError) {
        for segment in life {
          try runner.read(segment) { row, logits in
            guard let values = logits.baseAddress else { return }
            let total = LinearAlgebra.logSumExp(values, count: logits.count)
            sum.add(
              Double(total - values[Int(segment.targets[row])]), weight: segment.weights[row])
          }
          try runner.learn(segment)
        }
      } catch {
        throw .calibrationFailed(reason: error.explanation.what)
      }
    }
    return sum.mean
  }

  private struct Sum {
    private var total = 0.0
    private var weight = 0.0

    mutating func add(_ value: Double, weight: Float) {
      total += value * Double(weight)
      self.weight += Double(weight)
    }

    var mean: Double { weight > 0 && total.isFinite ? total / weight : .infinity }
  }

  // MARK: - Fitting

  /// Kernels for every head of every block; none when they would exceed `weightLimit`.
  func fit(
    rate: Int, progress: (Double) -> Void
  ) throws(MemoryError) -> [String: ParameterTensor] {
    let shape = context.model.configuration
    let (heads, dimension) = (shape.keyValueHeadCount, shape.headDimension)
    let count = shape.layerCount * heads
    guard 2 * count * rate * dimension * dimension <= Self.weightLimit else { return [:] }
    let views = try self.views(rate: rate) { progress(0.5 * $0) }
    guard views.count > 1 else { return [:] }
    let fit = ConvolutionFit(rate: rate, dimension: dimension)
    // Every fourth pair is held out.
    let judges = views.indices.filter { $0 % 4 == 1 }
    var fitted = [ConvolutionFit.Kernels?](repeating: nil, count: count)
    fitted.withUnsafeMutableBufferPointer { fitted in
      nonisolated(unsafe) let fitted = fitted
      context.model.threads.parallel(count) { range in
        for index in range {
          let samples = views.map {
            $0.sample(layer: index / heads, head: index % heads, shape: shape)
          }
          fitted[index] = fit.fit(
            samples.indices.filter { !judges.contains($0) }.map { samples[$0] },
            heldOut: judges.map { samples[$0] })
        }
      }
    }
    progress(1)
    let kernels = fitted.compactMap(\.self)
    return RowCompressor.tensors(
      keys: kernels.map(\.keys), values: kernels.map(\.values), layers: shape.layerCount,
      rate: rate)
  }

  /// The keys and values of one window, and the queries of the next window on them; keys and queries before RoPE.
  private struct View {
    var keys: [[Float]]  // per block [rows, key/value columns]
    var values: [[Float]]
    var queries: [[Float]]  // per block [some rows, query columns]

    /// The part of one head; the queries of all heads that share its keys.
    func sample(
      layer: Int, head: Int, shape: TransformerConfiguration
    ) -> ConvolutionFit.Sample {
      let d = shape.headDimension
      let group = shape.headCount / shape.keyValueHeadCount
      func part(_ rows: [Float], heads: Range<Int>, of total: Int) -> [Float] {
        stride(from: 0, to: rows.count, by: total * d).flatMap { row in
          heads.flatMap { rows[row + $0 * d..<row + ($0 + 1) * d] }
        }
      }
      return ConvolutionFit.Sample(
        keys: part(keys[layer], heads: head..<head + 1, of: shape.keyValueHeadCount),
        values: part(values[layer], heads: head..<head + 1, of: shape.keyValueHeadCount),
        queries: part(
          queries[layer], heads: head * group..<(head + 1) * group, of: shape.headCount),
        dimension: d)
    }
  }

  private func views(
    rate: Int, progress: (Double) -> Void
  ) throws(MemoryError) -> [View] {
    let all = streams.flatMap { stream in zip(stream, stream.dropFirst()).map { ($0.0, $0.1) } }
    let step = max(1, all.count / Self.pairs)
    let chosen = stride(from: 0, to: all.count, by: step).prefix(Self.pairs).map { all[$0] }
    let layers = context.model.configuration.layerCount
    let recorder = ActivationRecorder(
      model: context.model,
      points: [HookPoint.Site.q, .k, .v].flatMap { site in
        (0..<layers).map { .block($0, site) }
      }, contextLength: context.model.configuration.contextLength)
    var result: [View] = []
    for (old, new) in chosen {
      let rows = (old.tokens.count - 1) / rate * rate
      guard rows > 0, new.tokens.count > 1 else { continue }
      do throws(TransformerError) {
        let (seen, asked) = (try recorder.record(old.tokens), try recorder.record(new.tokens))
        // Without the first token, as in the memory.
        func cut(_ table: [Float], _ count: Int) -> [Float] {
          let width = table.count / count
          return Array(table[width..<(rows + 1) * width])
        }
        result.append(
          View(
            keys: seen[layers..<2 * layers].map { cut($0, old.tokens.count) },
            values: seen[(2 * layers)...].map { cut($0, old.tokens.count) },
            queries: asked[..<layers].map { table in
              let width = table.count / new.tokens.count
              return stride(from: 1, to: new.tokens.count, by: Self.queryStride).flatMap {
                table[$0 * width..<($0 + 1) * width]
              }
            }))
      } catch {
        throw .calibrationFailed(reason: error.explanation.what)
      }
      progress(Double(result.count) / Double(chosen.count))
    }
    return result
  }
}
