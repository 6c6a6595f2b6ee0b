import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// `--set neural.KEY=VALUE`: every switch the documentation names, whatever an adapter's JSON already holds.
@Suite("Neural memory: settings")
struct NeuralSettingTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let settings: [String]
    let change: @Sendable (inout NeuralConfiguration) -> Void
    var testDescription: String { settings.joined(separator: " ") }

    init(_ settings: String..., change: @escaping @Sendable (inout NeuralConfiguration) -> Void) {
      self.settings = settings
      self.change = change
    }
  }

  static let cases: [Case] = [
    Case("neural.heads=4") { $0.heads = 4 },
    Case("neural.depth=3", "neural.hiddenWidth=24") {
      $0.depth = 3
      $0.hiddenWidth = 24
    },
    Case("neural.expansion=1.5") { $0.expansion = 1.5 },
    Case("neural.activation=gelu") { $0.activation = .gelu },
    Case("neural.loss=huber", "neural.huberDelta.slope=0.5") {
      $0.loss = .huber
      $0.huberDelta.slope = 0.5
    },
    Case("neural.huberDelta.base=0.25") { $0.huberDelta.base = 0.25 },
    Case("neural.loss=l-p", "neural.errorPower=4") {
      $0.loss = .power
      $0.errorPower = 4
    },
    Case("neural.loss=associative", "neural.decodingScale=10") {
      $0.loss = .associative
      $0.decodingScale = 10
    },
    Case("neural.omega.window=8", "neural.omega.decay=0.9") {
      $0.omega = .init(window: 8, decay: 0.9)
    },
    Case("neural.omega.window=2") { $0.omega.window = 2 },
    Case("neural.keyFeatures.degree=2") { $0.keyFeatures.degree = 2 },
    Case(
      "neural.heads=8", "neural.keyFeatures.degree=2", "neural.keyFeatures.monomials=products",
      "neural.keyFeatures.coefficients=[1,0.5]"
    ) {
      $0.heads = 8
      $0.keyFeatures = .init(monomials: .products, degree: 2, coefficients: [1, 0.5])
    },
    Case("neural.writeRule=newton-schulz") { $0.writeRule = .newtonSchulz },
    Case("neural.chunkLength=64") { $0.chunkLength = 64 },
    Case("neural.learningRate.base=8") { $0.learningRate.base = 8 },
    Case("neural.momentum.base=0.9", "neural.forget.base=0.01", "neural.forget.slope=1") {
      $0.momentum.base = 0.9
      $0.forget = .init(base: 0.01, slope: 1)
    },
    Case("neural.trust=12", "neural.stepBound=weighted", "neural.referenceSurprisal=3") {
      $0.trust = 12
      $0.stepBound = .weighted
      $0.referenceSurprisal = 3
    },
    Case("neural.threshold.least=2") { $0.threshold = .init(.surprisal, least: 2) },
    Case("neural.threshold.measure=gradient", "neural.threshold.least=0.1") {
      $0.threshold = .init(.gradient, least: 0.1)
    },
    Case("neural.writeMask.roles=[\"assistant\"]") { $0.writeMask = .init(roles: ["assistant"]) },
    Case("neural.writeMask.sources=[\"web\"]") { $0.writeMask = .init(sources: ["web"]) },
    Case("neural.seed=18446744073709551615") { $0.seed = .max },
    Case("neural.loss=associative", "neural.wiring.kind=mac", "neural.wiring.layer=1") {
      $0.loss = .associative
      $0.wiring = NeuralWiringPlan(.context, layer: 1)
    },
  ]

  private func settings(_ texts: [String]) throws -> [ModuleSetting] {
    try texts.map { try #require(ModuleSetting(parsing: $0)) }
  }

  @Test("Reached, in a whole configuration and in one that names hardly any", arguments: cases)
  func reaches(one: Case) throws {
    let bench = try Workbench.shared.get()
    let context = ModuleContext(model: bench.model, keyColumns: bench.keys.columns)
    let gate = ReadoutGate.closed(NeuralMemory.gateFeatureNames)
    var expected = NeuralConfiguration(for: context)
    let whole = try ModuleParameters(expected, gate: gate)
    one.change(&expected)
    for parameters in [whole, ModuleParameters(configuration: .init("{}".utf8), gate: gate)] {
      let adapter = Adapter(
        fingerprint: ModelFingerprint(of: bench.model), keys: bench.keys,
        modules: [.neural: parameters])
      let changed = try adapter.applying(
        try settings(one.settings), model: bench.model, registry: .standard)
      let found = try #require(changed.modules[.neural])
      #expect(try found.decode(NeuralConfiguration.self) == expected)
      // A memory can be made of it.
      let memory = try NeuralMemory(context: context, parameters: found)
      #expect(memory.configuration == expected)
    }
  }

  @Test("What is no switch, and what is no value of one")
  func refuses() throws {
    let bench = try Workbench.shared.get()
    for text in ["neural.head=4", "neural.omega.length=2", "neural.learningRate.rate=1"] {
      #expect(throws: MemoryError.self, "\(text)") {
        try bench.adapter(.open).applying(
          settings([text]), model: bench.model, registry: .standard)
      }
    }
    for text in [
      "neural.loss=squared", "neural.heads=many", "neural.threshold.measure=gradient",
      "neural.writeMask.roles=assistant",
    ] {
      let error = #expect(throws: MemoryError.self, "\(text)") {
        try bench.adapter(.open).applying(
          settings([text]), model: bench.model, registry: .standard)
      }
      guard case .badSetting = error else {
        Issue.record("\(text): \(String(describing: error))")
        continue
      }
    }
  }
}
