public import Foundation
public import Mneme
import ModelFiles

/// Files with one JSON value a line.
public enum JSONLines {
  /// Longest line that is read, in bytes.
  public static let maximumLineLength = 16 << 20

  /// Reads every line of `data` as a `T`; empty lines are skipped.
  ///
  /// - Throws: `EvaluationError.invalidLine` with the number of the first line that does not fit.
  public static func decode<T: Decodable>(
    _ type: T.Type, from data: Data, path: String
  ) throws(EvaluationError) -> [T] {
    var values: [T] = []
    var number = 0
    for line in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) { continue }
      guard line.count <= maximumLineLength else {
        throw .invalidLine(path: path, line: number, reason: "the line is over 16 MiB long")
      }
      do {
        values.append(try StrictJSON.decode(T.self, from: Data(line)))
      } catch let error as DecodingError {
        throw .invalidLine(path: path, line: number, reason: describe(error))
      } catch {
        throw .invalidLine(path: path, line: number, reason: "not JSON")
      }
    }
    return values
  }

  private static func describe(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      context.codingPath.isEmpty
        ? "not an object of the right shape"
        : "\"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" has the wrong type"
    case .dataCorrupted(let context):
      // Foundation's messages may quote the value, which is private.
      context.codingPath.isEmpty
        ? "not JSON"
        : "\"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" cannot be used"
    @unknown default: "not JSON"
    }
  }
}
