import Foundation
import ModelFiles
import TestSupport
import Testing

@Suite("Settings of Hugging Face folders")
struct FolderSettingTests {
  /// Opens the Llama fixture with other settings of RoPE.
  private func opened(
    _ members: [String: Any], in fixture: String = "llama",
    removing: Set<String> = ["rope_parameters"]
  ) throws -> ModelFile {
    let copy = try FolderCopy(fixture)
    try copy.edit { config in
      for key in removing { config[key] = nil }
      for (key, value) in members { config[key] = value }
    }
    return try copy.open()
  }

  @Test("A byte order mark before a JSON file changes nothing")
  func byteOrderMark() throws {
    let copy = try FolderCopy("mistral-shards-old")
    let plain = try copy.open()
    for name in try FileManager.default.contentsOfDirectory(atPath: copy.path)
    where name.hasSuffix(".json") {
      try copy.write(Data(ByteOrderMark.utf8) + copy.data(name), as: name)
    }
    let marked = try copy.open()
    #expect(marked.metadata == plain.metadata)
    #expect(marked.tensors.map(\.name) == plain.tensors.map(\.name))
  }

  @Test("Both spellings of RoPE's settings say the same")
  func spellings() throws {
    let llama3: [String: Any] = [
      "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
      "original_max_position_embeddings": 64,
    ]
    let cases: [[[String: Any]]] = [
      [
        ["rope_parameters": ["rope_type": "default", "rope_theta": 5e5]],
        ["rope_theta": 5e5], ["rope_theta": 5e5, "rope_scaling": NSNull()],
      ],
      [
        ["rope_parameters": ["rope_type": "linear", "rope_theta": 1e4, "factor": 2]],
        ["rope_theta": 1e4, "rope_scaling": ["type": "linear", "factor": 2.0]],
        ["rope_scaling": ["rope_type": "linear", "factor": 2.0]],
      ],
      [
        ["rope_parameters": llama3.merging(["rope_type": "llama3", "rope_theta": 5e5]) { $1 }],
        ["rope_theta": 5e5, "rope_scaling": llama3.merging(["rope_type": "llama3"]) { $1 }],
      ],
      [
        [
          "rope_parameters": [
            "rope_type": "yarn", "rope_theta": 1e4, "factor": 4,
            "original_max_position_embeddings": 64,
          ]
        ],
        [
          "rope_theta": 1e4, "original_max_position_embeddings": 64,
          "rope_scaling": ["type": "yarn", "factor": 4],
        ],
      ],
    ]
    for spellings in cases {
      let files = try spellings.map { try opened($0) }
      for file in files.dropFirst() {
        #expect(file.metadata == files[0].metadata)
        let factors = [file, files[0]].map {
          $0.tensor("rope_freqs.weight").map { Array($0.bytes) }
        }
        #expect(factors[0] == factors[1])
      }
    }
  }

  @Test("YaRN: what llama.cpp multiplies with the paper's factor gives the folder's")
  func yarn() throws {
    let metadata = try opened([
      "rope_parameters": [
        "rope_type": "yarn", "factor": 8, "original_max_position_embeddings": 32,
        "attention_factor": 1.4, "beta_fast": 16, "beta_slow": 2,
      ]
    ]).metadata
    let prefix = "llama.rope.scaling."
    #expect(metadata.string(prefix + "type") == "yarn")
    #expect(metadata.float(prefix + "factor") == 8)
    #expect(metadata.integer(prefix + "original_context_length") == 32)
    #expect(metadata.float(prefix + "yarn_attn_factor") == 1.4)
    let extra = try #require(metadata.float(prefix + "attn_factor"))
    #expect(abs(extra * (0.1 * Float(log(8.0)) + 1) - 1.4) < 1e-6)
    #expect(metadata.float(prefix + "yarn_beta_fast") == 16)
    #expect(metadata.float(prefix + "yarn_beta_slow") == 2)
  }

