import Foundation
import ModelFiles

extension DetachableMemory {
  /// Whether it is encrypted when it is saved.
  public var isSealed: Bool { place.sealing != nil }

  /// From the next save on the memory is encrypted with this passphrase; deriving the key takes some tenths of a second.
  /// That save keeps no previous version, which would be in plain text, or under the old passphrase.
  ///
  /// Also changes the passphrase of a memory that is sealed already: salt and key are new.
  ///
  /// - Throws: `MemoryError.sealing` when there is too little memory left.
  public func seal(with passphrase: Passphrase) throws(MemoryError) {
    try seal(with: passphrase, rounds: KeyDerivation.standardRounds)
  }

  /// The same at another cost: N of scrypt.
  package func seal(with passphrase: Passphrase, rounds: Int) throws(MemoryError) {
    place.sealing = try Sealing(passphrase, derivation: KeyDerivation(rounds: rounds))
    place.isResealed = true
  }

  /// From the next save on the memory is written unencrypted.
  public func unseal() {
    guard place.sealing != nil else { return }
    place.sealing = nil
    place.isResealed = true
  }

  /// Encrypts a memory file in place; no model is needed, and its contents stay byte-identical.
  ///
  /// The previous version kept for `undo` is removed: it holds the same in plain text. Copies elsewhere, and what the disk
  /// keeps of the old file in its free blocks, are out of reach.
  ///
  /// - Throws: `MemoryError` for a file that is not a valid memory or is already encrypted; it is then unchanged.
  public static func encrypt(_ path: String, with passphrase: Passphrase) throws(MemoryError) {
    guard !isSealed(path) else { throw .sealing(.alreadySealed(path: path)) }
    let content = try plainBytes(of: path, passphrase: nil)
    try replace(path, SealedFile.seal(content, with: Sealing(passphrase)).serialized())
  }

  /// Writes an encrypted memory file as an ordinary one again, byte for byte what was encrypted.
  ///
  /// The previous version kept for `undo` is removed.
  ///
  /// - Throws: `MemoryError`; the file is then untouched.
  public static func decrypt(_ path: String, passphrase: Passphrase) throws(MemoryError) {
    try replace(path, plainBytes(of: path, passphrase: passphrase))
  }

  /// Encrypts a memory file under another passphrase, with a new salt and key.
  ///
  /// The previous version kept for `undo` is removed: the old passphrase opens it.
  ///
  /// - Throws: `MemoryError`; the file is then untouched.
  public static func changePassphrase(
    of path: String, from old: Passphrase, to new: Passphrase
  ) throws(MemoryError) {
    let content = try plainBytes(of: path, passphrase: old)
    try replace(path, SealedFile.seal(content, with: Sealing(new)).serialized())
  }

  /// The bytes of a valid memory file, decrypted if it is sealed.
  private static func plainBytes(
    of path: String, passphrase: Passphrase?
  ) throws(MemoryError) -> Data {
    var content: Data
    var file: SafetensorsFile
    do throws(ModelFileError) {
      content = try FileContents.read(path)
      file = try SafetensorsFile.parse(content, path: path)
    } catch {
      throw .file(error)
    }
    if SealedFile.isSealed(file) {
      content = try SealedFile.open(file, passphrase: passphrase).content
      file = try parse(content, path: path)
    } else if passphrase != nil {
      throw .sealing(.notSealed(path: path))
    }
    _ = try MemoryFileHeader(file: file)
    try checkWhole(path, passphrase: passphrase)
    return content
  }

  /// History first: a crash in between leaves the file as it was, and nothing in plain text beside a sealed one.
  private static func replace(_ path: String, _ bytes: Data) throws(MemoryError) {
    let hold = try hold(path)
    defer { hold.release() }
    do throws(ModelFileError) { try hold.replace(with: bytes, keepingHistory: false) } catch {
      throw .file(error)
    }
  }
}

extension DetachableMemory {
  /// A memory file's tensors, decrypted if it is sealed, its sealing, and the metadata of the file as it lies on disk.
  static func open(
    _ path: String, passphrase: Passphrase?
  ) throws(MemoryError) -> (file: SafetensorsFile, sealing: Sealing?, outer: [String: String]) {
    let outer: SafetensorsFile
    do throws(ModelFileError) { outer = try SafetensorsFile.open(path) } catch {
      // The first bytes of a text, a picture or an archive, read as a length.
      if case .safetensors(_, .headerTooLarge) = error { throw .notAMemory(path: path) }
      throw .file(error)
    }
    guard SealedFile.isSealed(outer) else {
      guard passphrase == nil else { throw .sealing(.notSealed(path: path)) }
      return (outer, nil, outer.metadata)
    }
    let (content, sealing) = try SealedFile.open(outer, passphrase: passphrase)
    return (try parse(content, path: path), sealing, outer.metadata)
  }

  private static func parse(
    _ content: Data, path: String
  ) throws(MemoryError) -> SafetensorsFile {
    do throws(ModelFileError) { return try SafetensorsFile.parse(content, path: path) } catch {
      throw .file(error)
    }
  }

  /// The file as it is written: sealed, if the memory is.
  func sealed(_ writer: SafetensorsWriter) throws(MemoryError) -> SafetensorsWriter {
    guard let sealing = place.sealing else { return writer }
    return try SealedFile.seal(writer.serialized(), with: sealing)
  }
}

extension MemoryFileInfo {
  /// The same with the encryption's description.
  func sealed(_ sealing: Sealing?) -> MemoryFileInfo {
    var info = self
    info.encryption = sealing.map {
      "\(SealedFile.cipher), \(SealedFile.function) with N = \($0.derivation.rounds)"
    }
    return info
  }
}
