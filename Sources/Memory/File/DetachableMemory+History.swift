import ModelFiles

/// The result of an undo or redo of a memory file.
public struct MemoryHistoryStep: Sendable, Equatable {
  /// The file's present metadata.
  public var info: MemoryFileInfo
  /// Changes undone or redone; fewer than requested when there were no more.
  public var steps: Int
  /// Changes that can still be undone.
  public var earlier: Int
  /// Changes that can be redone.
  public var later: Int
}

extension DetachableMemory {
  /// Undoes the last changes of a memory file that kept its history (see `FileHistory`); `redo` restores them.
  ///
  /// - Parameters:
  ///   - steps: the number of steps, at least 1; limited to the available ones.
  ///   - passphrase: of an encrypted file.
  /// - Throws: `MemoryError.nothingToUndo`; `.file(.locked)` while the file is open for writing elsewhere; the error of
  ///   an earlier version that is damaged, and then nothing has changed.
  public static func undo(
    _ path: String, steps: Int = 1, passphrase: Passphrase? = nil
  ) throws(MemoryError) -> MemoryHistoryStep {
    guard let step = try step(path, .undo, steps, passphrase) else {
      throw .nothingToUndo(path: path)
    }
    return step
  }

  /// Redoes changes that `undo` took back, unless the file was written to since.
  ///
  /// - Parameter steps: the number of steps, at least 1; limited to the available ones.
  /// - Throws: `MemoryError.nothingToRedo`, otherwise as `undo`.
  public static func redo(
    _ path: String, steps: Int = 1, passphrase: Passphrase? = nil
  ) throws(MemoryError) -> MemoryHistoryStep {
    guard let step = try step(path, .redo, steps, passphrase) else {
      throw .nothingToRedo(path: path)
    }
    return step
  }

  private static func step(
    _ path: String, _ direction: FileHistory.Direction, _ steps: Int, _ passphrase: Passphrase?
  ) throws(MemoryError) -> MemoryHistoryStep? {
    let hold: FileHold
    do throws(ModelFileError) { hold = try FileHold(path, forWriting: true) } catch {
      throw .file(error)
    }
    defer { hold.release() }
    try checkWhole(path, passphrase: passphrase)
    let versions = FileHistory.versions(of: path, direction).prefix(max(1, steps))
    var info: MemoryFileInfo?
    // All versions are verified first: the file becomes each of them in turn, and remains one of them if the power
    // fails.
    for version in versions { info = try self.info(version, passphrase: passphrase) }
    guard let info else { return nil }
    do throws(ModelFileError) {
      for _ in versions { _ = try hold.step(direction) }
    } catch {
      throw .file(error)
    }
    return MemoryHistoryStep(
      info: info, steps: versions.count, earlier: FileHistory.versions(of: path, .undo).count,
      later: FileHistory.versions(of: path, .redo).count)
  }
}
