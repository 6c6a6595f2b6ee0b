import Foundation
public import Mneme
import ModelFiles

/// The log file of an unfinished run: JSON Lines, the settings first, then a line for each finished piece of work.
///
/// Each line is synced to disk before the next piece of work begins, so that an interruption or a power failure costs
/// at most one piece of work. A truncated last line is ignored when the log is read.
public final class EvaluationLog: @unchecked Sendable {
  private struct Heading: Codable {
    var settings: RunSettings
    /// A digest of the plans, for the parts of the tasks that the settings do not determine.
    var work: String
  }

  /// The path of the log of a run that writes `result`.
  public static func path(beside result: String) -> String { result + ".partial" }

  private let handle: FileHandle
  private let path: String

  /// Begins a log, replacing an old one, with the records that are kept from it.
  ///
  /// - Parameter work: a digest of the tasks.
  /// - Throws: `EvaluationError.unwritable`.
  public init(
    path: String, settings: RunSettings, work: String, records: [EvaluationRecord] = []
  ) throws(EvaluationError) {
    self.path = path
    do {
      var lines = Data()
      lines.append(try Self.line(Heading(settings: settings, work: work)))
      for record in records { lines.append(try Self.line(record)) }
      // Questions and answers may be private.
      try AtomicFile.write(lines, to: path, permissions: 0o600)
      handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      try handle.seekToEnd()
    } catch {
      throw .unwritable(path: path)
    }
  }

  deinit { try? handle.close() }

  /// Adds a finished piece of work.
  ///
  /// - Throws: `EvaluationError.unwritable`.
  public func append(_ record: EvaluationRecord) throws(EvaluationError) {
    do {
      try handle.write(contentsOf: Self.line(record))
      try handle.synchronize()
    } catch {
      throw .unwritable(path: path)
    }
  }

  /// Removes the file: the run is complete.
  public func remove() { try? FileManager.default.removeItem(atPath: path) }

  /// The finished pieces of work in a log.
  ///
  /// - Throws: `EvaluationError.unreadable` for a file that is not a log, `.otherRun` for the log of a run with other settings.
  public static func records(
    in path: String, settings: RunSettings, work: String
  ) throws(EvaluationError) -> [EvaluationRecord] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .unreadable(path: path, reason: "there is no unfinished run")
    }
    let lines = data.split(separator: UInt8(ascii: "\n"))
    guard let first = lines.first,
      let heading = try? StrictJSON.decode(Heading.self, from: Data(first))
    else {
      throw .unreadable(path: path, reason: "it is not the log of a run")
    }
    guard heading.settings == settings, heading.work == work else { throw .otherRun(path: path) }
    var records: [EvaluationRecord] = []
    for (index, line) in lines.dropFirst().enumerated() {
      do {
        records.append(try StrictJSON.decode(EvaluationRecord.self, from: Data(line)))
      } catch {
        // Only the last line may be truncated.
        guard index == lines.count - 2 else {
          throw .invalidLine(path: path, line: index + 2, reason: "not a finished piece of work")
        }
      }
    }
    return records
  }

  private static func line(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .throw
    return try encoder.encode(value) + Data("\n".utf8)
  }
}
