import Memory
import MemoryModules
import ModelFiles
import Transformer

/// The smallest memory that uses the weight socket: one fast-weight matrix by Hebb's rule, B A += row (A row)ᵀ, beside the
/// output of a feed-forward network. It proves the socket, not a way to learn.
final class FastWeightProbe: MemoryModule {
  struct Configuration: ModuleConfiguration {
    var rate: Float = 0.05
    init(for context: ModuleContext) {}
    var isSound: Bool { rate.isFinite }
  }

  static let about = ModuleDescription(
    kind: "probe", socket: .weights, summary: "Hebbian fast weights", paper: "none", grows: false,
    readouts: [.weights])

  struct State: Equatable {
    var up: [Float]  // B, [width, 1]
    var learned = 0
  }

  let configuration: Configuration
  let point = ProjectionPoint(1, .down)
  private let context: ModuleContext
  private let inputs: Int
  private(set) var state: State
  private var shown: LowRankUpdate?

  init(context: ModuleContext, parameters: ModuleParameters) throws(MemoryError) {
    configuration = try Self.configuration(of: parameters, context: context)
    self.context = context
    guard let shape = context.model.shape(of: point) else { throw .noModules(available: []) }
    inputs = shape.inputs
    state = State(up: [Float](repeating: 0, count: shape.outputs))
    endSegment()
  }

  var isEmpty: Bool { shown == nil }
  var entries: Int { state.learned }
  var stateBytes: Int { 4 * state.up.count }
  var rejectedUpdates: Int { 0 }

  func endSegment() {
    guard state.learned > 0 else {
      shown = nil
      return
    }
    shown = LowRankUpdate(
      rank: 1, down: (0..<inputs).map { $0 % 2 == 0 ? 0.5 : -0.5 }, up: state.up)
  }

  func snapshot() -> any Sendable { state }
  func restore(_ snapshot: any Sendable) {
    if let snapshot = snapshot as? State { state = snapshot }
    endSegment()
  }

  func save(into writer: inout SafetensorsWriter) {
    writer.add("probe.up", floats: state.up, shape: [state.up.count, 1])
    writer.add("probe.learned", int64s: [Int64(state.learned)], shape: [1])
  }

  func load(from file: SafetensorsFile) throws(MemoryError) {
    do throws(ModelFileError) {
      state.up = try file.floats("probe.up", shape: [state.up.count, 1])
      state.learned = Int(try file.require("probe.learned").int64s().first ?? 0)
    } catch { throw .file(error) }
    endSegment()
  }
}

extension FastWeightProbe: ActivationLearner {
  var taps: [HookPoint] { [.block(1, .residPost)] }

  func write(_ commit: CommittedRows) {
    let rows = commit.rows(at: taps[0])
    let width = state.up.count
    for (index, isLearned) in commit.isLearned.enumerated() where isLearned {
      for column in 0..<width {
        state.up[column] += configuration.rate * rows[index * width + column]
      }
      state.learned += 1
    }
  }
}

extension FastWeightProbe: WeightModule {
  var projections: [ProjectionPoint] { [point] }

  func update(of projection: ProjectionPoint, in session: SessionView) -> LowRankUpdate? { shown }
}
