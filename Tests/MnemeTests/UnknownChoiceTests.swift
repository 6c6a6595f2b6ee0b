import Foundation
import Memory
import MemoryModules
import Mneme
import TestSupport
import Testing

/// Values a configuration does not have: from a newer version's adapter, or typed.
@Suite("Words a configuration does not know")
struct UnknownChoiceTests {
  /// The tiny model's adapter with one word of one module's configuration replaced.
  private func adapter(_ kind: ModuleKind, _ change: (String) -> String) throws -> String {
    let chat = try TinyChat.shared.get()
    let old = try TinyChat.adapter(chat.tiny.model)
    var modules = old.modules
    var parameters = try #require(modules[kind])
    let text = change(String(decoding: parameters.configuration, as: UTF8.self))
    #expect(text != String(decoding: parameters.configuration, as: UTF8.self))
    parameters.configuration = Data(text.utf8)
    modules[kind] = parameters
    let path = chat.freshPath()
    try Adapter(fingerprint: old.fingerprint, keys: old.keys, modules: modules).save(to: path)
    return path
  }

  @Test("A newer version's adapter is refused in a sentence that names the option and its words")
  func newerAdapter() throws {
    let chat = try TinyChat.shared.get()
    let cases: [(ModuleKind, String, String, String, [String])] = [
      (
        .neighbor, #""readout":"mixing""#, #""readout":"telepathy""#, "neighbor.readout",
        ["mixing", "spalm"]
      ),
      (
        .neural, #""activation":"silu""#, #""activation":"telepathy""#, "neural.activation",
        ["silu", "gelu", "relu"]
      ),
      (
        .neural, #""companion":[]"#, #""companion":[{"loss":"telepathy","hiddenWidth":4}]"#,
        "neural.companion", ["next-token", "associative", "huber", "l-p"]
      ),
    ]
    for (kind, old, new, name, known) in cases {
      let path = try adapter(kind) { $0.replacing(old, with: new) }
      let error = #expect(throws: MemoryError.self) {
        _ = try chat.model.createMemory([kind], adapter: path)
      }
      guard case .unknownChoice(let setting, let word, let words) = error else {
        Issue.record("\(name): \(String(describing: error))")
        continue
      }
      #expect(setting.hasPrefix(name) && word == "telepathy" && words == known)
      let explanation = try #require(error).explanation
      #expect(explanation.what.contains("'telepathy'") && explanation.what.contains(name))
      #expect(explanation.hint?.contains("newer version") == true)
    }
  }

  @Test("A typed value that an option does not have is refused with those it has")
  func typed() throws {
    let chat = try TinyChat.shared.get()
    for (text, expected) in [
      ("neighbor.readout=telepathy", "mixing or spalm"),
      ("neural.stepBound=none", "chunk or weighted"),
      ("neural.activation=tanh", "silu, gelu or relu"),
    ] {
      let setting = try #require(ModuleSetting(parsing: text))
      #expect(
        throws: MemoryError.badSetting(
          name: String(text.prefix { $0 != "=" }), value: setting.value, expected: expected)
      ) {
        _ = try chat.model.createMemory([setting.kind], settings: [setting])
      }
    }
    // Inside an object the option that is wrong is named.
    let inner = try #require(
      ModuleSetting(parsing: #"neural.threshold={"measure":"weight","least":2}"#))
    #expect(
      throws: MemoryError.badSetting(
        name: "neural.threshold.measure", value: "weight", expected: "surprisal or gradient")
    ) {
      _ = try chat.model.createMemory([.neural], settings: [inner])
    }
  }

  @Test("Options that are in range and cannot be used together say why")
  func refused() throws {
    let chat = try TinyChat.shared.get()
    let spalm = try #require(ModuleSetting(parsing: "neighbor.readout=spalm"))
    let error = #expect(throws: MemoryError.self) {
      _ = try chat.model.createMemory([.neighbor], settings: [spalm])
    }
    guard case .refusedSetting("neighbor.readout", "spalm", let reason, let expected) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.contains("no gate"))
    #expect(expected?.contains("mixing") == true && expected?.contains("calibrate") == true)

    // Initial weights of a companion that is gone.
    let old = try TinyChat.adapter(chat.tiny.model)
    var modules = old.modules
    modules[.neural]?.tensors = [
      "initial.0.0": try #require(
        ParameterTensor(shape: [3, 3], values: .init(repeating: 0, count: 9)))
    ]
    let path = chat.freshPath()
    try Adapter(fingerprint: old.fingerprint, keys: old.keys, modules: modules).save(to: path)
    let companion = try #require(ModuleSetting(parsing: "neural.companion=[]"))
    let other = #expect(throws: MemoryError.self) {
      _ = try chat.model.createMemory([.neural], adapter: path, settings: [companion])
    }
    guard case .refusedSetting("neural.companion", "[]", let why, let wanted) = other else {
      Issue.record("\(String(describing: other))")
      return
    }
    #expect(why.contains("initial weights") && wanted?.contains("companion") == true)
  }
}
