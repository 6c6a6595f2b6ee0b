public import Foundation
public import Mneme
import ModelFiles

extension EvaluationResults {
  /// Reads what `mneme ab --results` wrote; figures are made anew from what was measured.
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
