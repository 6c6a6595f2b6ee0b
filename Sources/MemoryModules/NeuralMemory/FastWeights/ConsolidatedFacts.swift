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
  /// Handles of facts that have left their mark in the weights without being heard: of an interrupted consolidation, or
  /// corrected since. Forgetting one of them concerns the weights, too.
  package let traces: [String]

  /// How much each weight matters to these facts; nil where it was not measured.
  package let importance: WeightImportance?

  /// Weights that have learned some facts.
  package init(
    weights: FastWeights, handles: [String], traces: [String] = [],
    importance: WeightImportance? = nil
  ) {
    self.importance = importance
    self.traces = traces
    self.weights = weights
    self.handles = handles
    // Each consolidation begins with new moments.
    self.weights.resetMoments(keepsThem: false)
  }

  /// Letters of a handle.
  private static let handleLength = 12

  func save(as prefix: String, into writer: inout SafetensorsWriter) {
    weights.save(as: prefix, into: &writer)
    importance?.save(as: prefix, weights, into: &writer)
    for (name, list) in [("handles", handles), ("traces", traces)] {
      writer.add(
        "\(prefix).\(name)", uint8s: list.flatMap { Array($0.utf8) },
        shape: [list.count, Self.handleLength])
    }
    writer.add("\(prefix).steps", int64s: [Int64(weights.steps)], shape: [1])
  }

  /// What a file holds; nil where it holds none.
  init?(
    _ prefix: String, in file: SafetensorsFile, plan: FastWeightPlan, model: TransformerModel
  ) throws(MemoryError) {
    guard file.tensor("\(prefix).handles") != nil else { return nil }
    weights = FastWeights(plan, model: model)
    weights.resetMoments(keepsThem: false)
    let steps: [Int64]
    do throws(ModelFileError) {
      try weights.read(prefix, from: file)
      importance = try WeightImportance(prefix, weights, from: file)
      steps = try file.require("\(prefix).steps").int64s()
    } catch {
      throw .file(error)
    }
    guard steps.count == 1, steps[0] >= 0, steps[0] < 1 << 40 else {
      throw .malformed(
        path: file.path, what: "the count of steps behind consolidated facts is not sound",
        expected: nil)
    }
    weights.steps = Int(steps[0])
    handles = try Self.handles("\(prefix).handles", in: file)
    // Files from before it have none.
    traces =
      file.tensor("\(prefix).traces") == nil
      ? [] : try Self.handles("\(prefix).traces", in: file)
  }

  private static func handles(
    _ name: String, in file: SafetensorsFile
  ) throws(MemoryError) -> [String] {
    let (shape, bytes): ([Int], [UInt8])
    do throws(ModelFileError) {
      let table = try file.require(name)
      (shape, bytes) = (table.shape, try table.uint8s())
    } catch {
      throw .file(error)
    }
    guard shape.count == 2, shape[1] == handleLength,
      bytes.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
    else {
      throw .malformed(
        path: file.path, what: "the table of facts that are held in weights is not sound",
        expected: "handles of \(handleLength) hexadecimal digits")
    }
    return stride(from: 0, to: bytes.count, by: handleLength).map {
      String(decoding: bytes[$0..<$0 + handleLength], as: UTF8.self)
    }
  }
}
