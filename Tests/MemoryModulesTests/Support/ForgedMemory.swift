import Foundation
import ModelFiles

/// A memory file taken apart, to be changed and put together again with checksums that agree: what somebody does who wants
/// a wrong file to be believed.
struct ForgedMemory {
  struct Tensor: Equatable {
    var name: String
    var type: SafetensorsType
    var shape: [Int]
    var bytes: Data
  }

  var metadata: [String: String]
  var tensors: [Tensor]

  init(_ file: SafetensorsFile) {
    metadata = file.metadata
    tensors = file.tensors.map {
      Tensor(name: $0.name, type: $0.type, shape: $0.shape, bytes: Data($0.bytes))
    }
  }

  /// The tensor with as many rows as it has bytes for, where shape and bytes disagree; what is left over goes.
  private static func fitting(_ tensor: Tensor) -> Tensor {
    if size(tensor.shape, of: tensor.type) == tensor.bytes.count { return tensor }
    var fitting = tensor
    let row = Array(tensor.shape.dropFirst())
    if let size = size(row, of: tensor.type), size > 0 {
      fitting.shape = [tensor.bytes.count / size] + row
      fitting.bytes = tensor.bytes.prefix(tensor.bytes.count / size * size)
    } else {
      let size = tensor.type.size
      fitting.shape = [tensor.bytes.count / size]
      fitting.bytes = tensor.bytes.prefix(tensor.bytes.count / size * size)
    }
    return fitting
  }

  private static func size(_ shape: [Int], of type: SafetensorsType) -> Int? {
    var size = type.size
    for extent in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      guard !overflow, extent >= 0 else { return nil }
      size = product
    }
    return size
  }

  /// The file's bytes, with names given twice left out and every checksum made anew where `reseals` is true.
  func serialized(reseals: Bool = true) -> Data {
    var writer = SafetensorsWriter(metadata: metadata)
    // The writer tells names apart as strings do, by canonical equivalence.
    var names: Set<String> = ["__metadata__"]
    for tensor in tensors where names.insert(tensor.name).inserted {
      let fitting = Self.fitting(tensor)
      writer.add(
        fitting.name, type: fitting.type, shape: fitting.shape, bytes: fitting.bytes)
    }
    guard reseals else { return writer.serialized() }
    writer.metadata["mneme.sha256"] = Self.checksum(writer.dataSection())
    var text = ""
    for (key, value) in writer.metadata.sorted(by: { $0.key < $1.key })
    where key != "mneme.header_sha256" {
      text += "\(key.utf8.count):\(key)=\(value.utf8.count):\(value);"
    }
    let layout =
      writer.metadata["mneme.format"] == "1" ? writer.layout.sorted() : writer.layout
    text += layout.joined(separator: ";")
    writer.metadata["mneme.header_sha256"] = Self.checksum(Data(text.utf8))
    return writer.serialized()
  }
}
