internal import CVersion

/// The program's version: the number, kept here alone, and the commit it was built from.
enum ProgramVersion {
  /// By semantic versioning.
  static let number = "0.1.0"

  /// Such as `0.1.0 (f0c1769)`; the number alone where the build did not know the commit.
  static var text: String { text(commit: String(cString: mneme_commit())) }

  static func text(commit: String) -> String {
    commit.isEmpty ? number : "\(number) (\(commit))"
  }
}
