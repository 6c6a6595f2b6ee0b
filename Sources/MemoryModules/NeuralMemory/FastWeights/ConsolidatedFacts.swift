import Memory
import ModelFiles
import Transformer

/// Facts that are held in fast weights of their own, apart from those that learn texts: heard in answers about these facts
/// alone.
package struct ConsolidatedFacts: Sendable, Equatable {
  /// The weights.
  package private(set) var weights: FastWeights
  /// Handles of the facts (`Fact.handle`), in the order in which they were taken in.
  package let handles: [String]

  /// Weights that have learned some facts.
  package init(weights: FastWeights, handles: [String]) {
    self.weights = weights
    self.handles = handles
    // Each consolidation begins with new moments.
    self.weights.resetMoments(keepsThem: false)
  }

  /// Letters of a handle.
  private static let handleLength = 12

  func save(as prefix: String, into writer: inout SafetensorsWriter) {
    weights.save(as: prefix, into: &writer)
    writer.add(
      "\(prefix).handles", uint8s: handles.flatMap { Array($0.utf8) },
      shape: [handles.count, Self.handleLength])
    writer.add("\(prefix).steps", int64s: [Int64(weights.steps)], shape: [1])
  }

  /// What a file holds; nil where it holds none.
  init?(
    _ prefix: String, in file: SafetensorsFile, plan: FastWeightPlan, model: TransformerModel
  ) throws(MemoryError) {
    guard let table = file.tensor("\(prefix).handles") else { return nil }
    weights = FastWeights(plan, model: model)
    weights.resetMoments(keepsThem: false)
    let steps: [Int64]
    let bytes: [UInt8]
    do throws(ModelFileError) {
      try weights.read(prefix, from: file)
      steps = try file.require("\(prefix).steps").int64s()
      bytes = try table.uint8s()
    } catch {
      throw .file(error)
    }
    guard table.shape.count == 2, table.shape[1] == Self.handleLength, steps.count == 1,
      steps[0] >= 0, steps[0] < 1 << 40,
      bytes.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
    else {
      throw .malformed(
        path: file.path, what: "the table of facts that are held in weights is not sound",
        expected: "handles of \(Self.handleLength) hexadecimal digits")
    }
    weights.steps = Int(steps[0])
    handles = stride(from: 0, to: bytes.count, by: Self.handleLength).map {
      String(decoding: bytes[$0..<$0 + Self.handleLength], as: UTF8.self)
    }
  }
}
