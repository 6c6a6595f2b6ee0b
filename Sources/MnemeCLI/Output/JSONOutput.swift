import Foundation

/// The one JSON object a command prints under `--json`.
package enum JSONOutput {
  /// The object on one line, keys sorted; infinities and NaN, which JSON lacks, as strings.
  package static func line(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Prints the object on standard output.
  package static func print(_ value: some Encodable) throws {
    try StandardStreams.out(try line(value) + "\n")
  }
}
