public import ModelFiles
import Tensors
public import Tokenization
public import Transformer

/// A Llama of a few thousand random weights with `SmallVocabulary`, the same in every run.
public struct TinyModel {
  /// The opened file.
  public let file: GGUFFile
  /// The model.
  public let model: TransformerModel
  /// Its tokenizer.
  public let tokenizer: any Tokenizer

  /// Makes the model.
  ///
  /// - Parameters:
  ///   - width: of the residual stream; a multiple of 8.
  ///   - layers: blocks.
  ///   - context: tokens.
  ///   - template: the chat template of the file.
  ///   - seed: of the weights.
  public init(
    width: Int = 32, layers: Int = 2, context: Int = 64, template: String? = nil, seed: UInt64 = 1
  ) throws {
    var writer = GGUFWriter()
    let vocabulary = SmallVocabulary()
    Self.describe(width, layers, context, vocabulary.pieces.count, in: &writer)
    vocabulary.add(to: &writer)
    if let template { writer.metadata["tokenizer.chat_template"] = .string(template) }
    var numbers = WeightNumbers(state: seed)
    func matrix(_ name: String, _ columns: Int, _ rows: Int) {
      let scale = 1 / Float(columns).squareRoot()
      let values = (0..<rows * columns).map { _ in numbers.next() * scale }
      writer.add(name, shape: [columns, rows], floats: values)
    }
    func ones(_ name: String) {
      writer.add(name, shape: [width], floats: Array(repeating: 1, count: width))
    }
    matrix("token_embd.weight", width, vocabulary.pieces.count)
    for layer in 0..<layers {
      let block = "blk.\(layer)."
      ones(block + "attn_norm.weight")
      matrix(block + "attn_q.weight", width, width)
      matrix(block + "attn_k.weight", width, width / 2)
      matrix(block + "attn_v.weight", width, width / 2)
      matrix(block + "attn_output.weight", width, width)
      ones(block + "ffn_norm.weight")
      matrix(block + "ffn_gate.weight", width, 2 * width)
      matrix(block + "ffn_up.weight", width, 2 * width)
      matrix(block + "ffn_down.weight", 2 * width, width)
    }
    ones("output_norm.weight")
    matrix("output.weight", width, vocabulary.pieces.count)
    file = try SmallVocabulary.file(writer)
    model = try TransformerModel(file: file, threads: .shared)
    tokenizer = try loadTokenizer(from: file)
  }

  private static func describe(
    _ width: Int, _ layers: Int, _ context: Int, _ vocabularySize: Int, in writer: inout GGUFWriter
  ) {
    writer.metadata["general.architecture"] = .string("llama")
    writer.metadata["general.name"] = .string("tiny")
    let numbers: [String: Int] = [
      "vocab_size": vocabularySize, "context_length": context, "embedding_length": width,
      "block_count": layers, "feed_forward_length": 2 * width, "attention.head_count": 4,
      "attention.head_count_kv": 2, "rope.dimension_count": width / 4,
    ]
    for (key, value) in numbers.sorted(by: { $0.key < $1.key }) {
      writer.metadata["llama." + key] = .unsigned(UInt64(value))
    }
    writer.metadata["llama.attention.layer_norm_rms_epsilon"] = .float(Double(Float(1e-5)))
  }
}

/// Numbers between -1 and 1 that are the same in every run (SplitMix64).
private struct WeightNumbers {
  var state: UInt64

  mutating func next() -> Float {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return Float((z ^ z >> 31) >> 40) / Float(1 << 23) - 1
  }
}
