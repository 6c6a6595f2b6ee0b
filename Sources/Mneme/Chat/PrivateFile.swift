public import Foundation

/// Files with a user's conversations: written atomically, and readable by their owner only.
public enum PrivateFile {
  /// Writes `data` to a temporary file in the same folder, mode 0600, syncs it and renames it.
  ///
  /// - Throws: `POSIXError` with the operation's code.
  public static func write(_ data: Data, to path: String) throws {
    let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw lastError() }
    do {
      try write(data, to: descriptor)
      guard fsync(descriptor) == 0 else { throw lastError() }
    } catch {
      close(descriptor)
      unlink(temporary)
      throw error
    }
    close(descriptor)
    guard rename(temporary, path) == 0 else {
      let error = lastError()
      unlink(temporary)
      throw error
    }
  }

  /// The system's message for an error of `write(_:to:)`.
  public static func reason(of error: any Error) -> String {
    guard let error = error as? POSIXError else { return "it cannot be written" }
    return String(cString: strerror(error.code.rawValue)).lowercased()
  }

  private static func write(_ data: Data, to descriptor: Int32) throws {
    try data.withUnsafeBytes { bytes in
      var rest = bytes
      while !rest.isEmpty {
        let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
        if count < 0 {
          if errno == EINTR { continue }
          throw lastError()
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
    }
  }

  private static func lastError() -> POSIXError {
    POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
  }
}
