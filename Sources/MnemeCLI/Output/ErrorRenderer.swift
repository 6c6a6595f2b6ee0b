import ArgumentParser
import Foundation
package import Mneme

/// The one place where an error becomes a sentence.
///
/// Throwing sites hand over data (`MnemeError.explanation`); this type decides how it reads:
/// `where: what; expected ... Hint: ...`, on one line, without control characters.
package enum ErrorRenderer {
  /// One line for any error, ours or foreign.
  package static func render(_ error: any Error) -> String {
    sanitized(sentence(for: error))
  }

  /// The sentence made of the four parts of an explanation.
  package static func sentence(_ explanation: ErrorExplanation) -> String {
    var text = ""
    if let location = explanation.location, !location.isEmpty { text += "\(location): " }
    text += trimmed(explanation.what)
    if let expected = explanation.expected, !expected.isEmpty {
      text += "; expected \(trimmed(expected))"
    }
    text += "."
    if let hint = explanation.hint, !hint.isEmpty { text += " Hint: \(ended(hint))" }
    return text
  }

  private static func sentence(for error: any Error) -> String {
    switch error {
    case let error as any MnemeError:
      return sentence(error.explanation)
    case is CancellationError:
      return "interrupted."
    case let error as ValidationError:
      return error.message
    case let error as DecodingError:
      return "the file does not have the expected form (\(place(of: error)))."
    case is EncodingError:
      return "the result cannot be written as JSON."
    case let error as CocoaError:
      return sentence(
        ErrorExplanation(
          what: reason(of: error), location: error.filePath, expected: nil, hint: nil))
    case let error as POSIXError:
      return String(cString: strerror(error.code.rawValue)) + "."
    case let error as any LocalizedError:
      if let text = error.errorDescription { return trimmed(text) + "." }
      return "an unexpected error (\(type(of: error)))."
    default:
      // What a foreign error says of itself may quote what a user said.
      return "an unexpected error (\(type(of: error)))."
    }
  }

  private static func reason(of error: CocoaError) -> String {
    switch error.code {
    case .fileReadNoSuchFile, .fileNoSuchFile: return "there is no such file"
    case .fileReadNoPermission, .fileWriteNoPermission: return "permission denied"
    case .fileWriteOutOfSpace: return "no space left on the device"
    case .fileReadInapplicableStringEncoding, .fileReadCorruptFile: return "not valid UTF-8 text"
    default: break
    }
    if let underlying = error.underlying as? POSIXError {
      return String(cString: strerror(underlying.code.rawValue)).lowercased()
    }
    return trimmed(error.localizedDescription)
  }

  private static func place(of error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .dataCorrupted(let context):
      context.codingPath.isEmpty
        ? "not JSON" : "at \(context.codingPath.map(\.stringValue).joined(separator: "."))"
    @unknown default: "not JSON"
    }
  }

  /// With a closing full stop unless it ends in a mark of its own.
  private static func ended(_ text: String) -> String {
    let text = trimmed(text)
    return text.hasSuffix("?") || text.hasSuffix("!") ? text : text + "."
  }

  /// Without white space around it and without a closing full stop.
  private static func trimmed(_ text: String) -> String {
    var text = text.trimmingCharacters(in: .whitespacesAndNewlines)
    while text.hasSuffix(".") && !text.hasSuffix("...") { text.removeLast() }
    return text
  }

  /// One line, and nothing in it that a terminal would obey: names of files may hold anything.
  private static func sanitized(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if scalar.properties.generalCategory == .control {
        result.append(" ")
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }
}
