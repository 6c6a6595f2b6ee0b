public import ModelFiles
import Synchronization
public import Tensors

/// The weights of a Llama-shaped model, as views into the mapped file. Immutable and shared by any number of sessions.
public final class TransformerModel: Sendable {
  /// The weights of one block; names as in the GGUF file.
  struct Block: Sendable {
    let attentionNorm: [Float]  // [width]                        blk.i.attn_norm.weight
    let query: WeightMatrix  // [heads * headDimension, width]    blk.i.attn_q.weight
    let key: WeightMatrix  // [kvHeads * headDimension, width]    blk.i.attn_k.weight
    let value: WeightMatrix  // [kvHeads * headDimension, width]  blk.i.attn_v.weight
    let attentionOutput: WeightMatrix  // [width, heads * hd]     blk.i.attn_output.weight
    let feedForwardNorm: [Float]  // [width]                      blk.i.ffn_norm.weight
    let gate: WeightMatrix  // [feedForwardWidth, width]          blk.i.ffn_gate.weight
    let up: WeightMatrix  // [feedForwardWidth, width]            blk.i.ffn_up.weight
    let down: WeightMatrix  // [width, feedForwardWidth]          blk.i.ffn_down.weight
  }

  /// The shape of the model.
  public let configuration: TransformerConfiguration
  /// The file the weights lie in.
  public let file: ModelFile
  /// The threads the forward pass runs on.
  public let threads: ThreadPool
  let embedding: WeightMatrix  // [vocabulary, width]   token_embd.weight
  let blocks: [Block]
  let outputNorm: [Float]  // [width]                   output_norm.weight
  let output: WeightMatrix  // [vocabulary, width]      output.weight, or the embedding when tied
  private let dequantisedOutput = Mutex<OutputMatrix?>(nil)

  /// Finds and checks the weights in a GGUF file.
  ///
  /// - Throws: `TransformerError` when the architecture or a hyper-parameter is not supported, or a tensor is missing or
  ///   has another shape than the hyper-parameters say.
  public init(file: ModelFile, threads: ThreadPool = .shared) throws(TransformerError) {
    let configuration = try TransformerConfiguration(file: file)
    let loader = WeightLoader(file: file)
    let width = configuration.width
    let queries = configuration.headCount * configuration.headDimension
    let keys = configuration.keyValueHeadCount * configuration.headDimension
    let inner = configuration.feedForwardWidth
    try loader.refuseUnknown()
    embedding = try loader.matrix(
      "token_embd.weight", rows: configuration.vocabularySize, columns: width)
    var blocks: [Block] = []
    for layer in 0..<configuration.layerCount {
      let prefix = "blk.\(layer)."
      blocks.append(
        Block(
          attentionNorm: try loader.vector(prefix + "attn_norm.weight", count: width),
          query: try loader.matrix(prefix + "attn_q.weight", rows: queries, columns: width),
          key: try loader.matrix(prefix + "attn_k.weight", rows: keys, columns: width),
          value: try loader.matrix(prefix + "attn_v.weight", rows: keys, columns: width),
          attentionOutput: try loader.matrix(
            prefix + "attn_output.weight", rows: width, columns: queries),
          feedForwardNorm: try loader.vector(prefix + "ffn_norm.weight", count: width),
          gate: try loader.matrix(prefix + "ffn_gate.weight", rows: inner, columns: width),
          up: try loader.matrix(prefix + "ffn_up.weight", rows: inner, columns: width),
          down: try loader.matrix(prefix + "ffn_down.weight", rows: width, columns: inner)))
    }
    self.blocks = blocks
    outputNorm = try loader.vector("output_norm.weight", count: width)
    output =
      file.tensor("output.weight") == nil
      ? embedding
      : try loader.matrix("output.weight", rows: configuration.vocabularySize, columns: width)
    self.configuration = configuration
    self.file = file
    self.threads = threads
  }

  /// logits = hidden Wᵀ with the output matrix W.
  ///
  /// - Parameters:
  ///   - hidden: final hidden states after the norm, [rows, width].
  ///   - logits: the result, [rows, vocabulary].
  public func unembed(
    _ hidden: UnsafePointer<Float>, rows: Int, into logits: UnsafeMutablePointer<Float>
  ) {
    output.product(hidden, into: logits, count: rows, threads: threads)
  }

  /// The output matrix as Float32, made at the first call and kept.
  public var outputMatrix: OutputMatrix {
    dequantisedOutput.withLock { cached in
      if let cached { return cached }
      let matrix = OutputMatrix(output)
      cached = matrix
      return matrix
    }
  }

  /// The embedding of a token, [width].
  public func embed(_ token: Int32) throws(TransformerError) -> [Float] {
    guard token >= 0, Int(token) < configuration.vocabularySize else {
      throw .tokenOutOfRange(token: token, vocabularySize: configuration.vocabularySize)
    }
    var row = [Float](repeating: 0, count: configuration.width)
    embedding.dequantize(rows: Int(token)..<Int(token) + 1, into: &row)
    return row
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
