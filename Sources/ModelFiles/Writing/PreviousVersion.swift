import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The version of a file before its last change, kept beside it as `<file>.undo`.
///
/// A second name for the old bytes, made before the file is replaced: it costs no copying. Taking it back swaps the two,
/// so that doing it again brings the newer one back.
public enum PreviousVersion {
  /// Where the previous version of a file lies.
  public static func path(of path: String) -> String { path + ".undo" }

  /// Keeps the file as it is now; nothing happens when there is none.
  ///
  /// - Throws: `ModelFileError.unwritable`.
  public static func keep(_ path: String) throws(ModelFileError) {
    guard access(path, F_OK) == 0 else { return try drop(path) }
    try drop(path)
    guard link(path, Self.path(of: path)) == 0 else {
      throw .unwritable(
        path: Self.path(of: path), operation: "keep the previous version", code: errno)
    }
  }

  /// Removes the previous version, if there is one.
  public static func drop(_ path: String) throws(ModelFileError) {
    guard unlink(Self.path(of: path)) != 0, errno != ENOENT else { return }
    throw .unwritable(
      path: Self.path(of: path), operation: "remove the previous version", code: errno)
  }

  /// Exchanges the file and its previous version.
  ///
  /// - Returns: false when there is no previous version.
  /// - Throws: `ModelFileError.unwritable`; both files are then still there.
  public static func swap(_ path: String) throws(ModelFileError) -> Bool {
    let previous = Self.path(of: path)
    guard access(previous, F_OK) == 0 else { return false }
    let spare = previous + ".tmp"
    unlink(spare)
    // The current version gets a second name first; the rename that follows is the one moment at which things change.
    guard link(path, spare) == 0 else {
      throw .unwritable(path: spare, operation: "keep the newer version", code: errno)
    }
    guard rename(previous, path) == 0 else {
      let code = errno
      unlink(spare)
      throw .unwritable(path: path, operation: "rename", code: code)
    }
    guard rename(spare, previous) == 0 else {
      throw .unwritable(path: previous, operation: "rename", code: errno)
    }
    return true
  }
}
