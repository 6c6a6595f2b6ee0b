import Foundation

/// What a memory file says about itself, with the field names of `mneme memory info --json`.
public struct MemoryFileInfo: Sendable, Codable, Equatable {
  /// One module in the file.
  public struct Module: Sendable, Codable, Equatable {
    /// The kind.
    public var kind: String
    /// The fingerprint of the adapter it was made with.
    public var adapter: String
    /// Bytes of learned state.
    public var state_bytes: Int
    /// Pairs written.
    public var entries: Int
    /// Tokens committed.
    public var tokens_seen: Int
    /// Updates rejected because they were not finite.
    public var rejected_updates: Int
  }

  /// The format version.
  public var format: Int
  /// 64 hexadecimal digits.
  public var model_fingerprint: String
  /// The modules.
  public var modules: [Module]
  /// Tokens in the journal.
  public var journal_tokens: Int
  /// ISO 8601, UTC.
  public var created: String
  /// ISO 8601, UTC.
  public var updated: String
  /// SHA-256 of the data section, 64 hexadecimal digits.
  public var sha256: String

  /// The time as text; what lies beyond the calendar's years 1 to 9999 is shown as its first or last second.
  static func timestamp(_ seconds: Double) -> String {
    let seconds = seconds.isNaN ? 0 : min(max(seconds, -62_135_596_800), 253_402_300_799)
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [.withInternetDateTime]
    return formatter.string(from: Date(timeIntervalSince1970: seconds))
  }
}
