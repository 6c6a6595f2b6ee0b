import Foundation
import Mneme

extension ChatCommand {
  /// Learns by heart what the attached memories hold, file by file, when the chat is over. Ctrl-C ends it early and keeps what
  /// was learned.
  ///
  /// - Parameter passphrase: of a file; nil where it needs none.
  @MainActor
  func consolidate(
    _ session: ChatSession, _ model: LanguageModel,
    passphrase: (String) throws -> Passphrase?
  ) async throws {
    for status in await session.memories {
      guard let path = status.path, !status.isReadOnly else { continue }
      // From here on the file is the job's.
      _ = try await session.detach(status.name)
      let job = MemoryConsolidation(
        model: model, path: path, passphrase: try passphrase(path))
      let bar = ProgressBar("Consolidating \(status.name)", enabled: !quiet)
      let report: MemoryConsolidation.Report
      do {
        report = try await MemoryGroup.Consolidate.run(job, bar)
      } catch MemoryError.noFacts, MemoryError.noModules {
        // A memory of another kind has nothing to learn.
        continue
      }
      guard !quiet else { continue }
      for line in MemoryGroup.Consolidate.lines(report) {
        try StandardStreams.out("\(status.name): \(line)\n")
      }
    }
  }
}
