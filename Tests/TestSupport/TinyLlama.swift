import Foundation
import ModelFiles
import Tensors
public import Transformer

/// A Llama-shaped model of random weights, a few kilobytes, for tests that need any model at all.
public struct TinyLlama: Sendable {
  /// Repeatable random numbers (SplitMix64).
  public struct Generator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Starts a sequence.
    public init(seed: UInt64) { state = seed }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }

    /// Values close to a normal distribution: sums of four uniform numbers.
    public mutating func normal(_ count: Int, deviation: Float = 1) -> [Float] {
      (0..<count).map { _ in
        let sum = (0..<4).reduce(Float(0)) { sum, _ in sum + Float.random(in: -1...1, using: &self)
        }
        return sum * deviation * 0.866
      }
    }
  }

  /// The model.
  public let model: TransformerModel
  /// Its file.
  public let path: String
  private let folder: TemporaryFolder

  /// Tokens in the vocabulary.
  public static let vocabularySize = 288

  /// Makes the model and its file.
  ///
  /// - Parameters:
  ///   - seed: models of different seeds have the same shape and other weights.
  ///   - chatTemplate: another chat template than the one of the vocabulary.
  public init(
    seed: UInt64 = 1, width: Int = 32, layers: Int = 2, chatTemplate: String? = nil
  ) throws {
    folder = try TemporaryFolder()
    path = folder.path("tiny.gguf")
    var generator = Generator(seed: seed)
    var writer = GGUFWriter()
    let inner = width * 3 / 2
    writer.metadata["general.architecture"] = .string("llama")
    for (key, value) in [
      "embedding_length": width, "block_count": layers, "context_length": 256,
      "attention.head_count": 4, "attention.head_count_kv": 2, "feed_forward_length": inner,
    ].sorted(by: { $0.key < $1.key }) {
      writer.metadata["llama.\(key)"] = .unsigned(UInt64(value))
    }
    writer.metadata["llama.attention.layer_norm_rms_epsilon"] = .float(1e-5)
    Self.addTokenizer(to: &writer.metadata)
    if let chatTemplate { writer.metadata["tokenizer.chat_template"] = .string(chatTemplate) }
    func add(_ name: String, _ columns: Int, _ rows: Int) {
      writer.add(
        name, shape: [columns, rows],
        floats: generator.normal(columns * rows, deviation: 1 / Float(columns).squareRoot()))
    }
    func addNorm(_ name: String) {
      writer.add(name, shape: [width], floats: [Float](repeating: 1, count: width))
    }
    writer.add(
      "token_embd.weight", shape: [width, Self.vocabularySize],
      floats: generator.normal(width * Self.vocabularySize))
    for layer in 0..<layers {
      addNorm("blk.\(layer).attn_norm.weight")
      add("blk.\(layer).attn_q.weight", width, width)
      add("blk.\(layer).attn_k.weight", width, width / 2)
      add("blk.\(layer).attn_v.weight", width, width / 2)
      add("blk.\(layer).attn_output.weight", width, width)
      addNorm("blk.\(layer).ffn_norm.weight")
      add("blk.\(layer).ffn_gate.weight", width, inner)
      add("blk.\(layer).ffn_up.weight", width, inner)
      add("blk.\(layer).ffn_down.weight", inner, width)
    }
    addNorm("output_norm.weight")
    writer.add(
      "output.weight", shape: [width, Self.vocabularySize],
      floats: generator.normal(width * Self.vocabularySize, deviation: 0.4))
    try writer.write(to: path)
    model = try TransformerModel(file: try ModelFile.open(path))
  }

  /// Bytes, three special tokens, and the letters and a blank.
  private static func addTokenizer(to metadata: inout GGUFMetadata) {
    var pieces = ["<unk>", "<s>", "</s>"]
    var types: [Int64] = [2, 3, 3]
    for byte in 0..<256 {
      let digits = String(byte, radix: 16, uppercase: true)
      pieces.append("<0x\(digits.count == 1 ? "0" : "")\(digits)>")
      types.append(6)
    }
    for piece in ["\u{2581}"] + "abcdefghijklmnopqrstuvwxyz.,".map(String.init) {
      pieces.append(piece)
      types.append(1)
    }
    metadata["tokenizer.ggml.model"] = .string("llama")
    metadata["tokenizer.ggml.tokens"] = .stringArray(pieces)
    metadata["tokenizer.ggml.scores"] = .floatArray(
      pieces.indices.map { types[$0] == 1 ? -Float($0) : 0 })
    metadata["tokenizer.ggml.token_type"] = .signedArray(types)
    metadata["tokenizer.ggml.bos_token_id"] = .unsigned(1)
    metadata["tokenizer.ggml.eos_token_id"] = .unsigned(2)
  }

  /// Random ordinary tokens.
  public static func tokens(_ count: Int, seed: UInt64, among variety: Int = 40) -> [Int32] {
    var generator = Generator(seed: seed)
    return (0..<count).map { _ in 3 + Int32.random(in: 0..<Int32(variety), using: &generator) }
  }
}
