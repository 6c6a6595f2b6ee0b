public import ModelFiles

/// Errors of a sealed memory file or its passphrase. No case contains a passphrase.
public enum SealingError: MnemeError, Equatable {
  /// The file is sealed and no passphrase was given.
  case passphraseNeeded(path: String)
  /// The header is whole, and the passphrase is not the one the file was sealed with.
  case wrongPassphrase(path: String)
  /// The checksums agree but authentication fails: the file was changed without the key.
  case forged(path: String, chunk: Int)
  /// The description of the encryption, or what was encrypted, has another form.
  case malformed(path: String, what: String, expected: String)
  /// A file that is not sealed, where a passphrase was given or is to be changed.
  case notSealed(path: String)
  case alreadySealed(path: String)
  /// A passphrase that is empty or too long.
  case unsoundPassphrase(bytes: Int, longest: Int)
  /// A cryptographic step failed that should never fail on a working machine.
  case failed(step: String)

  public var explanation: ErrorExplanation {
    switch self {
    case .passphraseNeeded(let path):
      .init(
        what: "a passphrase is needed: this memory is encrypted", location: path,
        hint: "run this in a terminal, or give --passphrase-file FILE")
    case .wrongPassphrase(let path):
      .init(
        what: "the passphrase is not the one this memory was encrypted with", location: path,
        hint: "nothing was changed; try again")
    case .forged(let path, let chunk):
      .init(
        what: "the encrypted memory was altered (part \(chunk + 1) is not authentic)",
        location: path, hint: "restore it from a backup")
    case .malformed(let path, let what, let expected):
      .init(what: what, location: path, expected: expected)
    case .notSealed(let path):
      .init(
        what: "the memory file is not encrypted", location: path,
        expected: "an encrypted file",
        hint: "'mneme memory encrypt' encrypts it")
    case .alreadySealed(let path):
      .init(
        what: "the memory file is encrypted already", location: path,
        hint: "'mneme memory passphrase' changes its passphrase")
    case .unsoundPassphrase(let bytes, let longest):
      .init(
        what: bytes == 0 ? "the passphrase is empty" : "the passphrase is too long",
        expected: "1 to \(longest) bytes")
    case .failed(let step):
      .init(what: "\(step) failed", hint: "there may be too little memory left")
    }
  }
}
