public import Foundation
public import Mneme
import ModelFiles

extension EvaluationResults {
  /// Reads a file of `mneme ab --results`; figures are recomputed from the measured results.
  ///
  /// - Throws: `EvaluationError.invalidResults` for anything else.
  public init(json: Data, path: String) throws(EvaluationError) {
    do {
      self = try StrictJSON.decode(EvaluationResults.self, from: json)
    } catch {
      throw .invalidResults(path: path)
    }
  }
}
