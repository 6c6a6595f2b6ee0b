public import ModelFiles
public import Tensors
public import Tokenization
public import Transformer

/// A small Llama model with random weights, written as a GGUF file into a temporary folder.
///
/// The same shape and seed give the same bytes. The folder goes with the last copy.
public struct TinyModel: Sendable {
  /// What the model looks like.
  public struct Shape: Sendable, Equatable {
    /// Values per token; a multiple of 32 for Q8_0.
    public var width = 64
    /// Blocks.
    public var layers = 2
    /// Query heads.
    public var heads = 4
    /// Key/value heads.
    public var keyValueHeads = 2
    /// Values per head; need not be width / heads.
    public var headDimension = 16
    /// Values inside the feed-forward; a multiple of 32 for Q8_0.
    public var feedForward = 96
    /// The longest context.
    public var context = 512
    /// Values per head that are rotated.
    public var ropeDimension = 16
    /// Whether the embedding is the output matrix, too.
    public var isTied = true
    /// The type of the matrices; vectors are F32.
    public var type = ElementType.f32
    /// Types of single tensors that differ from `type`.
    public var typeOverrides: [String: ElementType] = [:]
    /// How much blocks add to their input; with little of it a token alone says what the next one is.
    public var blockGain = 1.0
    /// Further control tokens of the vocabulary.
    public var marks: [String] = []
    /// The chat template in the file.
    public var chatTemplate = TinyVocabulary.chatTemplate
    /// Where the random weights start.
    public var seed: UInt64 = 1

    /// The default shape.
    public init() {}

    /// The default shape with matrices of a type; superblocks need wider ones.
    public init(of type: ElementType) {
      self.type = type
      guard type.blockSize > 32 else { return }
      (width, feedForward, headDimension, ropeDimension) = (256, 256, 64, 64)
    }

    /// The default shape, changed.
    public init(_ change: (inout Shape) -> Void) { change(&self) }
  }

  /// The shape.
  public let shape: Shape
  /// The file.
  public let path: String
  /// The folder the file lies in.
  public let folder: TemporaryFolder

  /// Writes a model file.
  public init(_ shape: Shape = Shape(), in folder: TemporaryFolder? = nil) throws {
    let folder = try folder ?? TemporaryFolder()
    self.shape = shape
    self.folder = folder
    path = folder.path("tiny-\(shape.seed).gguf")
    try Self.writer(shape).write(to: path)
  }

  /// Opens the file as a model.
  public func load(threads: Int = 1) throws -> TransformerModel {
    try TransformerModel(file: ModelFile.open(path), threads: ThreadPool(threads: threads))
  }

  /// The file's tokenizer.
  public func tokenizer() throws -> any Tokenizer {
    try loadTokenizer(from: ModelFile.open(path))
  }

  /// The file before it is written, for tests that damage it.
  ///
  /// - Parameters:
  ///   - omitted: tensors left out.
  ///   - extents: tensors written with other extents than the shape asks for.
  public static func writer(
    _ shape: Shape = Shape(), omitting omitted: Set<String> = [],
    extents: [String: [Int]] = [:]
  ) -> GGUFWriter {
    var writer = GGUFWriter()
    let vocabulary = TinyVocabulary(marks: shape.marks)
    describe(shape, vocabulary, in: &writer.metadata)
    vocabulary.describe(in: &writer.metadata, chatTemplate: shape.chatTemplate)
    var random = TestRandom(seed: shape.seed)
    for tensor in tensors(shape, vocabulary: vocabulary.pieces.count) {
      // Drawn even when left out, so that the other weights stay the same.
      let drawn = random.normals(tensor.count, deviation: tensor.deviation)
      guard !omitted.contains(tensor.name) else { continue }
      let extent = extents[tensor.name] ?? tensor.extents
      var values = drawn.map { $0 + tensor.mean }
      let count = extent.reduce(1, *)
      values = (0..<count).map { values[$0 % values.count] }
      let type = tensor.extents.count == 1 ? .f32 : shape.typeOverrides[tensor.name] ?? shape.type
      writer.add(tensor.name, shape: extent, floats: values, type: type)
    }
    return writer
  }

  private static func describe(
    _ shape: Shape, _ vocabulary: TinyVocabulary, in metadata: inout GGUFMetadata
  ) {
    metadata["general.architecture"] = .string("llama")
    metadata["general.name"] = .string("tiny")
    let numbers = [
      "vocab_size": vocabulary.pieces.count, "context_length": shape.context,
      "embedding_length": shape.width, "block_count": shape.layers,
      "feed_forward_length": shape.feedForward, "attention.head_count": shape.heads,
      "attention.head_count_kv": shape.keyValueHeads,
      "attention.key_length": shape.headDimension, "attention.value_length": shape.headDimension,
      "rope.dimension_count": shape.ropeDimension,
    ]
    for (key, number) in numbers.sorted(by: { $0.key < $1.key }) {
      metadata["llama." + key] = .unsigned(UInt64(number))
    }
    metadata["llama.rope.freq_base"] = .float(10_000)
    metadata["llama.attention.layer_norm_rms_epsilon"] = .float(Double(Float(1e-5)))
  }

  private struct Tensor {
    let name: String
    let extents: [Int]
    let deviation: Double
    var mean: Float = 0
    var count: Int { extents.reduce(1, *) }
  }

  /// Every tensor of the shape in the order of the random stream.
  ///
  /// Deviations keep activations near one, so that logits spread over a few units and no layer is idle.
  private static func tensors(_ shape: Shape, vocabulary: Int) -> [Tensor] {
    let queries = shape.heads * shape.headDimension
    let keys = shape.keyValueHeads * shape.headDimension
    func matrix(_ name: String, _ inputs: Int, _ outputs: Int, gain: Double = 1) -> Tensor {
      Tensor(
        name: name, extents: [inputs, outputs], deviation: gain / Double(inputs).squareRoot())
    }
    func norm(_ name: String) -> Tensor {
      Tensor(name: name, extents: [shape.width], deviation: 0.1, mean: 1)
    }
    var all = [
      Tensor(name: "token_embd.weight", extents: [shape.width, vocabulary], deviation: 0.3)
    ]
    for layer in 0..<shape.layers {
      let prefix = "blk.\(layer)."
      all += [
        norm(prefix + "attn_norm.weight"),
        matrix(prefix + "attn_q.weight", shape.width, queries, gain: 1.5),
        matrix(prefix + "attn_k.weight", shape.width, keys, gain: 1.5),
        matrix(prefix + "attn_v.weight", shape.width, keys),
        matrix(prefix + "attn_output.weight", queries, shape.width, gain: 0.5 * shape.blockGain),
        norm(prefix + "ffn_norm.weight"),
        matrix(prefix + "ffn_gate.weight", shape.width, shape.feedForward),
        matrix(prefix + "ffn_up.weight", shape.width, shape.feedForward),
        matrix(
          prefix + "ffn_down.weight", shape.feedForward, shape.width, gain: 0.5 * shape.blockGain),
      ]
    }
    all.append(norm("output_norm.weight"))
    if !shape.isTied {
      all.append(
        Tensor(name: "output.weight", extents: [shape.width, vocabulary], deviation: 0.3))
    }
    return all
  }
}
