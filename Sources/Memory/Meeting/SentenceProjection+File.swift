import Foundation
package import ModelFiles
public import Transformer

extension SentenceProjection {
  /// What the names of files with trained projections end in.
  public static let suffix = ".sentences.safetensors"

  private static let metadataKey = "mneme.sentences"

  private struct Description: Codable {
    var points: [HookPoint]
  }

  /// Reads a file that `Tools/train/meaning.py` wrote.
  ///
  /// - Returns: the projection, and the model that it was trained for.
  /// - Throws: `MemoryError.file`, `.malformed`.
  public static func load(
    _ path: String
  ) throws(MemoryError) -> (projection: SentenceProjection, model: ModelIdentity) {
    let file: SafetensorsFile
    do throws(ModelFileError) {
      file = try SafetensorsFile.open(path)
    } catch {
      throw .file(error)
    }
    return try read(file)
  }

  /// Reads the same from an open file.
  ///
  /// - Throws: `MemoryError.file`, `.malformed`.
  package static func read(
    _ file: SafetensorsFile
  ) throws(MemoryError) -> (projection: SentenceProjection, model: ModelIdentity) {
    let mean: [Float]
    let matrix: [Float]
    do throws(ModelFileError) {
      mean = try file.require("mean").floats()
      matrix = try file.require("matrix").floats()
    } catch {
      throw .file(error)
    }
    guard let text = file.metadata[metadataKey],
      let description = try? StrictJSON.decode(Description.self, from: Data(text.utf8)),
      let projection = SentenceProjection(
        points: description.points, mean: mean, matrix: matrix),
      let model = try ModelIdentity.read(file.metadata, path: file.path)
    else {
      throw .malformed(
        path: file.path, what: "the file holds no projection of sentences",
        expected: "the metadata keys '\(metadataKey)' and '\(ModelIdentity.metadataKey)', and the "
          + "tensors mean and matrix")
    }
    return (projection, model)
  }

  /// The projection that was trained for a model, or for a variant of it, among the files of some folders; nil where there
  /// is none. Files that cannot be read are passed over.
  ///
  /// - Parameters:
  ///   - identity: of the model.
  ///   - shape: its hyper-parameters.
  public static func find(
    for identity: ModelIdentity, shape: TransformerConfiguration, in folders: [String]
  ) -> SentenceProjection? {
    for folder in folders {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      for name in names.sorted() where name.hasSuffix(suffix) {
        guard let found = try? load(folder + "/" + name) else { continue }
        if isFor(identity, shape, found) { return found.projection }
      }
    }
    return nil
  }

  /// Whether a projection was trained for a model or a variant of it.
  package static func isFor(
    _ identity: ModelIdentity, _ shape: TransformerConfiguration,
    _ found: (projection: SentenceProjection, model: ModelIdentity)
  ) -> Bool {
    guard found.projection.fits(shape) else { return false }
    switch found.model.kinship(to: identity) {
    case .same, .kin: return true
    default: return false
    }
  }
}
