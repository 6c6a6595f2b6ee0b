import Foundation
import Memory
import ModelFiles

/// The agents of LEMN (arXiv 1812.04227), which score what is kept:
///
/// - input matching: score = v . tanh(W f + b) + c of each thing's own features f, its match with what arrives among them;
/// - spatial: score = v . [h> ; h<] + c, of a bidirectional recurrent network over all things in the order of their arrival;
/// - spatio-temporal: likewise over [f ; e], where e is the state of a recurrent network that has seen the thing's features at
///   every arrival since its own.
struct RetentionNetwork: Sendable {
  /// Values of every hidden state.
  static let width = 8

  private let history: GatedRecurrentUnit?
  private let forward: GatedRecurrentUnit?
  private let backward: GatedRecurrentUnit?
  /// [width, features]; of input matching.
  private let first: [Float]
  private let firstBias: [Float]
  private let last: [Float]
  private let lastBias: Float

  init(
    _ policy: RetentionPolicy, tensors own: [String: ParameterTensor]
  ) throws(MemoryError) {
    let tensors = own.keys.contains { $0.hasPrefix(policy.rawValue) } ? own : try Self.standard()
    let (name, width, features) = (policy.rawValue, Self.width, RetentionRecord.featureCount)
    func values(_ part: String, _ shape: [Int]) throws(MemoryError) -> [Float] {
      guard let tensor = tensors["\(name).\(part)"], tensor.shape == shape else {
        throw Self.fault(policy)
      }
      return tensor.values
    }
    func unit(_ part: String, _ inputs: Int) throws(MemoryError) -> GatedRecurrentUnit {
      guard
        let unit = GatedRecurrentUnit(
          "\(name).\(part)", inputs: inputs, width: width, tensors: tensors)
      else { throw Self.fault(policy) }
      return unit
    }
    let isMatching = policy == .inputMatching
    first = isMatching ? try values("first.weight", [width, features]) : []
    firstBias = isMatching ? try values("first.bias", [width]) : []
    last = try values("last.weight", [1, isMatching ? width : 2 * width])
    lastBias = try values("last.bias", [1])[0]
    history = policy == .spatioTemporal ? try unit("history", features) : nil
    let inputs = features + (history?.width ?? 0)
    forward = isMatching ? nil : try unit("forward", inputs)
    backward = isMatching ? nil : try unit("backward", inputs)
  }

  private static func fault(_ policy: RetentionPolicy) -> MemoryError {
    .malformed(
      path: "the module's slow weights",
      what: "the weights of the \(policy.rawValue) agent are missing or of another shape",
      expected: "\(RetentionRecord.featureCount) features and states of \(width) values")
  }

  /// The weights that come with the program.
  static func standard() throws(MemoryError) -> [String: ParameterTensor] { try embedded.get() }

  /// Read once.
  private static let embedded = Result { () throws(MemoryError) in try read() }

  private static func read() throws(MemoryError) -> [String: ParameterTensor] {
    var result: [String: ParameterTensor] = [:]
    let file = try TrainedWeights.retention()
    do throws(ModelFileError) {
      for tensor in file.tensors {
        result[tensor.name] = ParameterTensor(shape: tensor.shape, values: try tensor.floats())
      }
    } catch {
      throw .file(error)
    }
    return result
  }

  /// Values that each thing's history has.
  var historyCount: Int { history?.width ?? 0 }

  /// A thing's history after one more arrival.
  func history(_ features: [Float], after state: [Float]) -> [Float] {
    history?.next(features, state) ?? []
  }

  /// How much each thing is worth keeping.
  ///
  /// - Parameter features: of each thing, in the order of their arrival.
  func scores(_ features: [[Float]], histories: [[Float]]) -> [Float] {
    guard let forward, let backward else {
      return features.map { own in
        (0..<Self.width).reduce(lastBias) { sum, unit in
          let value = own.indices.reduce(firstBias[unit]) {
            $0 + first[unit * own.count + $1] * own[$1]
          }
          return sum + last[unit] * value.hyperbolicTangent
        }
      }
    }
    let inputs = historyCount > 0 ? zip(features, histories).map { $0 + $1 } : features
    func states(_ unit: GatedRecurrentUnit, _ inputs: some Sequence<[Float]>) -> [[Float]] {
      var state = [Float](repeating: 0, count: unit.width)
      return inputs.map {
        state = unit.next($0, state)
        return state
      }
    }
    return zip(states(forward, inputs), states(backward, inputs.reversed()).reversed()).map {
      ($0 + $1).enumerated().reduce(lastBias) { $0 + last[$1.offset] * $1.element }
    }
  }
}
