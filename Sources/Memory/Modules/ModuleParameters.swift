public import Foundation
import ModelFiles

/// A tensor of a module's slow weights.
public struct ParameterTensor: Sendable, Equatable {
  /// Its extents.
  public let shape: [Int]
  /// The values in row-major order.
  public let values: [Float]

  /// Creates a tensor; nil when the count disagrees with the shape or a value is not finite.
  public init?(shape: [Int], values: [Float]) {
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow else { return nil }
      count = product
    }
    guard count == values.count, values.allSatisfy(\.isFinite) else { return nil }
    self.shape = shape
    self.values = values
  }
}

/// The calibrated parameters of a module: its configuration as JSON, its gate, and its slow weights, if any.
public struct ModuleParameters: Sendable, Equatable {
  /// The module's own configuration, JSON with sorted keys.
  public var configuration: Data
  /// The gate of the module's predictions.
  public var gate: ReadoutGate
  /// Slow weights by name; in an adapter file they are the tensors `adapter.<kind>.<name>`.
  public var tensors: [String: ParameterTensor]

  /// Creates parameters.
  public init(
    configuration: Data, gate: ReadoutGate, tensors: [String: ParameterTensor] = [:]
  ) {
    self.configuration = configuration
    self.gate = gate
    self.tensors = tensors
  }

  /// Encodes a configuration.
  public init(
    _ configuration: some Encodable, gate: ReadoutGate, tensors: [String: ParameterTensor] = [:]
  ) throws(MemoryError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let json = try? encoder.encode(configuration) else {
      throw .calibrationFailed(reason: "a value is not finite")
    }
    self.init(configuration: json, gate: gate, tensors: tensors)
  }

  /// Reads members of the configuration as they are stored, without defaults.
  ///
  /// - Throws: `MemoryError.unknownChoice` for a word that this version does not know, `.malformed` when they cannot be read
  ///   otherwise.
  public func decode<T: Decodable>(_ type: T.Type) throws(MemoryError) -> T {
    do {
      return try StrictJSON.decode(type, from: configuration)
    } catch {
      throw Self.unreadable(error)
    }
  }

  /// What a configuration that cannot be decoded is reported as.
  static func unreadable(_ error: any Error) -> MemoryError {
    if let choice = UnknownChoice(error) {
      return .unknownChoice(
        setting: choice.setting.joined(separator: "."), word: choice.word, known: choice.known)
    }
    return .malformed(
      path: "the module's configuration", what: "a module's configuration cannot be read",
      expected: "the options this version of Mneme has")
  }
}
