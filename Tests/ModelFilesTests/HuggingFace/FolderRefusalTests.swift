import Foundation
import ModelFiles
import TestSupport
import Testing

@Suite("Hugging Face folders that are refused")
struct FolderRefusalTests {
  /// A change of a folder and words the message must have.
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var fixture = "llama"
    let words: [String]
    let change: @Sendable (FolderCopy) throws -> Void

    init(
      _ name: String, in fixture: String = "llama", _ words: String...,
      change: @escaping @Sendable (FolderCopy) throws -> Void
    ) {
      testDescription = name
      self.fixture = fixture
      self.words = words
      self.change = change
    }

    /// The case of a setting of another value.
    static func setting(
      _ key: String, _ json: String, in fixture: String = "llama", _ words: String...
    ) -> Case {
      Case(name: "\(key) = \(json)", fixture: fixture, words: [key] + words) { copy in
        let value = try JSONSerialization.jsonObject(
          with: Data(json.utf8), options: .fragmentsAllowed)
        try copy.edit { $0[key] = value }
      }
    }

    private init(
      name: String, fixture: String, words: [String],
      change: @escaping @Sendable (FolderCopy) throws -> Void
    ) {
      testDescription = name
      self.fixture = fixture
      self.words = words
      self.change = change
    }
  }

  private static let index = "model.safetensors.index.json"
  private static let shards = "mistral-shards-old"

  static let files: [Case] = [
    Case("no configuration", "no 'config.json'") { try $0.remove("config.json") },
    Case("no weights", "no weights") { try $0.remove("model.safetensors") },
    Case("a pickle", "pickle", "never executed", "safetensors") {
      try $0.remove("model.safetensors")
      try $0.write("x", as: "pytorch_model.bin")
    },
    Case("pickles in parts", "pickle", "never executed") {
      try $0.remove("model.safetensors")
      try $0.write("x", as: "pytorch_model-00001-of-00002.bin")
    },
    Case("an adapter", "adapter (LoRA)", "merge") {
      try $0.remove("model.safetensors")
      try $0.write("{}", as: "adapter_config.json")
      try $0.write("x", as: "adapter_model.safetensors")
    },
    Case("an empty configuration", "empty") { try $0.write("", as: "config.json") },
    Case("a configuration that is no object", "not valid JSON") {
      try $0.write("[1]", as: "config.json")
    },
    Case("nesting without end", "not valid JSON", "too deep") {
      try $0.write(String(repeating: "[", count: 1_000_000), as: "config.json")
    },
    Case("a setting twice", "twice") { try $0.write(#"{"a":1,"a":2}"#, as: "config.json") },
    Case("a huge configuration", "size", "at most") {
      try $0.write(Data(count: 5 << 20), as: "config.json")
    },
    Case("weights cut short", "safetensors") {
      try $0.write($0.data("model.safetensors").dropLast(100), as: "model.safetensors")
    },
    Case("weights that are a folder", "directory") {
      try $0.remove("model.safetensors")
      try FileManager.default.createDirectory(
        at: $0.url("model.safetensors"), withIntermediateDirectories: false)
    },
    Case("two sets of weights", in: shards, "index that names other files") {
      try $0.write("x", as: "model.safetensors")
    },
    Case("a shard that is missing", in: shards, "model-00002-of-00002", "missing") {
      try $0.remove("model-00002-of-00002.safetensors")
    },
    Case("an index without a map", in: shards, "weight_map") { try $0.write("{}", as: index) },
    Case("an index that is a list", in: shards, "weight_map") { try $0.write("[]", as: index) },
  ]

  /// An index in which the first tensor lies in the file of that name.
  private static func place(_ json: String, _ words: String...) -> Case {
    Case("a shard named \(json)", in: shards, "the index names the file") { copy in
      let value = try JSONSerialization.jsonObject(
        with: Data(json.utf8), options: .fragmentsAllowed)
      try copy.edit(index) { members in
        var map = members["weight_map"] as? [String: Any] ?? [:]
        map["lm_head.weight"] = value
        members["weight_map"] = map
      }
    }
  }

  static let indices: [Case] = [
    place(#""../model-00001-of-00002.safetensors""#), place(#""/etc/passwd""#), place("7"),
    place(#""a/b.safetensors""#), place(#""..""#), place(#""x.bin""#), place("null"),
    place("\"" + String(repeating: "x", count: 300) + ".safetensors\""),
    place(#""a\u0000.safetensors""#),
    Case("a tensor in another shard", in: shards, "model-00001", "as the index says") {
      try $0.edit(index) { members in
        var map = members["weight_map"] as? [String: String] ?? [:]
        let moved = map.keys.sorted().first { map[$0]?.contains("00001") == true }
        if let moved { map[moved] = "model-00002-of-00002.safetensors" }
        members["weight_map"] = map
      }
    },
    Case("a tensor the index leaves out", in: shards, "only tensors the index names") {
      try $0.edit(index) { members in
        var map = members["weight_map"] as? [String: String] ?? [:]
        map["model.norm.weight"] = nil
        members["weight_map"] = map
      }
    },
    Case("a tensor the index makes up", in: shards, "'ghost'", "is not in") {
      try $0.edit(index) { members in
        var map = members["weight_map"] as? [String: String] ?? [:]
        map["ghost"] = "model-00002-of-00002.safetensors"
        members["weight_map"] = map
      }
    },
  ]

  static let settings: [Case] = [
    Case("another architecture", "'mamba' is not supported", "llama, mistral, qwen2") {
      try $0.edit { $0["model_type"] = "mamba" }
    },
    .setting("model_type", "3", "a string"),
    .setting("hidden_size", "0"), .setting("hidden_size", "-1"),
    .setting("hidden_size", "9223372036854775807"), .setting("hidden_size", "1e300"),
    .setting("hidden_size", "\"32\""), .setting("hidden_size", "null", "missing"),
    .setting("num_hidden_layers", "1000000"), .setting("num_attention_heads", "0"),
    .setting("num_key_value_heads", "3"), .setting("vocab_size", "99999999999"),
    .setting("head_dim", "7"), .setting("head_dim", "[]"),
    .setting("max_position_embeddings", "-5"), .setting("rms_norm_eps", "-1"),
    .setting("hidden_act", #""relu""#, "not supported"),
    .setting("rope_parameters", "7", "an object"),
    Case("quantised weights", "quantised for another program ('gptq')") {
      try $0.edit { $0["quantization_config"] = ["quant_method": "gptq"] }
    },
    Case("weights quantised by MLX", "quantised for another program") {
      try $0.edit { $0["quantization"] = ["group_size": 64, "bits": 4] }
    },
    .setting("use_sliding_window", "true", in: "qwen2"),
    .setting("use_sliding_window", "1", in: "qwen2"),
    .setting("attention_bias", "true", in: "qwen3"),
    .setting("query_pre_attn_scalar", "224", in: "gemma2"),
    .setting("use_bidirectional_attention", "true", in: "gemma3"),
    .setting("attn_logit_softcapping", "50.0", in: "gemma3"),
    .setting("scale_attn_by_inverse_layer_idx", "true", in: "gpt2"),
    .setting("scale_attn_weights", "false", in: "gpt2"),
    .setting("add_cross_attention", "true", in: "gpt2"), .setting("n_head", "3", in: "gpt2"),
    .setting("activation_function", #""relu""#, in: "gpt2"),
  ]

  static let ropes: [Case] = [
    (#"{"rope_type":"longrope"}"#, "rope_type"), (#"{"rope_type":"yarn"}"#, "factor"),
    (#"{"rope_type":"yarn","factor":4,"mscale":1.0}"#, "mscale"),
    (#"{"rope_type":"yarn","factor":4,"truncate":false}"#, "truncate"),
    (#"{"rope_type":"linear","factor":0}"#, "factor"),
    (#"{"rope_type":"linear","factor":1e300}"#, "factor"),
    (#"{"rope_type":"default","rope_theta":-1}"#, "rope_theta"),
    (#"{"rope_type":"default","partial_rotary_factor":0.5}"#, "partial_rotary_factor"),
    (#"{"rope_type":"llama3","factor":8,"low_freq_factor":4,"high_freq_factor":4}"#, "low_freq"),
  ].map { json, word in
    Case("rope_parameters = \(json)", word) { copy in
      let value = try JSONSerialization.jsonObject(with: Data(json.utf8))
      try copy.edit { $0["rope_parameters"] = value }
    }
  }

  static let tensors: [Case] = [
    Case("an unknown tensor", "'model.layers.0.extra.weight'", "none this architecture has") {
      try $0.rewrite { tensor, writer in
        writer.add(tensor.name, type: tensor.type, shape: tensor.shape, bytes: tensor.data)
        if tensor.name == "model.norm.weight" {
          writer.add("model.layers.0.extra.weight", floats: [1], shape: [1])
        }
      }
    },
    Case("a tensor that is missing", "'model.norm.weight' is missing") {
      try $0.rewrite { tensor, writer in
        guard tensor.name != "model.norm.weight" else { return }
        writer.add(tensor.name, type: tensor.type, shape: tensor.shape, bytes: tensor.data)
      }
    },
    Case("rows and columns exchanged", "of shape", "as the configuration says") {
      try $0.rewrite { tensor, writer in
        writer.add(
          tensor.name, type: tensor.type, shape: tensor.shape.reversed(), bytes: tensor.data)
      }
    },
    Case("whole numbers as weights", "of type I16", "F32, F16 or BF16") {
      try $0.rewrite { tensor, writer in
        writer.add(tensor.name, type: .i16, shape: tensor.shape, bytes: tensor.data)
      }
    },
    Case("no matrix for the logits", "'lm_head.weight' is missing") {
      try $0.edit { $0["tie_word_embeddings"] = false }
    },
  ]

  @Test(
    "One sentence that names what is wrong", arguments: files + indices + settings + ropes + tensors
  )
  func refuses(_ example: Case) throws {
    let copy = try FolderCopy(example.fixture)
    try example.change(copy)
    let complaint = try #require(copy.complaint())
    for word in example.words { #expect(complaint.contains(word), "\(complaint)") }
    #expect(complaint.utf8.count < 1200 && !complaint.contains("\n"))
  }

  @Test("Constants of older versions and the parts for images are left out")
  func ignored() throws {
    let copy = try FolderCopy("gpt2")
    let before = try copy.open().tensors.count
    try copy.rewrite { tensor, writer in
      writer.add(tensor.name, type: tensor.type, shape: tensor.shape, bytes: tensor.data)
      guard tensor.name.hasSuffix("h.0.ln_1.weight") else { return }
      writer.add("transformer.h.0.attn.bias", uint8s: [1, 0, 1, 1], shape: [1, 1, 2, 2])
      writer.add("transformer.h.0.attn.masked_bias", floats: [-1e4], shape: [])
    }
    #expect(try copy.open().tensors.count == before)
    let llama = try FolderCopy("llama")
    try llama.rewrite { tensor, writer in
      writer.add(tensor.name, type: tensor.type, shape: tensor.shape, bytes: tensor.data)
      guard tensor.name == "model.norm.weight" else { return }
      writer.add("model.layers.0.self_attn.rotary_emb.inv_freq", floats: [1, 2], shape: [2])
    }
    #expect(throws: Never.self) { try llama.open() }
  }
}
