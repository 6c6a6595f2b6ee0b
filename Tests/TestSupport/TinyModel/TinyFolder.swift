import Foundation
import ModelFiles
public import Tensors

/// A `TinyModel` as a Hugging Face folder: the same weights under that library's names and in its order of rows.
public struct TinyFolder: Sendable {
  /// The folder.
  public let path: String
  private let place: TemporaryFolder

  /// Writes the folder.
  ///
  /// - Parameters:
  ///   - model: a model of F32, F16 or BF16.
  ///   - type: what vectors are stored as; matrices keep their type.
  public init(_ model: TinyModel, vectors: ElementType = .f32) throws {
    place = try TemporaryFolder()
    path = place.path("tiny-folder")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    let file = try ModelFile.open(model.path)
    var writer = SafetensorsWriter(metadata: ["format": "pt"])
    for tensor in file.tensors {
      let type = tensor.shape.count == 1 ? vectors : tensor.type
      var bytes = Data(tensor.bytes)
      if tensor.shape.count == 1 {
        let values = tensor.bytes.bindMemory(to: Float.self)
        bytes = Data(ElementEncoding.encode(Array(values), as: vectors) ?? [])
      }
      if tensor.name.hasSuffix("attn_q.weight") || tensor.name.hasSuffix("attn_k.weight") {
        bytes = Self.halves(bytes, rows: tensor.shape[1], perHead: model.shape.headDimension)
      }
      let stored: SafetensorsType = type == .f32 ? .f32 : type == .f16 ? .f16 : .bf16
      writer.add(
        Self.name(tensor.name), type: stored, shape: tensor.shape.reversed(), bytes: bytes)
    }
    try writer.write(to: path + "/model.safetensors")
    try describe(model, vocabulary: file.tensor("token_embd.weight")?.shape.last ?? 0)
  }

  private func describe(_ model: TinyModel, vocabulary: Int) throws {
    let shape = model.shape
    let config: [String: Any] = [
      "model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": vocabulary,
      "hidden_size": shape.width, "num_hidden_layers": shape.layers,
      "num_attention_heads": shape.heads, "num_key_value_heads": shape.keyValueHeads,
      "head_dim": shape.headDimension, "intermediate_size": shape.feedForward,
      "max_position_embeddings": shape.context, "rms_norm_eps": 1e-5, "rope_theta": 10_000,
      "tie_word_embeddings": shape.isTied,
    ]
    try JSONSerialization.data(withJSONObject: config)
      .write(to: URL(fileURLWithPath: path + "/config.json"))
    // Letters only: what the model's embedding has more, the reader fills up.
    let letters = ["<|end|>"] + (97...122).map { String(UnicodeScalar(UInt8($0))) }
    let tokens = Dictionary(uniqueKeysWithValues: letters.enumerated().map { ($1, $0) })
    let tokenizer: [String: Any] = [
      "version": "1.0",
      "added_tokens": [
        [
          "id": 0, "content": "<|end|>", "special": true, "normalized": false, "lstrip": false,
          "rstrip": false, "single_word": false,
        ] as [String: Any]
      ],
      "pre_tokenizer": [
        "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true,
      ] as [String: Any],
      "decoder": ["type": "ByteLevel"],
      "model": ["type": "BPE", "vocab": tokens, "merges": [String]()] as [String: Any],
    ]
    try JSONSerialization.data(withJSONObject: tokenizer)
      .write(to: URL(fileURLWithPath: path + "/tokenizer.json"))
  }

  /// Rows whose pairs lie side by side in each head, in halves instead.
  private static func halves(_ bytes: Data, rows: Int, perHead: Int) -> Data {
    let size = bytes.count / rows
    var result = Data()
    for row in 0..<rows {
      let (head, inside) = (row / perHead, row % perHead)
      let (half, pair) = (inside / (perHead / 2), inside % (perHead / 2))
      let origin = head * perHead + 2 * pair + half
      result.append(bytes[origin * size..<(origin + 1) * size])
    }
    return result
  }

  /// The name of a tensor in the library's terms.
  private static func name(_ name: String) -> String {
    let parts = name.split(separator: ".").map(String.init)
    let names = [
      "token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head",
      "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
      "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
      "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
      "ffn_down": "mlp.down_proj",
    ]
    guard parts[0] == "blk" else { return (names[parts[0]] ?? parts[0]) + ".weight" }
    return "model.layers.\(parts[1]).\(names[parts[2]] ?? parts[2]).weight"
  }
}
