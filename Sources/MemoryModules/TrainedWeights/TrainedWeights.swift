import CTrainedWeights
import Foundation
import Memory
import ModelFiles

/// The files of weights that are part of the program, each read once.
enum TrainedWeights {
  /// The machines of `Tools/train/cells`, by their tasks.
  static func cells() throws(MemoryError) -> SafetensorsFile { try readCells.get() }

  /// The agents of `Tools/train/retention`.
  static func retention() throws(MemoryError) -> SafetensorsFile { try readRetention.get() }

  /// The projections of sentences of `Tools/train/meaning.py`.
  static func sentences() throws(MemoryError) -> [SafetensorsFile] { [try readSentences.get()] }

  private static let readCells = read(trained_weights_of_cells(), name: "cells.safetensors")
  private static let readRetention = read(
    trained_weights_of_retention(), name: "retention.safetensors")
  private static let readSentences = read(
    trained_weights_of_smollm2_sentences(), name: "smollm2.sentences.safetensors")

  private static func read(
    _ weights: trained_weights, name: String
  ) -> Result<SafetensorsFile, MemoryError> {
    Result { () throws(MemoryError) in
      let bytes = Data(bytes: weights.bytes, count: weights.count)
      do throws(ModelFileError) {
        return try SafetensorsFile.parse(bytes, path: name)
      } catch {
        throw .file(error)
      }
    }
  }
}
