import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// The options of a neural memory, seen from outside.
@Suite("Neural memory: options")
struct NeuralOptionTests {
  let base: NeuralMemoryTests

  init() throws { base = try NeuralMemoryTests() }

  /// The configuration an adapter's JSON stands for.
  private func stored(_ json: String) throws -> NeuralConfiguration {
    try ModuleParameters(
      configuration: Data(json.utf8), gate: .closed(NeuralMemory.gateFeatureNames)
    ).configuration(NeuralConfiguration.self, context: base.context)
  }

  @Test("A companion in older JSON has the defaults for what it lacks, too")
  func oldCompanion() throws {
    let found = try stored(
      """
      {"hiddenWidth":512,"companion":[{"hiddenWidth":8,"loss":"associative",\
      "wiring":{"kind":"mac","layer":1},"omega":{"window":3}}]}
      """)
    var wired = NeuralConfiguration(hiddenWidth: 8)
    wired.loss = .associative
    wired.wiring = NeuralWiringPlan(.context, layer: 1)
    wired.omega.window = 3
    var expected = NeuralConfiguration(hiddenWidth: 512)
    expected.weights = FastWeightPlan(width: base.context.width)
    expected.companion = [wired]
    #expect(found == expected)
    #expect(found.isSound)
    // And it is written the way it always was.
    let text = String(
      decoding: try ModuleParameters(found, gate: .closed([])).configuration, as: UTF8.self)
    #expect(text.hasPrefix(#"{"activation":"silu","chunkLength":16,"companion":[{"activation":"#))
  }

  @Test("JSON of the first version still loads, with the defaults for what it lacks")
  func oldJSON() throws {
    let json = """
      {"chunkLength":16,"decodingScale":20,"depth":2,"forget":{"base":0,"slope":0},"hiddenWidth":512,\
      "learningRate":{"base":8,"slope":1},"loss":"next-token","momentum":{"base":0,"slope":0},\
      "referenceSurprisal":4,"seed":335813174629,"trust":48}
      """
    let found = try stored(json)
    var expected = NeuralConfiguration(hiddenWidth: 512)
    expected.weights = FastWeightPlan(width: base.context.width)
    expected.learningRate = .init(base: 8, slope: 1)
    expected.seed = 335_813_174_629
    #expect(found == expected)
    #expect(found.isSound)
    let again = try JSONDecoder().decode(
      NeuralConfiguration.self, from: try JSONEncoder().encode(found))
    #expect(again == found)
  }

  @Test("Every option survives its JSON")
  func roundTrip() throws {
    var all = NeuralConfiguration(hiddenWidth: 8)
    all.heads = 4
    all.expansion = 1.5
    all.activation = .relu
    all.loss = .huber
    all.huberDelta = .init(base: 0.1, slope: 0.5)
    all.errorPower = 4
    all.omega = .init(window: 7, decay: 0.25)
    all.keyFeatures = .init(monomials: .products, degree: 2, coefficients: [1, 0.25])
    all.writeRule = .newtonSchulz
    all.threshold = .init(.gradient, least: 0.5)
    all.writeMask = .init(roles: ["assistant"], sources: ["web"])
    var plan = NeuralWiringPlan(.context, layer: 1)
    plan.gating = .product
    plan.segmentLength = 8
    plan.rowsPerSegment = 2
    plan.activatesProjections = false
    plan.gateFloor = 0.01
    all.wiring = plan
    let found = try JSONDecoder().decode(
      NeuralConfiguration.self, from: try JSONEncoder().encode(all))
    #expect(found == all)
    #expect(all.isSound)
  }

