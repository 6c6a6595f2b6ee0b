import Foundation
import Memory
import TestSupport
import Testing
import Transformer

/// `--set MODULE.KEY=VALUE`.
@Suite("Settings of modules")
struct ModuleSettingTests {
  private struct Scope: Codable, Equatable {
    var threshold = 0.5
  }

  private enum Mode: String, ConfigurationChoice {
    case fast, careful, both
  }

  private struct Configuration: ModuleConfiguration {
    var readout = "votes"
    var slots = 4
    var isOn = true
    var rate: Float = 0.5
    var mode = Mode.fast
    var list = [1, 2]
    var scope = Scope()
    /// A switch that is off: the JSON does not name it.
    var limit: Scope?

    init() {}
    init(for context: ModuleContext) { self.init() }
    var isSound: Bool { slots > 0 }
  }

  private let context: ModuleContext

  init() throws { context = ModuleContext(model: try TinyLlama(seed: 1).model, keyColumns: 4) }

  private func applying(_ settings: ModuleSetting...) throws -> ModuleParameters {
    try Configuration.applying(settings, to: parameters(), context: context)
  }

  private func parameters() throws -> ModuleParameters {
    try ModuleParameters(Configuration(), gate: .closed(["a"]))
  }

  @Test(
    "What is written as MODULE.KEY=VALUE",
    arguments: [
      ("episodic.readout=latents", ["readout"], "latents"),
      ("neural.a.b=1=2", ["a", "b"], "1=2"),
    ])
  func parses(text: String, path: [String], value: String) throws {
    let setting = try #require(ModuleSetting(parsing: text))
    #expect(setting.path == path)
    #expect(setting.value == value)
    #expect(setting.kind.rawValue == String(text.prefix { $0 != "." }))
  }

  @Test("What is not", arguments: ["", "readout", "episodic=1", "a.b", "a.b=", ".b=1", "a..b=1"])
  func refuses(text: String) {
    #expect(ModuleSetting(parsing: text) == nil)
  }

  @Test("A value takes the place of one of the same type, the rest stays")
  func applies() throws {
    let settings = [
      "m.readout=latents", "m.slots=9", "m.isOn=false", "m.rate=0.25", "m.list=[3]",
      "m.scope.threshold=0.75",
    ].compactMap(ModuleSetting.init(parsing:))
    var changed = try parameters()
    for setting in settings {
      changed = try Configuration.applying([setting], to: changed, context: context)
    }
    var expected = Configuration()
    expected.readout = "latents"
    expected.slots = 9
    expected.isOn = false
    expected.rate = 0.25
    expected.list = [3]
    expected.scope.threshold = 0.75
    #expect(try changed.decode(Configuration.self) == expected)
    #expect(changed.gate == (try parameters().gate))
    let number = try #require(ModuleSetting(parsing: "m.readout=7"))
    #expect(try applying(number).decode(Configuration.self).readout == "7")
  }

  @Test("Names and types that do not fit are said, with what there is")
  func complains() throws {
    func error(_ text: String) throws -> MemoryError? {
      let setting = try #require(ModuleSetting(parsing: text))
      return #expect(throws: MemoryError.self) { try applying(setting) }
    }
    for text in ["m.readuot=votes", "m.slots.x=1", "m.scope.limit=1"] {
      let found = try error(text)
      guard case .unknownSetting(let name, let known) = found else {
        Issue.record("\(text): \(String(describing: found))")
        continue
      }
      #expect(text.hasPrefix(name))
      #expect(!known.isEmpty)
    }
    for (text, expected) in [
      ("m.slots=many", "a number"), ("m.isOn=1", "true or false"), ("m.slots=true", "a number"),
      ("m.list=1", "a list"), ("m.scope=1", "an object"),
      ("m.slots=2.5", "a whole number"), ("m.mode=slow", "fast, careful or both"),
      ("m.mode=3", "fast, careful or both"),
    ] {
      let found = try error(text)
      guard case .badSetting(_, _, expected) = found else {
        Issue.record("\(text): \(String(describing: found))")
        continue
      }
    }
  }

  @Test("A stored word that this version does not know is said, with those it knows")
  func newerWord() throws {
    var stored = try parameters()
    stored.configuration = Data(#"{"mode":"psychic","slots":9}"#.utf8)
    let newer = stored
    #expect(
      throws: MemoryError.unknownChoice(
        setting: "mode", word: "psychic", known: ["fast", "careful", "both"])
    ) { try newer.configuration(Configuration.self, context: context) }
    stored.configuration = Data(#"{"slots":"nine"}"#.utf8)
    let broken = stored
    let error = #expect(throws: MemoryError.self) {
      try broken.configuration(Configuration.self, context: context)
    }
    guard case .malformed = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("A switch that is off by default, and one an older file does not name, can be set")
  func reachesEverySwitch() throws {
    let settings = ["m.limit.threshold=0.1", "m.slots=9"].compactMap(
      ModuleSetting.init(parsing:))
    var old = try parameters()
    old.configuration = Data(#"{"readout":"votes"}"#.utf8)
    let changed = try Configuration.applying(settings, to: old, context: context)
    let configuration = try changed.decode(Configuration.self)
    #expect(configuration.limit == Scope(threshold: 0.1))
    #expect(configuration.slots == 9 && configuration.readout == "votes")
  }
}
