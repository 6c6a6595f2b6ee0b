#if os(Linux)
  public import Foundation

  /// A second process: this test program again, doing one test with an argument in its environment.
  public enum OtherProcess {
    /// Starts it.
    ///
    /// - Parameters:
    ///   - test: what `--filter` takes; the test is enabled only where the variable is set.
    ///   - variable: the environment variable that carries the argument.
    ///   - settings: further variables, in place of this process's own.
    public static func start(
      _ test: String, _ variable: String, _ argument: String, settings: [String: String] = [:]
    ) throws -> Process {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      process.arguments = ["--testing-library", "swift-testing", "--filter", test]
      var environment = ProcessInfo.processInfo.environment
      environment.merge(settings) { _, new in new }
      environment[variable] = argument
      process.environment = environment
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      return process
    }

    /// Waits until something holds, a minute at most; returns whether it does.
    public static func wait(_ condition: () -> Bool) -> Bool {
      let deadline = ContinuousClock.now + .seconds(60)
      while !condition() {
        if ContinuousClock.now > deadline { return false }
        usleep(5_000)
      }
      return true
    }
  }
#endif
