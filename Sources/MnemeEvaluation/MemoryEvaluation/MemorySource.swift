public import Memory
import Mneme
import ModelFiles

/// Where the memory of an arm comes from.
public enum MemorySource: Sendable, Equatable {
  /// Files, attached together. They are read once and never written.
  case files([String])
  /// An empty memory of these kinds, with slow weights from `adapter` or from beside the model.
  case new([ModuleKind], adapter: String?)
}

extension MemoryEvaluation {
  /// The same with one adapter for all new memories, the one a user's new memory begins with: a model without one beside
  /// it is met once, not for each new memory.
  ///
  /// - Parameter announce: called before that is done, which takes a while.
  func introduced(in folder: PrivateFolder, announce: () -> Void) throws -> MemoryEvaluation {
    let lacking = memories.flatMap { memory -> [ModuleKind] in
      if case .new(let kinds, adapter: nil) = memory.source { kinds } else { [] }
    }
    guard !lacking.isEmpty, try Adapter.find(for: model.transformer) == nil else { return self }
    announce()
    let path = folder.path("adapter.safetensors")
    try model.standardAdapter(for: lacking).save(to: path)
    var prepared = self
    for index in memories.indices {
      if case .new(let kinds, adapter: nil) = memories[index].source {
        prepared.memories[index].source = .new(kinds, adapter: path)
      }
    }
    return prepared
  }

  /// The memory of an arm as it may be written to temporary files: an encrypted one is replaced by an empty one of the
  /// same kinds, so that none of its contents are written in plain text.
  func openSource(of arm: MemoryArm) -> MemorySource {
    guard case .files(let paths) = arm.source, paths.contains(where: { passphrases[$0] != nil })
    else { return arm.source }
    let kinds = arms.first { $0.name == arm.name }?.modules.map(ModuleKind.init(rawValue:)) ?? []
    return .new(kinds, adapter: nil)
  }
}

/// An arm besides the memories and the plain model.
public enum ControlArm: Sendable, Equatable {
  /// The first memory with another episode's contents.
  case wrongMemory
  /// Another memory file, without the episode's contents.
  case file(String)
  /// All told statements are in the context, as far as they fit.
  case fullContext
  /// The best matching pieces of the told statements are in the context, within the budget.
  case retrieval
  /// The same budget, pieces drawn at random.
  case randomRetrieval
}

/// The progress of a run.
public struct EvaluationProgress: Sendable, Equatable {
  /// Pieces of work that are done.
  public var done: Int
  /// Pieces of work in all.
  public var total: Int
  /// Share of the work that is done, by its estimated size, 0 to 1.
  public var share: Double
  /// The current suite and arm.
  public var label: String
  /// Seconds that are left at the pace so far; nil at the beginning.
  public var secondsLeft: Double?
}
