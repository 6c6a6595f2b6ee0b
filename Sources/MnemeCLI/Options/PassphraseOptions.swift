import ArgumentParser
import Foundation
import Mneme

/// Where the passphrase of an encrypted memory comes from; never from the command line itself, which other users can see.
struct PassphraseOptions: ParsableArguments {
  /// Names a file whose first line is the passphrase, for programs that run without a terminal.
  static let variable = "MNEME_PASSPHRASE_FILE"

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A file whose first line is the passphrase of an encrypted memory; - reads standard input.",
      discussion: """
        Without it the file named by MNEME_PASSPHRASE_FILE is read, and failing that the passphrase is asked for \
        on the terminal.
        """, valueName: "path"),
    completion: .file())
  var passphraseFile: String?

  func validate() throws {
    if passphraseFile?.isEmpty == true {
      throw ValidationError("--passphrase-file needs the path of a file.")
    }
  }

  /// Reads the file that was named, before anything else reads standard input.
  func reader() throws -> PassphraseReader {
    let variable = ProcessInfo.processInfo.environment[Self.variable]
    return try PassphraseReader(
      file: passphraseFile, fallback: variable?.isEmpty == false ? variable : nil)
  }
}