  @Test("Options that are not sound are refused")
  func unsound() {
    for change: (inout NeuralConfiguration) -> Void in [
      { $0.heads = 0 }, { $0.heads = 7 }, { $0.expansion = -1 }, { $0.expansion = .nan },
      { $0.errorPower = 0.5 }, { $0.huberDelta = .init(base: 0) }, { $0.omega.window = 0 },
      { $0.omega.decay = 1.5 }, { $0.keyFeatures.degree = 0 }, { $0.keyFeatures.degree = 9 },
      { $0.keyFeatures.coefficients = [1, 2] },
      { $0.keyFeatures = .init(monomials: .products, degree: 4) },
      { $0.threshold = .init(.surprisal, least: .infinity) },
      { $0.wiring = NeuralWiringPlan(.gate, layer: 0) },
      {
        $0.loss = .associative
        $0.wiring = NeuralWiringPlan(.gate, layer: -1)
      },
    ] {
      #expect(throws: MemoryError.self) { _ = try base.memory(.nextToken, change) }
    }
  }

  /// One of each, for tests that run over all.
  static let variants: [(String, @Sendable (inout NeuralConfiguration) -> Void)] = [
    ("heads", { $0.heads = 4 }), ("expansion", { $0.expansion = 1 }),
    ("gelu", { $0.activation = .gelu }), ("relu", { $0.activation = .relu }),
    ("powers", { $0.keyFeatures = .init(degree: 3) }),
    (
      "products",
      {
        $0.heads = 8
        $0.keyFeatures = .init(monomials: .products, degree: 2)
      }
    ),
    ("omega", { $0.omega = .init(window: 4, decay: 0.8) }),
    ("newton-schulz", { $0.writeRule = .newtonSchulz }),
    ("surprisal threshold", { $0.threshold = .init(.surprisal, least: 3) }),
    ("gradient threshold", { $0.threshold = .init(.gradient, least: 0.3) }),
  ]

  @Test(
    "Each option learns: repetition lowers the loss", arguments: variants.indices,
    [NeuralConfiguration.Loss.nextToken, .associative, .huber, .power])
  func learns(variant: Int, loss: NeuralConfiguration.Loss) throws {
    let memory = try base.memory(loss) {
      Self.variants[variant].1(&$0)
      // A gradient's length is in the loss's own unit.
      if $0.threshold?.measure == .gradient { $0.threshold?.least = 1e-4 }
    }
    let batch = base.batch(64, seed: 1)
    let first = base.loss(memory, batch)
    for _ in 0..<8 { memory.write(batch) }
    memory.endSegment()
    #expect(memory.rejectedUpdates == 0)
    #expect(base.loss(memory, batch) < 0.9 * first, "\(Self.variants[variant].0)")
  }

  @Test(
    "Each option: any split gives the same bits, a file gives the state back",
    arguments: variants.indices)
  func splitAndFile(variant: Int) throws {
    let change: (inout NeuralConfiguration) -> Void = {
      Self.variants[variant].1(&$0)
      $0.momentum = .init(base: 0.5)
      $0.forget = .init(base: 0.01)
    }
    let batch = base.batch(70, seed: 2)
    func run(_ pieces: [Int]) throws -> NeuralMemory {
      let memory = try base.memory(.associative, change)
      var start = 0
      for size in pieces {
        memory.write(base.slice(batch, start..<start + size))
        memory.endSegment()
        start += size
      }
      return memory
    }
    let whole = try run([70])
    let split = try run(randomPieces(70, seed: 3))
    #expect(split.trainer.learner == whole.trainer.learner)
    #expect(split.trainer.open == whole.trainer.open)
    #expect(split.trainer.window == whole.trainer.window)
    #expect(split.trainer.readable == whole.trainer.readable)
    let loaded = try base.memory(.associative, change)
    try loaded.load(from: try base.file(of: whole))
    #expect(loaded.trainer.learner == whole.trainer.learner)
    #expect(loaded.trainer.open == whole.trainer.open)
    #expect(loaded.trainer.window == whole.trainer.window)
    #expect(loaded.trainer.readable == whole.trainer.readable)
    // What comes next is learned the same way.
    for memory in [whole, loaded] {
      memory.write(base.batch(40, seed: 9))
      memory.endSegment()
    }
    #expect(loaded.trainer.readable == whole.trainer.readable)
  }

