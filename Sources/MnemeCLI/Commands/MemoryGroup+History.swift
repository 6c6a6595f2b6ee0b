import ArgumentParser
import Mneme

extension MemoryGroup {
  /// `mneme memory undo`.
  struct Undo: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "undo", abstract: "Take back the last writes or learns; redo makes them again.",
      discussion: """
        Up to 8 earlier versions lie beside the file, as FILE.undo, FILE.undo.2 and so on, the highest \
        number the latest; what was taken back as FILE.redo and so on, until the next write. When \
        something is forgotten or replaced they all go.
        """)

    @OptionGroup var history: HistoryOptions

    func run() throws {
      try history.step { try DetachableMemory.undo($0, steps: $1, passphrase: $2) }
    }
  }

  /// `mneme memory redo`.
  struct Redo: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "redo", abstract: "Make the writes or learns again that undo took back.",
      discussion: "A write after undo takes their place: then there is nothing to redo.")

    @OptionGroup var history: HistoryOptions

    func run() throws {
      try history.step { try DetachableMemory.redo($0, steps: $1, passphrase: $2) }
    }
  }
}

/// Which file, and how many steps.
struct HistoryOptions: ParsableArguments, MemoryFileCommand {
  @OptionGroup var memory: MemoryFileOptions

  @Option(
    name: .long, parsing: .unconditional,
    help: "How many changes; all there are when there are fewer.")
  var steps = 1

  func validate() throws {
    guard steps > 0 else { throw ValidationError("--steps takes at least 1.") }
  }

  /// Goes so many steps and prints where the file stands then.
  func step(
    _ go: (_ path: String, _ steps: Int, _ passphrase: Passphrase?) throws -> MemoryHistoryStep
  ) throws {
    let step = try go(memory.path, steps, memory.key())
    if output.json { return try JSONOutput.print(step.info) }
    try StandardStreams.out(
      "\(memory.file) went \(Figures.plural(step.steps, "step")), and is as it was last changed "
        + "\(step.info.updated); \(step.earlier) to undo, \(step.later) to redo.\n")
  }
}
