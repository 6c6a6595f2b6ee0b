import Mneme

/// What is said of a source that nothing came from.
enum SourceText {
  /// Names the sources somebody may have meant who gave the name of a file and not its path, or the other way round.
  static func remark(_ source: String?, in memory: DetachableMemory, _ output: OutputOptions) {
    guard let source else { return }
    let alike = memory.sources(namedLike: ByteString(source))
    guard !alike.isEmpty else { return }
    output.remark("Sources of that name: \(alike.map { "'\($0)'" }.joined(separator: ", ")).")
  }
}
