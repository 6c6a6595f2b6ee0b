import Foundation
import ModelFiles

/// A model of the same shape and vocabulary with other weights: the rows of one matrix are permuted.
struct StrangerModel {
  private let file: ModelFile

  /// The stranger to a model.
  init(of file: ModelFile) { self.file = file }

  /// Writes it as one GGUF file.
  func write(to path: String) throws {
    var layout = GGUFLayout()
    layout.metadata = file.metadata
    // The writer aligns by itself.
    layout.metadata["general.alignment"] = nil
    for tensor in file.tensors {
      layout.add(tensor.name, shape: tensor.shape, type: tensor.type)
    }
    let turned = file.tensors.indices.filter { file.tensors[$0].shape.count == 2 }
    var index = 0
    _ = try layout.write(to: path) { _, output in
      let tensor = file.tensors[index]
      let bytes = tensor.bytes
      // Whole rows move, so that blocks of quantised weights stay whole.
      let rows = tensor.shape.count == 2 ? tensor.shape[1] : 1
      let cut = turned.contains(index) ? rows / 2 * (bytes.count / max(1, rows)) : 0
      try output.append(UnsafeRawBufferPointer(rebasing: bytes[cut...]))
      if cut > 0 { try output.append(UnsafeRawBufferPointer(rebasing: bytes[..<cut])) }
      index += 1
    }
  }
}