  @Test("Below the surprisal threshold nothing is written, and it says so")
  func surprisalThreshold() throws {
    let memory = try base.memory { $0.threshold = .init(.surprisal, least: 4) }
    let batch = base.batch(50, seed: 3)
    memory.write(batch)
    memory.endSegment()
    let above = batch.logProbabilities.filter { -$0 >= 4 }.count
    #expect(memory.entries == above)
    #expect((1..<50).contains(above))
    #expect(memory.surprises.count == 50)
    #expect(memory.surprises.filter(\.isWritten).count == above)
    #expect(memory.surprises.map(\.token) == batch.targets)
    #expect(memory.surprises.allSatisfy { $0.isWritten == ($0.surprisal >= 4) })
  }

  @Test("Tokens below the gradient threshold leave the learner as if they had not come")
  func gradientThreshold() throws {
    let batch = base.batch(16, seed: 3)
    let plain = try base.memory(.associative)
    plain.write(batch)
    plain.endSegment()
    let lengths = plain.surprises.map(\.momentary)
    let middle = lengths.sorted()[8]
    let memory = try base.memory(.associative) {
      $0.threshold = .init(.gradient, least: middle)
      $0.forget = .init(base: 0.1)
    }
    memory.write(batch)
    memory.endSegment()
    #expect(memory.surprises.filter(\.isWritten).count == 8)
    let all = try base.memory(.associative) { $0.threshold = .init(.gradient, least: 1e9) }
    all.write(batch)
    all.endSegment()
    #expect(all.trainer.learner.heads[0].difference.layers.joined().allSatisfy { $0 == 0 })
  }

  @Test("Roles and sources under the mask are not written")
  func mask() throws {
    let memory = try base.memory {
      $0.writeMask = .init(roles: ["assistant"], sources: ["web"])
    }
    var batch = base.batch(20, seed: 4)
    for (role, source, isMasked) in [
      (Role.assistant, "chat", true), (.user, "web", true), (.user, "chat", false),
    ] {
      let before = memory.entries
      batch.provenance = Provenance(
        conversation: "a", turn: 0, role: role, source: source, time: 0)
      memory.write(batch)
      memory.endSegment()
      #expect(memory.entries == before + (isMasked ? 0 : 20))
    }
  }

  @Test("Polynomial features: phi(x) . phi(y) is the sum of a_d^2 (x . y)^d", arguments: [1, 2, 3])
  func productFeatures(degree: Int) {
    let features = NeuralConfiguration.KeyFeatures(monomials: .products, degree: degree)
    var generator = TinyLlama.Generator(seed: 4)
    let (x, y) = (generator.normal(5), generator.normal(5))
    let (p, q) = (
      features.apply(x, count: 1, columns: 5), features.apply(y, count: 1, columns: 5)
    )
    let dot = zip(x, y).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    var expected = 0.0
    var factorial = 1.0
    for power in 1...degree {
      factorial *= Double(power)
      expected += pow(dot, Double(power)) / (factorial * factorial)
    }
    let found = zip(p, q).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    #expect(abs(found - expected) < 1e-4 * max(1, abs(expected)))
  }

  @Test("Activations: the slope is the slope", arguments: NeuralConfiguration.Activation.allCases)
  func slopes(activation: NeuralConfiguration.Activation) {
    let points = stride(from: Float(-6.05), to: 6, by: 0.37).map { $0 }
    let (_, slope) = activation.apply(points)
    let step: Float = 0.01
    let up = activation.value(points.map { $0 + step })
    let down = activation.value(points.map { $0 - step })
    for index in points.indices {
      #expect(abs((up[index] - down[index]) / (2 * step) - slope[index]) < 1e-3)
    }
  }
}