  @Test("Dynamic scaling has a key of our own")
  func dynamic() throws {
    let metadata = try opened([
      "rope_theta": 1e4, "rope_scaling": ["type": "dynamic", "factor": 2.0],
    ]).metadata
    #expect(metadata.float("llama.rope.scaling.dynamic_factor") == 2)
    #expect(metadata["llama.rope.scaling.type"] == nil)
  }

  @Test("Gemma 3 as it was written before: one base beside the other, scaling for full attention")
  func gemma3() throws {
    let new = try opened([:], in: "gemma3", removing: [])
    let old = try opened(
      [
        "rope_theta": 1e6, "rope_local_base_freq": 1e4, "sliding_window_pattern": 6,
        "rope_scaling": ["rope_type": "linear", "factor": 8.0],
      ], in: "gemma3", removing: ["rope_parameters", "layer_types"])
    #expect(old.metadata == new.metadata)
    let bare = try opened([:], in: "gemma3", removing: ["rope_parameters", "layer_types"])
    #expect(bare.metadata.float("gemma3.rope.freq_base") == 1_000_000)
    #expect(bare.metadata.float("gemma3.rope.freq_base_swa") == 10_000)
    #expect(bare.metadata["gemma3.rope.scaling.type"] == nil)
  }

  @Test("Gemma 3 with another pattern of windows says so")
  func pattern() throws {
    let types = (1...7).map { $0 % 2 == 0 ? "full_attention" : "sliding_attention" }
    let metadata = try opened(["layer_types": types], in: "gemma3", removing: []).metadata
    #expect(metadata.integer("gemma3.attention.sliding_window_pattern") == 2)
    let copy = try FolderCopy("gemma3")
    try copy.edit { $0["layer_types"] = Array(types.reversed().dropFirst() + ["full_attention"]) }
    #expect(copy.complaint()?.contains("'layer_types' is not regular") == true)
  }

  @Test("Values that the library has as defaults need not be written")
  func defaults() throws {
    let copy = try FolderCopy("qwen3")
    try copy.edit {
      $0["tie_word_embeddings"] = nil
      $0["num_key_value_heads"] = NSNull()
    }
    // Two heads where the tensors have one.
    #expect(copy.complaint()?.contains("attn") != false)
    let phi = try opened(
      ["sliding_window": NSNull()], in: "phi3-short",
      removing: ["rope_parameters", "original_max_position_embeddings"]
    ).metadata
    #expect(phi.integer("phi3.rope.scaling.original_context_length") == 4096)
    #expect(phi.integer("phi3.attention.sliding_window") == 0)
    #expect(phi.integer("phi3.rope.dimension_count") == 8)
  }

  @Test("How to sample is taken over from generation_config.json")
  func sampling() throws {
    let copy = try FolderCopy("llama")
    try copy.write(
      #"{"temperature": 0.6, "top_p": 0.9, "top_k": 40, "repetition_penalty": 1.05, "do_sample": true}"#,
      as: "generation_config.json")
    let metadata = try copy.open().metadata
    #expect(metadata.float("general.sampling.temp") == 0.6)
    #expect(metadata.float("general.sampling.top_p") == 0.9)
    #expect(metadata.integer("general.sampling.top_k") == 40)
    #expect(metadata.float("general.sampling.penalty_repeat") == 1.05)
  }

  @Test("Links that lead out of the folder are followed")
  func links() throws {
    let (copy, other) = try (FolderCopy("llama"), TemporaryFolder())
    let elsewhere = other.path("blob")
    try FileManager.default.moveItem(atPath: copy.path + "/model.safetensors", toPath: elsewhere)
    try FileManager.default.createSymbolicLink(
      atPath: copy.path + "/model.safetensors", withDestinationPath: elsewhere)
    #expect(try copy.open().tensors.count == FolderFixture.golden("llama").tensors.count)
  }

  @Test("The folder's name is the model's, however the path is written")
  func names() throws {
    let copy = try FolderCopy("llama")
    for path in [copy.path, copy.path + "/", copy.path + "/."] {
      #expect(try ModelFile.open(path).metadata.string("general.name") == "model")
    }
  }
}
