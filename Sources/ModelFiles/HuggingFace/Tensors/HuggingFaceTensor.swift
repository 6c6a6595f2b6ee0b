import Foundation
import Tensors

/// A tensor in a mapped safetensors file.
struct HuggingFaceTensor {
  let name: String
  let type: SafetensorsType
  /// The extents, slowest first.
  let shape: [Int]
  let bytes: UnsafeRawBufferPointer
  /// The file.
  let path: String
  let owner: MappedFile

  /// The type in GGUF's terms; nil for types that weights never have here.
  var elementType: ElementType? {
    switch type {
    case .f32: .f32
    case .f16: .f16
    case .bf16: .bf16
    default: nil
    }
  }
}

/// The weights of a folder: one safetensors file, or shards and their index.
struct HuggingFaceWeights {
  let tensors: [ByteString: HuggingFaceTensor]
  /// The files' sizes together.
  let byteCount: Int

  static let single = "model.safetensors"
  static let index = "model.safetensors.index.json"
  private static let indexLimit = 16 << 20
  private static let shardLimit = 1000

  /// Maps the weights in a folder.
  ///
  /// - Throws: `ModelFileError` for files that are not valid safetensors, and for an index that does not agree with its
  ///   files.
  static func map(folder: String) throws(ModelFileError) -> HuggingFaceWeights {
    let (single, index) = (folder + "/" + Self.single, folder + "/" + Self.index)
    guard RegularFile.exists(index) else {
      var tensors: [ByteString: HuggingFaceTensor] = [:]
      let size = try map(single) { tensors[$0.name] = $0 }
      return try limited(tensors, byteCount: size, path: single)
    }
    let places = try readIndex(index)
    guard places.values.contains(ByteString(Self.single)) || !RegularFile.exists(single) else {
      throw .huggingFace(path: folder, .twoSetsOfWeights)
    }
    return try map(places, folder: folder, index: index)
  }

  /// The file that holds each tensor.
  private static func readIndex(_ path: String) throws(ModelFileError) -> [ByteString: ByteString] {
    let value = try JSONValue.read(path, limit: indexLimit)
    let entries = value.object?.first { $0.name == "weight_map" }?.value.object
    guard let entries, !entries.isEmpty else {
      throw .huggingFace(path: path, .missingKey("weight_map"))
    }
    var places: [ByteString: ByteString] = [:]
    for entry in entries {
      guard let name = entry.value.string else {
        throw .huggingFace(path: path, .shardName(entry.value.shown))
      }
      // A name with a slash could lead out of the folder.
      guard name.hasSuffix(".safetensors"), name.utf8.count <= 255,
        !name.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 < 32 })
      else { throw .huggingFace(path: path, .shardName(name)) }
      places[entry.name] = ByteString(name)
    }
    return places
  }

  private static func map(
    _ places: [ByteString: ByteString], folder: String, index: String
  ) throws(ModelFileError) -> HuggingFaceWeights {
    let shards = Set(places.values).sorted()
    guard shards.count <= shardLimit else {
      throw .excessive(
        path: index, what: "the number of files", found: UInt64(shards.count),
        limit: UInt64(shardLimit))
    }
    if let missing = shards.first(where: { !RegularFile.exists(folder + "/" + $0.text) }) {
      throw .huggingFace(path: index, .missingShard(missing.text))
    }
    var tensors: [ByteString: HuggingFaceTensor] = [:]
    var byteCount = 0
    for shard in shards {
      var misplaced: HuggingFaceFault?
      byteCount += try map(folder + "/" + shard.text) { tensor in
        if places[tensor.name] == shard {
          tensors[tensor.name] = tensor
        } else {
          misplaced = .misplaced(
            tensor: tensor.name, shard: shard.text, expected: places[tensor.name]?.text)
        }
      }
      if let misplaced { throw .huggingFace(path: index, misplaced) }
    }
    for (name, shard) in places.sorted(by: { $0.key < $1.key }) where tensors[name] == nil {
      throw .huggingFace(path: index, .absent(tensor: name.text, shard: shard.text))
    }
    return try limited(tensors, byteCount: byteCount, path: index)
  }

  /// Calls `body` with the tensors of one file.
  ///
  /// - Returns: the file's size.
  private static func map(
    _ path: String, _ body: (HuggingFaceTensor) -> Void
  ) throws(ModelFileError) -> Int {
    let mapping = try MappedFile(path: path)
    guard let start = mapping.bytes.baseAddress else { throw .empty(path: path) }
    let data = Data(
      bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: mapping.bytes.count,
      deallocator: .none)
    for tensor in try SafetensorsFile.parse(data, path: path).tensors {
      // The slices count from the start of the file.
      let bytes = UnsafeRawBufferPointer(rebasing: mapping.bytes[tensor.data.indices])
      body(
        HuggingFaceTensor(
          name: tensor.name, type: tensor.type, shape: tensor.shape, bytes: bytes, path: path,
          owner: mapping))
    }
    return mapping.bytes.count
  }

  private static func limited(
    _ tensors: [ByteString: HuggingFaceTensor], byteCount: Int, path: String
  ) throws(ModelFileError) -> HuggingFaceWeights {
    guard tensors.count <= GGUFParser.Limit.tensors else {
      throw .excessive(
        path: path, what: "the number of tensors", found: UInt64(tensors.count),
        limit: UInt64(GGUFParser.Limit.tensors))
    }
    return HuggingFaceWeights(tensors: tensors, byteCount: byteCount)
  }
}
