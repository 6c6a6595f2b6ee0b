import ArgumentParser
import Foundation
import Mneme

/// Options that say how a command speaks, among others.
protocol SpeakingOptions {
  var output: OutputOptions { get }
}

/// A command about memory files.
protocol MemoryFileCommand {
  associatedtype Files: SpeakingOptions
  /// Which files, and how the command speaks.
  var memory: Files { get }
}

extension MemoryFileCommand {
  /// How the command speaks.
  var output: OutputOptions { memory.output }
}

/// What every command about one memory file takes: the file, its passphrase, and how the command speaks.
struct MemoryFileOptions: ParsableArguments, SpeakingOptions {
  @OptionGroup var passphrase: PassphraseOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The memory file.", completion: .file(extensions: ["mneme"]))
  var file: String

  /// The file's path.
  var path: String { PathText.expanded(file) }

  /// The passphrase of the file, asked for where it is encrypted; nil where it is not.
  func key() throws -> Passphrase? { try passphrase.reader().passphrase(of: path) }
}

/// A memory file and the model it is opened with.
struct OpenMemoryOptions: ParsableArguments, SpeakingOptions {
  @OptionGroup var model: ModelOptions
  @OptionGroup var memory: MemoryFileOptions

  /// How the command speaks.
  var output: OutputOptions { memory.output }

  /// Loads the model and the memory, which is only read.
  func read() async throws -> (model: LanguageModel, memory: DetachableMemory) {
    // A passphrase is asked for before the model is waited for.
    let key = try memory.key()
    let loaded = try await model.load(for: [memory.path])
    return (loaded, try loaded.loadMemory(memory.path, readOnly: true, passphrase: key))
  }

  /// Loads the model and the memory, changes the memory, and saves it. Ctrl-C ends the work, and the file stays as it was.
  ///
  /// - Parameters:
  ///   - label: what is being done, on the progress bar.
  ///   - body: changes the memory, reporting the share that is done; says whether anything is to be saved.
  func change<Result: Sendable>(
    _ label: String,
    _ body:
      @escaping @Sendable (
        _ memory: DetachableMemory, _ model: LanguageModel,
        _ progress: @escaping (Double) throws -> Void
      ) throws -> (result: Result, saves: Bool)
  ) async throws -> Result {
    let (path, key) = (memory.path, try memory.key())
    let loaded = try await model.load(for: [path])
    let bar = memory.output.progressBar(label)
    return try await Work.run {
      defer { bar.finish() }
      let memory = try loaded.loadMemory(path, forWriting: true, passphrase: key)
      let (result, saves) = try body(memory, loaded) { share in
        try Task.checkCancellation()
        bar.update(share, label)
      }
      if saves { try memory.save(to: path) }
      return result
    }
  }
}

/// Two memory files and the model they are opened with.
struct MemoryPairOptions: ParsableArguments, SpeakingOptions {
  @OptionGroup var model: ModelOptions
  @OptionGroup var passphrase: PassphraseOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The first memory file.", completion: .file(extensions: ["mneme"]))
  var first: String

  @Argument(help: "The second memory file.", completion: .file(extensions: ["mneme"]))
  var second: String

  /// Asks for the passphrases and loads the model.
  ///
  /// - Returns: what loads the two memories with it.
  func open() async throws -> @Sendable (_ readOnly: Bool) throws -> [DetachableMemory] {
    let paths = [first, second].map(PathText.expanded)
    let passphrases = try passphrase.reader().passphrases(for: paths)
    let loaded = try await model.load(for: paths)
    return { readOnly in
      try paths.map {
        try loaded.loadMemory($0, readOnly: readOnly, passphrase: passphrases[$0])
      }
    }
  }
}

/// The path of a file that a command is to make.
enum NewFile {
  /// The path as it was typed, without `~`.
  ///
  /// - Throws: `MemoryError.fileExists`: what is there is never replaced.
  static func path(_ typed: String) throws -> String {
    let path = PathText.expanded(typed)
    guard !FileManager.default.fileExists(atPath: path) else {
      throw MemoryError.fileExists(path: path)
    }
    return path
  }
}
