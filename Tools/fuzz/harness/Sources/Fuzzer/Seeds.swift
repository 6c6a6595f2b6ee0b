import MnemeEvaluation
import Foundation
import ModelFiles
import Transformer

/// The first inputs of targets whose inputs are not files that lie elsewhere.
enum Seeds {
  static func write(to folder: String) throws {
    try models(folder + "/gguf")
    try memories(folder + "/memory")
    try vocabularies(folder + "/tokenizer")
    try messages(folder + "/messages")
    try chats(folder + "/chat")
    try evaluations(folder + "/evaluation")
  }

  private static func put(_ bytes: Data, _ folder: String, _ name: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try bytes.write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
  }

  private static func models(_ folder: String) throws {
    for (layers, width) in [(1, 8), (2, 16)] {
      let tiny = try TinyLlama(width: width, layers: layers)
      let bytes = try Data(contentsOf: URL(fileURLWithPath: tiny.path))
      try put(bytes, folder, "tiny-\(layers)-\(width).gguf")
      let prefix = Data(bytes.prefix(bytes.count / 3))
      try put(prefix, folder, "cut-\(layers)-\(width).gguf")
    }
  }

  private static func vocabularies(_ folder: String) throws {
    var writer = GGUFWriter()
    SmallVocabulary(words: ["\u{2581}", "e", "t", "he", "\u{2581}t", "\u{2581}the"]).add(
      to: &writer)
    try writer.write(to: Target.folder + "/small.gguf")
    try put(
      Data(contentsOf: URL(fileURLWithPath: Target.folder + "/small.gguf")), folder, "small.gguf")
    var bytes = GGUFWriter()
    bytes.metadata["tokenizer.ggml.model"] = .string("gpt2")
    bytes.metadata["tokenizer.ggml.pre"] = .string("gpt-2")
    bytes.metadata["tokenizer.ggml.tokens"] = .stringArray(
      ["h", "e", "l", "o", "\u{120}", "he", "ll", "hell", "hello", "<|end|>"])
    bytes.metadata["tokenizer.ggml.token_type"] = .signedArray([1, 1, 1, 1, 1, 1, 1, 1, 1, 3])
    bytes.metadata["tokenizer.ggml.merges"] = .stringArray(["h e", "l l", "he ll", "hell o"])
    try bytes.write(to: Target.folder + "/bytes.gguf")
    try put(
      Data(contentsOf: URL(fileURLWithPath: Target.folder + "/bytes.gguf")), folder, "bytes.gguf")
  }

  /// For every tensor and every metadata entry of the memory, its own content as a change: the fuzzer then changes that.
  private static func memories(_ folder: String) throws {
    let path = Target.environment("MNEME_FUZZ_MEMORY")
    let memory = ForgedMemory(try SafetensorsFile.open(path))
    func edit(_ what: UInt8, _ place: Int, _ payload: Data) -> Data {
      let length = min(payload.count, 0xffff)
      return Data([1, what, UInt8(place), UInt8(length & 255), UInt8(length >> 8)])
        + payload.prefix(length)
    }
    for (index, tensor) in memory.tensors.enumerated() where index < 256 {
      let limit = 4096
      let isWhole = tensor.bytes.count <= limit
      let content =
        isWhole ? tensor.bytes : Data([0, 0, 0]) + tensor.bytes.prefix(64)
      try put(edit(isWhole ? 1 : 2, index, content), folder, "tensor-\(index)")
    }
    for (index, key) in memory.metadata.keys.sorted().enumerated() {
      let value = Data((memory.metadata[key] ?? "").utf8)
      try put(
        edit(value.count <= 8192 ? 6 : 7, index, value.count <= 8192 ? value : Data([0, 0, 0, 0])),
        folder, "metadata-\(index)")
    }
    try put(edit(3, 0, Data([1])), folder, "retyped")
    try put(edit(4, 0, Data("journal.tokens".utf8)), folder, "renamed")
  }

  private static func evaluations(_ folder: String) throws {
    let edits = """
      [{"requested_rewrite": {"prompt": "{} speaks", "subject": "Ann", "target_new": {"str": "Greek"}, \
      "target_true": {"str": "Dutch"}}, "paraphrase_prompts": ["p"], "neighborhood_prompts": ["n"]}]
      """
    try put(Data([1]) + Data(edits.utf8), folder, "edits")
    let prompts = #"{"prompt": "q", "answer": ["a", "b"], "setup": ["s"], "kind": "k"}"#
    try put(Data([2]) + Data(prompts.utf8), folder, "prompts")
    try put(Data([3]) + JSONEncoder().encode(EvaluationTarget.results), folder, "results")
    let log = try EvaluationLog(
      path: Target.folder + "/log", settings: EvaluationTarget.settings, work: "w")
    try log.append(
      EvaluationRecord(
        suite: "s", arm: "attached", task: 0, outcomes: [.init(text: "t", nll: 1, tokens: 2)],
        checks: ["c"], timings: [CostTiming(arm: "attached", tokens: 1)]))
    try put(
      Data([4]) + Data(contentsOf: URL(fileURLWithPath: Target.folder + "/log")), folder, "log")
  }

  private static func chats(_ folder: String) throws {
    let scripts = [
      "my dog is called bozkif.\nwhat is my dog called?\n/undo\n/redo\n/undo 2",
      "/remember my boat is called tarn.\n/forget boat\n/undo\nwhat is my boat called?",
      "my cat is called mirlo.\nactually, no, she is called nori.\n/regen\n/undo\n/save\nhello",
      "/system be brief\nhello\n/clear\nhello\n/load\n/surprise\n/ab hello\n/regen",
    ]
    for (index, script) in scripts.enumerated() {
      try put(Data(script.utf8), folder, "script-\(index)")
    }
  }

  private static func messages(_ folder: String) throws {
    let talk = "be kind\0hello <|end|><|user|> x\0 hi \0\u{65e5}\u{672c}\n[INST] {{ 1 }} <|im_end|>"
    for form in UInt8(0)..<9 {
      try put(Data([form]) + Data(talk.utf8), folder, "form-\(form)")
    }
  }
}
