import Foundation
package import Mneme

/// Finds the passphrase of a memory file: in a file, or by asking.
package struct PassphraseReader: Sendable {
  private let given: Passphrase?
  private let fallback: String?
  private let asks: @Sendable (_ path: String, _ prompt: String) throws -> Passphrase

  /// A reader.
  ///
  /// - Parameters:
  ///   - file: whose first line is the passphrase; `-` is standard input. It is read at once.
  ///   - fallback: another such file, read only when a passphrase is needed.
  ///   - asks: asks a person.
  /// - Throws: `EvaluationError` or `StreamError` for a file that cannot be read, `MemoryError.sealing` for a passphrase that is none.
  package init(
    file: String?, fallback: String? = nil,
    asks: @escaping @Sendable (_ path: String, _ prompt: String) throws -> Passphrase =
      PassphrasePrompt.ask
  ) throws {
    // What stands on standard input is taken away even when no file needs it: it must not be learned as text.
    let isInput = file == nil && fallback == "-"
    given = try (isInput ? fallback : file).map(PassphraseFile.read)
    self.fallback = isInput ? nil : fallback
    self.asks = asks
  }

  /// The passphrase of an encrypted file; nil for one that is not.
  ///
  /// What a chat asks for each file that is attached: some may be encrypted, others not.
  ///
  /// - Parameter creates: whether a file that is not there yet is made, encrypted if a passphrase was given for it.
  package func passphrase(for path: String, creating creates: Bool = false) throws -> Passphrase? {
    if DetachableMemory.isSealed(path) {
      return try known() ?? asks(path, "Passphrase of \(path): ")
    }
    guard creates, !FileManager.default.fileExists(atPath: path) else { return nil }
    return try known()
  }

  /// That of the one file a command is about.
  ///
  /// - Throws: `SealingError.notSealed` when a passphrase was named on the command line and the file is in plain text: whoever
  ///   named it believes otherwise.
  package func passphrase(of path: String, creating creates: Bool = false) throws -> Passphrase? {
    try passphrases(for: [path], creating: creates)[path]
  }

  /// Those of several files, by path; one of them must need the passphrase that was named.
  package func passphrases(
    for paths: [String], creating creates: Bool = false
  ) throws -> [ByteString: Passphrase] {
    var found: [ByteString: Passphrase] = [:]
    for path in paths where found[path] == nil {
      found[path] = try passphrase(for: path, creating: creates)
    }
    if given != nil, found.isEmpty,
      let plain = paths.first(where: FileManager.default.fileExists(atPath:))
    {
      // A file that is damaged says so itself.
      _ = try DetachableMemory.info(plain)
      throw MemoryError.sealing(.notSealed(path: plain))
    }
    return found
  }

  /// One for a file that is about to be encrypted; a person types it twice.
  ///
  /// - Throws: `PassphraseError.different`.
  package func newPassphrase(for path: String) throws -> Passphrase {
    if let known = try known() { return known }
    let first = try asks(path, "New passphrase of \(path): ")
    guard try asks(path, "The same again: ") == first else { throw PassphraseError.different }
    return first
  }

  private func known() throws -> Passphrase? {
    try given ?? fallback.map(PassphraseFile.read)
  }
}

/// What can go wrong when a person types a passphrase.
package enum PassphraseError: MnemeError, Equatable {
  /// Typed twice, differently.
  case different

  package var explanation: ErrorExplanation {
    ErrorExplanation(
      what: "the two passphrases differ", hint: "nothing was changed; try again")
  }
}

/// The first line of a file.
package enum PassphraseFile {
  /// Reads byte by byte up to the end of the line: what follows on standard input is left to others.
  package static func read(_ path: String) throws -> Passphrase {
    let descriptor =
      path == "-" ? STDIN_FILENO : open(PathText.expanded(path), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(path) }
    defer { if path != "-" { close(descriptor) } }
    var line: [UInt8] = []
    // One byte more than a byte order mark, the longest passphrase and its line end tells that it is too long.
    let most = ByteOrderMark.utf8.count + Passphrase.longest + 3
    line.reserveCapacity(most)
    defer { for index in line.indices { line[index] = 0 } }
    while line.count < most {
      var byte: UInt8 = 0
      let count = Foundation.read(descriptor, &byte, 1)
      if count < 0, StandardStreams.isWorthRepeating(descriptor, POLLIN) { continue }
      guard count >= 0 else { throw unreadable(path) }
      if count == 0 || byte == UInt8(ascii: "\n") { break }
      line.append(byte)
    }
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    guard !ByteOrderMark.isWide(line) else {
      throw path == "-" ? StreamError.wideText : EvaluationError.wideText(path: path) as any Error
    }
    let mark = line.starts(with: ByteOrderMark.utf8) ? ByteOrderMark.utf8.count : 0
    guard let text = String(validating: line[mark...], as: UTF8.self) else {
      throw EvaluationError.unreadable(path: path, reason: "its first line is not UTF-8")
    }
    return try Passphrase(text)
  }

  private static func unreadable(_ path: String) -> any Error {
    if path == "-" { return StreamError.unreadable(code: errno) }
    return EvaluationError.unreadable(
      path: path, reason: String(cString: strerror(errno)).lowercased())
  }
}
