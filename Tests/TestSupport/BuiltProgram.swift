#if os(Linux)
  import Foundation

  /// The program itself, which is built beside the tests: for what only a process of its own shows.
  public enum BuiltProgram {
    /// What a run left behind.
    public struct Run: Sendable {
      public let code: Int32
      public let out: String
      public let error: String
    }

    /// Where it lies; nil where only the tests were built.
    public static var path: String? {
      let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      let path = tests.deletingLastPathComponent().appendingPathComponent("mneme").path
      return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }

    /// Runs it to its end, by a shell.
    ///
    /// - Parameters:
    ///   - arguments: as they are, not the shell's.
    ///   - redirections: the shell's, such as `<&-` or `>/dev/full`.
    ///   - model: a GGUF file.
    public static func run(
      _ arguments: [String], _ redirections: String = "", model: String = ""
    ) throws -> Run {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", "\"$0\" \"$@\" \(redirections)", path ?? "mneme"] + arguments
      var environment = ProcessInfo.processInfo.environment
      environment["MNEME_MODEL"] = model
      environment["MNEME_CACHE"] = "off"
      process.environment = environment
      process.standardInput = FileHandle.nullDevice
      // Files, not pipes: whatever is printed, the program never waits for a reader.
      let folder = try TemporaryFolder()
      let (out, error) = (
        try folder.write(Data(), as: "out"), try folder.write(Data(), as: "error")
      )
      process.standardOutput = FileHandle(forWritingAtPath: out)
      process.standardError = FileHandle(forWritingAtPath: error)
      try process.run()
      process.waitUntilExit()
      return Run(
        code: process.terminationStatus, out: try text(out), error: try text(error))
    }

    private static func text(_ path: String) throws -> String {
      String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    }
  }
#endif
