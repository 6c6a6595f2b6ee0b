package import Foundation

/// Decodes JSON from files that nobody vouches for.
///
/// Foundation's decoder ends the process on a text that breaks off within some 500 brackets, and keeps one of two equal
/// members in silence. So the text passes the strict parser first: nesting and the number of values are bounded.
package enum StrictJSON {
  /// The longest text that is decoded, in bytes.
  package static let limit = 256 << 20

  /// Why a text is not decoded.
  package struct Failure: Error {
    /// In words, without any of the text.
    package let what: String
  }

  /// Reads a text as a `T`.
  ///
  /// - Throws: `Failure` for what is not strict JSON (RFC 8259); `DecodingError` for JSON of another form.
  package static func decode<T: Decodable>(_ type: T.Type, from data: Data) throws -> T {
    guard data.count <= limit else { throw Failure(what: "more than \(limit) bytes") }
    let parsed = data.withUnsafeBytes { bytes in
      Result { () throws(JSONParser.Failure) in try JSONParser.parse(bytes) }
    }
    if case .failure(let error) = parsed {
      throw Failure(what: "\(error.what) at byte \(error.offset)")
    }
    return try JSONDecoder().decode(type, from: data)
  }
}
