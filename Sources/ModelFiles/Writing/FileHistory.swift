import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Versions of a file kept beside it, so that changes can be undone and redone.
///
/// `<file>.undo`, `<file>.undo.2`, `<file>.undo.3` and so on are earlier versions, the highest number the latest;
/// `<file>.redo`, `<file>.redo.2` and so on are versions that were undone, the highest number the next one to redo.
/// Each is a hard link to an earlier version, so that keeping it needs no copying (file systems without hard links get
/// a copy). At most eight are kept, together at most 256 MiB; the latest one is kept whatever its size.
///
/// Callers of functions that change versions hold the file's lock.
public enum FileHistory {
  /// The direction of a version.
  public enum Direction: String, Sendable, CaseIterable {
    /// Earlier versions.
    case undo
    /// Versions that were undone.
    case redo

    /// The other direction.
    public var opposite: Direction { self == .undo ? .redo : .undo }
  }

  /// The largest number of versions of a file.
  public static let maximumVersions = 8
  /// The largest total size of all versions but the latest, bytes.
  public static let maximumBytes = 256 << 20

  /// The paths of the versions in one direction, the next one first.
  public static func versions(of path: String, _ direction: Direction) -> [String] {
    guard let target = try? FilePlace.resolve(path) else { return [] }
    return others(of: target, direction).map(\.path)
  }

  struct Version {
    var path: String
    var number: Int
    var identity: FileIdentity
  }

  /// All files with the name of a version, the highest number first.
  private static func all(of target: String, _ direction: Direction) -> [Version] {
    let mark = ".\(direction.rawValue)"
    return FilePlace.suffixes(beside: target).compactMap { suffix -> Version? in
      guard suffix.hasPrefix(mark) else { return nil }
      let rest = suffix.dropFirst(mark.count)
      // Only the canonical spelling of a number: any other name belongs to another file.
      let number = rest.isEmpty ? 1 : rest.hasPrefix(".") ? Int(rest.dropFirst()) : nil
      guard let number, (1...highest).contains(number),
        suffix == Self.suffix(direction, number),
        let identity = FileIdentity(path: target + suffix)
      else { return nil }
      return Version(path: target + suffix, number: number, identity: identity)
    }.sorted { $0.number > $1.number }
  }

  /// The versions that are not the file itself: after a crash the file may have a second name.
  private static func others(of target: String, _ direction: Direction) -> [Version] {
    let current = FileIdentity(path: target)
    return all(of: target, direction).filter { version in
      current.map { !$0.isSameFile(as: version.identity) } ?? true
    }
  }

  private static let highest = 999_999_999

  private static func suffix(_ direction: Direction, _ number: Int) -> String {
    number == 1 ? ".\(direction.rawValue)" : ".\(direction.rawValue).\(number)"
  }

  // MARK: - Changes

  /// Links the present file under a second name, as the next version in a direction, and syncs the folder.
  ///
  /// The name is on disk before this returns, since the following rename removes the first one.
  static func keep(_ target: String, as direction: Direction) throws(ModelFileError) {
    try dropSecondNames(of: target)
    guard FileIdentity(path: target) != nil else { return }
    let next = (all(of: target, direction).first?.number ?? 0) + 1
    if next > highest { try drop(target, direction) }
    let name = target + suffix(direction, next > highest ? 1 : next)
    let operations = FileOperations.current
    do throws(FileFailure) {
      try operations.link(target, to: name)
      try operations.syncFolder(FilePlace.folder(of: target))
    } catch  where AtomicFile.lacksLinks(error) {
      try copy(target, to: name)
    } catch {
      try? operations.unlink(name)
      throw .unwritable(path: name, operation: "keep this version", code: error.code)
    }
  }

  private static func copy(_ target: String, to name: String) throws(ModelFileError) {
    do {
      let data = try Data(contentsOf: URL(fileURLWithPath: target), options: .alwaysMapped)
      try AtomicFile.write(data, to: name, permissions: 0o600)
    } catch let error as ModelFileError {
      throw error
    } catch {
      throw .unreadable(path: target, code: errno)
    }
  }

  /// Removes every version and syncs the folder.
  static func drop(_ target: String) throws(ModelFileError) {
    for direction in Direction.allCases { try drop(target, direction) }
  }

  /// Removes the versions in one direction and syncs the folder.
  static func drop(_ target: String, _ direction: Direction) throws(ModelFileError) {
    let versions = all(of: target, direction)
    guard !versions.isEmpty else { return }
    for version in versions { try remove(version.path) }
    do throws(FileFailure) {
      try FileOperations.current.syncFolder(FilePlace.folder(of: target))
    } catch {
      throw .unwritable(path: target, operation: "sync the folder", code: error.code)
    }
  }

  /// Removes surplus versions, oldest first.
  static func prune(_ target: String) throws(ModelFileError) {
    var bytes: Int64 = 0
    for (index, version) in others(of: target, .undo).enumerated() {
      bytes += index == 0 ? 0 : version.identity.size
      if index >= maximumVersions || bytes > maximumBytes { try remove(version.path) }
    }
  }

  /// Exchanges the file for the next version in a direction; the file becomes the next one of the other direction.
  ///
  /// At every moment all versions have a name, and the file is one of them.
  ///
  /// - Parameter lock: of the file; afterwards of its replacement.
  /// - Returns: false when there is no such version.
  static func step(
    _ target: String, _ direction: Direction, lock: inout FileLock?
  ) throws(ModelFileError) -> Bool {
    guard let version = others(of: target, direction).first else { return false }
    let next = try FileLock.acquire(version.path, path: target)
    try keep(target, as: direction.opposite)
    let operations = FileOperations.current
    do throws(FileFailure) { try operations.rename(version.path, to: target) } catch {
      try? dropSecondNames(of: target)
      throw .unwritable(path: target, operation: "rename", code: error.code)
    }
    lock = next
    do throws(FileFailure) { try operations.syncFolder(FilePlace.folder(of: target)) } catch {
      throw .unwritable(path: target, operation: "sync the folder", code: error.code)
    }
    return true
  }

  /// Removes versions that are the file itself under another name.
  static func dropSecondNames(of target: String) throws(ModelFileError) {
    guard let current = FileIdentity(path: target) else { return }
    for direction in Direction.allCases {
      for version in all(of: target, direction) where version.identity.isSameFile(as: current) {
        try remove(version.path)
      }
    }
  }

  private static func remove(_ path: String) throws(ModelFileError) {
    do throws(FileFailure) { try FileOperations.current.unlink(path) } catch {
      throw .unwritable(path: path, operation: "remove this version", code: error.code)
    }
  }
}
