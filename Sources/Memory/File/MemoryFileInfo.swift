import Foundation

/// The metadata of a memory file, with the field names of `mneme memory info --json`.
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

  /// Who the model is.
  public struct Model: Sendable, Codable, Equatable {
    /// The name in the model file, if it has one.
    public var name: String?
    /// The architecture's name.
    public var architecture: String
    /// The element type of most of its weights.
    public var type: String
    /// SHA-256 over the hyper-parameters, 64 hexadecimal digits.
    public var configuration: String
    /// SHA-256 over the tokenizer, 64 hexadecimal digits.
    public var tokenizer: String

    init(_ identity: ModelIdentity) {
      name = identity.name
      architecture = identity.architecture
      type = identity.type
      configuration = identity.configuration
      tokenizer = identity.tokenizer
    }
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
  /// How the file is encrypted; nil when it is not.
  public var encryption: String?
  /// SHA-256 of the adapter, 64 hexadecimal digits.
  public var adapter_fingerprint: String
  /// Who the model is; nil in files of earlier versions.
  public var model: Model?
  /// Commits in the log that a running or interrupted chat keeps beside the file; nil where there is none.
  public var log_commits: Int?

  /// The time as text; times outside the years 1 to 9999 are clamped.
  static func timestamp(_ seconds: Double) -> String {
    let seconds = seconds.isNaN ? 0 : min(max(seconds, -62_135_596_800), 253_402_300_799)
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [.withInternetDateTime]
    return formatter.string(from: Date(timeIntervalSince1970: seconds))
  }
}
