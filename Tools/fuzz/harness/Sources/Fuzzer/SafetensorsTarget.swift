import Foundation
import ModelFiles

/// Any bytes as a safetensors file; what is accepted keeps the format's contract and survives being written again.
enum SafetensorsTarget {
  static func run(_ bytes: UnsafeRawBufferPointer) {
    guard let file = try? SafetensorsFile.parse(Data(bytes), path: "input") else { return }
    var writer = SafetensorsWriter(metadata: file.metadata)
    var total = 0
    for tensor in file.tensors {
      total += tensor.bytes.count
      if tensor.bytes.count != tensor.shape.reduce(tensor.type.size, *) {
        Target.report("a tensor of another size than its shape")
      }
      _ = tensor.isFinite
      _ = try? tensor.floats()
      _ = try? tensor.doubles()
      _ = try? tensor.int64s()
      _ = try? tensor.int32s()
      _ = try? tensor.halves()
      _ = try? tensor.uint8s()
      writer.add(tensor.name, type: tensor.type, shape: tensor.shape, bytes: Data(tensor.bytes))
    }
    if total != file.data.count { Target.report("bytes that belong to no tensor") }
    guard let again = try? SafetensorsFile.parse(writer.serialized(), path: "again"),
      again.metadata == file.metadata, again.layout.sorted() == file.layout.sorted()
    else { Target.report("written again it is another file") }
  }
}
