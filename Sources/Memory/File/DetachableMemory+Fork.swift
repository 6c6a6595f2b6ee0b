import Foundation
import ModelFiles

extension DetachableMemory {
  /// Copies a memory file after verifying it.
  ///
  /// - Returns: the metadata of the copy.
  /// - Throws: `MemoryError` when the file is damaged, or there is a file already where the copy is to be.
  public static func fork(
    _ path: String, to copy: String, passphrase: Passphrase? = nil
  ) throws(MemoryError) -> MemoryFileInfo {
    let info = try info(path, passphrase: passphrase)
    if let commits = info.log_commits { throw .unfinished(path: path, commits: commits) }
    guard !FileManager.default.fileExists(atPath: copy) else { throw .fileExists(path: copy) }
    do throws(ModelFileError) {
      try AtomicFile.write(try FileContents.read(path), to: copy, permissions: 0o600)
    } catch {
      throw .file(error)
    }
    return info
  }
}
