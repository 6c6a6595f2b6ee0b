import Foundation
import Memory
import ModelFiles

extension MemoryEvaluation {
  /// A digest of the tasks and the memory files, 64 hexadecimal digits: a run can only be resumed with the same ones.
  ///
  /// - Throws: `MemoryError` for a memory file that cannot be read.
  public func digest(of plans: [PlannedSuite]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    var text = Data()
    for planned in plans {
      text += Data(planned.suite.name.utf8)
      switch planned.plan {
      case .episodes(let episodes, let decoys):
        text += try encoder.encode(episodes)
        text += try encoder.encode(decoys)
      case .texts(let texts): text += try encoder.encode(texts)
      case .lifecycle: break
      case .cost(let tokens): text += try encoder.encode(tokens)
      }
    }
    let sources =
      memories.map(\.source)
      + controls.compactMap { control in
        if case .file(let path) = control { .files([path]) } else { nil }
      }
    for case .files(let paths) in sources {
      for path in paths {
        text += Data(try DetachableMemory.info(path, passphrase: passphrases[path]).sha256.utf8)
      }
    }
    return MemoryFileHeader.checksum(text)
  }
}
