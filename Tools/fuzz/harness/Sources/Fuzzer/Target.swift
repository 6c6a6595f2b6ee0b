import Foundation

/// What is done with the fuzzer's bytes. A target returns; whatever else happens is a finding.
enum Target {
  typealias Run = @Sendable (UnsafeRawBufferPointer) -> Void

  nonisolated(unsafe) static var current: Run?

  static let all: [String: Run] = [
    "safetensors": SafetensorsTarget.run,
    "memory": MemoryTarget.run,
    "gguf": ModelTarget.run,
    "tokenizer": TokenizerTarget.run,
    "template": TemplateTarget.run,
    "messages": MessagesTarget.run,
    "chat": ChatTarget.run,
    "evaluation": EvaluationTarget.run,
  ]

  /// A folder in working memory for files that must have a path.
  static let folder: String = {
    let root = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : "/tmp"
    let folder = "\(root)/mneme-fuzz-\(getpid())"
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(atPath: Target.folder) }
    return folder
  }()

  /// Writes a file into the folder.
  static func write(_ bytes: UnsafeRawBufferPointer, as name: String) -> String {
    let path = "\(folder)/\(name)"
    guard let file = fopen(path, "w") else { return path }
    fwrite(bytes.baseAddress, 1, bytes.count, file)
    fclose(file)
    return path
  }

  /// Ends the process: something was accepted that should not have been.
  static func report(_ finding: String) -> Never {
    FileHandle.standardError.write(Data("FINDING: \(finding)\n".utf8))
    abort()
  }

  /// The content of a file the run script names.
  static func environment(_ name: String) -> String {
    guard let value = ProcessInfo.processInfo.environment[name] else {
      report("the variable \(name) is not set; use Tools/fuzz/run")
    }
    return value
  }
}
