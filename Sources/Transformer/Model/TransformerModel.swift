public import ModelFiles
import Synchronization
public import Tensors

/// The weights of a model, as views into the mapped file. Immutable and shared by any number of sessions.
public final class TransformerModel: Sendable {
  /// The shape of the model.
  public let configuration: TransformerConfiguration
  /// The file the weights lie in.
  public let file: ModelFile
  /// The threads the forward pass runs on.
  public let threads: ThreadPool
  /// The element type of the sessions' key/value caches.
  public let cacheType: CacheType
  let embedding: WeightMatrix  // [vocabulary, width]   token_embd.weight
  let blocks: [Block]
  let positions: WeightMatrix?  // [context, width]     position_embd.weight
  let outputNorm: Norm  // over width                   output_norm
  let output: WeightMatrix  // [vocabulary, width]      output.weight, or the embedding when tied
  /// The number of weights.
  public var weightCount: Int { file.tensors.reduce(0) { $0 + $1.elementCount } }
  private let dequantisedOutput = Mutex<OutputMatrix?>(nil)

  /// Finds and checks the weights in a GGUF file.
  ///
  /// - Throws: `TransformerError` when the architecture or a hyper-parameter is not supported, a tensor is missing or has
  ///   another shape than the hyper-parameters say, or the heads do not fit the cache's type.
  public init(
    file: ModelFile, threads: ThreadPool = .shared, cacheType: CacheType = .f32
  ) throws(TransformerError) {
    let configuration = try TransformerConfiguration(file: file)
    guard configuration.headDimension % cacheType.element.blockSize == 0 else {
      throw .unsupportedCache(
        path: file.path, type: cacheType.element.name, headDimension: configuration.headDimension)
    }
    guard let architecture = Architectures.named(configuration.architecture) else {
      throw .unsupportedArchitecture(path: file.path, found: configuration.architecture)
    }
    let loader = WeightLoader(file: file)
    let width = configuration.width
    embedding = try loader.matrix(
      "token_embd.weight", rows: configuration.vocabularySize, columns: width)
    positions =
      configuration.traits?.hasPositionEmbeddings == true
      ? try loader.matrix(
        "position_embd.weight", rows: configuration.contextLength, columns: width) : nil
    var blocks: [Block] = []
    for layer in 0..<configuration.layerCount {
      blocks.append(
        try architecture.block(
          BlockLoader(loader: loader, configuration: configuration, layer: layer)))
    }
    self.blocks = blocks
    outputNorm = try loader.norm("output_norm", columns: width, of: configuration)
    output =
      file.tensor("output.weight") == nil
      ? embedding
      : try loader.matrix("output.weight", rows: configuration.vocabularySize, columns: width)
    try loader.refuseUnused()
    self.configuration = configuration
    self.file = file
    self.threads = threads
    self.cacheType = cacheType
  }

  /// logits = cap(hidden Wᵀ) with the output matrix W.
  ///
  /// - Parameters:
  ///   - hidden: final hidden states after the norm, [rows, width].
  ///   - logits: the result, [rows, vocabulary].
  public func unembed(
    _ hidden: UnsafePointer<Float>, rows: Int, into logits: UnsafeMutablePointer<Float>
  ) {
    project(hidden, rows: rows, into: logits)
    cap(logits, count: rows * configuration.vocabularySize)
  }

  /// Applies the soft cap of logits in place, where the architecture has one.
  public func cap(_ scores: UnsafeMutablePointer<Float>, count: Int) {
    guard let limit = configuration.traits?.logitSoftCap else { return }
    LinearAlgebra.softCap(scores, limit: limit, count: count)
  }

  /// hidden Wᵀ with the output matrix W: the logits before the soft cap some architectures have.
  public func project(
    _ hidden: UnsafePointer<Float>, rows: Int, into scores: UnsafeMutablePointer<Float>
  ) {
    output.product(hidden, into: scores, count: rows, threads: threads)
  }

  /// The logit of one token for one final hidden state, [width].
  public func logit(of token: Int32, hidden: ArraySlice<Float>) -> Float {
    let matrix = outputMatrix
    var score: Float = hidden.withUnsafeBufferPointer { hidden in
      guard let start = hidden.baseAddress else { return 0 }
      return matrix.withUnsafePointer { values in
        LinearAlgebra.dot(values + Int(token) * matrix.columns, start, count: matrix.columns)
      }
    }
    cap(&score, count: 1)
    return score
  }

  /// The derivatives of the logits with respect to their values before the soft cap, [vocabulary]; nil without a soft
  /// cap.
  public func logitSlopes(_ logits: UnsafePointer<Float>) -> [Float]? {
    guard let limit = configuration.traits?.logitSoftCap else { return nil }
    return (0..<configuration.vocabularySize).map {
      1 - (logits[$0] / limit) * (logits[$0] / limit)
    }
  }

  /// The output matrix as Float32, dequantised at the first call and then kept.
  public var outputMatrix: OutputMatrix {
    dequantisedOutput.withLock { cached in
      if let cached { return cached }
      let matrix = OutputMatrix(output)
      cached = matrix
      return matrix
    }
  }

  /// The scaled embedding of a token, before position embeddings, [width].
  public func embed(_ token: Int32) throws(TransformerError) -> [Float] {
    guard token >= 0, Int(token) < configuration.vocabularySize else {
      throw .tokenOutOfRange(token: token, vocabularySize: configuration.vocabularySize)
    }
    var row = [Float](repeating: 0, count: configuration.width)
    embed(token, into: &row)
    return row
  }
}

extension TransformerModel {
  /// Writes the scaled embedding of a token within the vocabulary to `row`, [width].
  func embed(_ token: Int32, into row: UnsafeMutablePointer<Float>) {
    embedding.dequantize(rows: Int(token)..<Int(token) + 1, into: row)
    guard let scale = configuration.traits?.embeddingScale else { return }
    for column in 0..<configuration.width { row[column] *= scale }
  }
}

/// The output matrix in Float32, for gradients through it.
public final class OutputMatrix: @unchecked Sendable {
  /// Tokens in the vocabulary.
  public let rows: Int
  /// Values per token.
  public let columns: Int
  private let storage: UnsafeMutablePointer<Float>

  init(_ matrix: WeightMatrix) {
    rows = matrix.rows
    columns = matrix.columns
    storage = .allocate(capacity: rows * columns)
    matrix.dequantize(rows: 0..<rows, into: storage)
  }

  deinit { storage.deallocate() }

  /// Calls `body` with the values, [rows, columns].
  public func withUnsafePointer<Result>(_ body: (UnsafePointer<Float>) -> Result) -> Result {
    body(storage)
  }

  /// One token's row, [columns].
  public func row(_ token: Int32) -> [Float] {
    precondition(token >= 0 && Int(token) < rows, "token outside the vocabulary")
    return Array(UnsafeBufferPointer(start: storage + Int(token) * columns, count: columns))
  }
}
