package import Foundation

/// Decodes JSON from untrusted files.
///
/// Foundation's decoder crashes on a text that ends within some 500 nested brackets, and silently keeps one of two
/// equal members. So the text first passes the strict parser, which bounds nesting and the number of values.
package enum StrictJSON {
  /// The longest text that is decoded, in bytes.
  package static let limit = 256 << 20

  /// The reason why a text is refused.
  package struct Failure: Error {
    /// The reason in words, which quotes none of the text.
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
