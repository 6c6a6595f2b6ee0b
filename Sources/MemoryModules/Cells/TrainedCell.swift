package import Foundation
package import Memory
import ModelFiles

/// A cell that `Tools/train/cells` trained on a task of its paper, and what the task's inputs and outputs mean.
package struct TrainedCell: Sendable {
  /// "ntm.copy": the kind, then the task.
  package let name: String
  package let cell: MemoryCell
  package let task: CellTask
  /// The bytes of its weights, by which the files it writes know it.
  package let weights: Data

  /// A line of the file's description: sizes and options, and for stories the words.
  private struct Entry: Decodable {
    var shape: CellShape
    var vocabulary: CellVocabulary?
  }

  /// The names of all trained cells, in the order of the file.
  package static func names() throws(MemoryError) -> [String] { try entries().keys.sorted() }

  /// The trained cell with a name; nil when there is none.
  package init?(named name: String) throws(MemoryError) {
    guard let entry = try Self.entries()[name] else { return nil }
    let parts = name.split(separator: ".", maxSplits: 1)
    guard parts.count == 2,
      let task = CellTask(name: String(parts[1]), shape: entry.shape, entry.vocabulary)
    else { throw Self.fault("the task of \(name) is not known") }
    var tensors: [String: ParameterTensor] = [:]
    var weights = Data()
    let file = try TrainedWeights.cells()
    do throws(ModelFileError) {
      for tensor in file.tensors where tensor.name.hasPrefix(name + ".") {
        tensors[String(tensor.name.dropFirst(name.count + 1))] = ParameterTensor(
          shape: tensor.shape, values: try tensor.floats())
        weights += Data("\(tensor.name) \(tensor.shape)\n".utf8) + tensor.data
      }
    } catch {
      throw .file(error)
    }
    self.weights = weights
    self.name = name
    self.task = task
    cell = try MemoryCell(entry.shape, tensors: tensors)
  }

  private static func entries() throws(MemoryError) -> [String: Entry] {
    guard let json = try TrainedWeights.cells().metadata["cells"],
      let entries = try? StrictJSON.decode([String: Entry].self, from: Data(json.utf8))
    else { throw fault("the description of the trained cells cannot be read") }
    return entries
  }

  private static func fault(_ what: String) -> MemoryError {
    .malformed(path: "cells.safetensors", what: what, expected: nil)
  }
}

/// The words that a cell knows that was trained on stories.
package struct CellVocabulary: Codable, Sendable, Equatable {
  /// Words of sentences and questions, lower case.
  package var words: [String]
  /// Answers.
  package var answers: [String]
  /// The most words of a sentence.
  package var places: Int
}
