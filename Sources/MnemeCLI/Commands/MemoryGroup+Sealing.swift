import ArgumentParser
import Foundation
import Mneme

extension MemoryGroup {
  /// `mneme memory encrypt`.
  struct Encrypt: ParsableCommand, MemoryFileCommand {
    static let configuration = CommandConfiguration(
      commandName: "encrypt", abstract: "Encrypt a memory file with a passphrase.",
      discussion: """
        Every command that opens it asks for the passphrase from then on, and writes it encrypted again. Without \
        the passphrase the memory is lost: there is no other way in.
        """)

    @OptionGroup var memory: MemoryFileOptions

    func run() throws {
      let path = memory.path
      let reader = try memory.passphrase.reader()
      // Before anybody types a passphrase in vain.
      guard !DetachableMemory.isSealed(path) else {
        throw MemoryError.sealing(.alreadySealed(path: path))
      }
      _ = try DetachableMemory.info(path)
      let new = try reader.newPassphrase(for: path)
      try DetachableMemory.encrypt(path, with: new)
      try SealingText.report(
        "\(memory.file) is encrypted.", path: path, passphrase: new, json: output.json)
      output.remark(SealingText.outOfReach)
    }
  }

  /// `mneme memory decrypt`.
  struct Decrypt: ParsableCommand, MemoryFileCommand {
    static let configuration = CommandConfiguration(
      commandName: "decrypt", abstract: "Write an encrypted memory file in plain text again.")

    @OptionGroup var memory: MemoryFileOptions

    func run() throws {
      let path = memory.path
      let passphrase = try SealingText.existing(path, memory.passphrase.reader())
      try DetachableMemory.decrypt(path, passphrase: passphrase)
      try SealingText.report(
        "\(memory.file) is not encrypted any more.", path: path, passphrase: nil, json: output.json)
    }
  }

  /// `mneme memory passphrase`.
  struct ChangePassphrase: ParsableCommand, MemoryFileCommand {
    static let configuration = CommandConfiguration(
      commandName: "passphrase", abstract: "Change the passphrase of an encrypted memory file.")

    @OptionGroup var memory: MemoryFileOptions

    @Option(
      name: .long,
      help: "A file whose first line is the new passphrase; - reads standard input's next line.",
      completion: .file())
    var newPassphraseFile: String?

    func run() throws {
      let path = memory.path
      let old = try SealingText.existing(path, memory.passphrase.reader())
      // A wrong old passphrase is said before a new one is asked for.
      _ = try DetachableMemory.info(path, passphrase: old)
      let new = try PassphraseReader(file: newPassphraseFile).newPassphrase(for: path)
      try DetachableMemory.changePassphrase(of: path, from: old, to: new)
      try SealingText.report(
        "\(memory.file) has a new passphrase.", path: path, passphrase: new, json: output.json)
      output.remark(SealingText.outOfReach)
    }
  }
}

/// What the commands about encryption share.
enum SealingText {
  static let outOfReach =
    "Its undo history was removed. Backups and other copies, and what the disk keeps of the old file in its free "
    + "blocks, are out of reach."

  /// The passphrase of a file that must be encrypted.
  static func existing(_ path: String, _ reader: PassphraseReader) throws -> Passphrase {
    guard let passphrase = try reader.passphrase(for: path) else {
      // A file that is damaged or missing says so itself.
      _ = try DetachableMemory.info(path)
      throw MemoryError.sealing(.notSealed(path: path))
    }
    return passphrase
  }

  static func report(
    _ sentence: String, path: String, passphrase: Passphrase?, json: Bool
  ) throws {
    if json {
      try JSONOutput.print(DetachableMemory.info(path, passphrase: passphrase))
    } else {
      try StandardStreams.out(sentence + "\n")
    }
  }
}
