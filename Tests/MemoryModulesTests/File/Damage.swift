import Foundation
import ModelFiles
import TestSupport

/// Ways in which a memory file comes to harm, by accident or by somebody who does not know how it is sealed.
enum Damage: String, CaseIterable {
  case flippedBits, overwrittenRun, truncated, extended, swappedRanges, editedHeader, renamedTensor
  case retypedTensor, duplicatedKey, spliced

  /// The damaged bytes of a file.
  ///
  /// - Parameter other: the bytes of another memory with the same modules and as many tokens.
  func apply(
    to whole: Data, other: Data, _ random: inout TestRandom
  ) throws -> Data {
    func below(_ limit: Int) -> Int { Int(random.next() % UInt64(max(1, limit))) }
    let header = Self.headerLength(whole)
    var bytes = [UInt8](whole)
    switch self {
    case .flippedBits:
      for _ in 0...below(4) { bytes[below(bytes.count)] ^= 1 << UInt8(below(8)) }
    case .overwrittenRun:
      let start = below(bytes.count)
      let value: UInt8? = [0, 0xff, 0x20, nil][below(4)]
      for place in start..<min(bytes.count, start + 1 + below(64)) {
        bytes[place] = value ?? UInt8(below(256))
      }
    case .truncated: bytes.removeLast(1 + below(bytes.count - 1))
    case .extended: bytes += (0...below(64)).map { _ in UInt8(below(256)) }
    case .swappedRanges:
      let length = 4 * (1 + below(64))
      let places = [below(bytes.count - 2 * length), below(bytes.count - 2 * length)].sorted()
      let (first, second) = (places[0], max(places[1], places[0] + length))
      for step in 0..<length { bytes.swapAt(first + step, second + step) }
    case .editedHeader:
      let letters = Array("0123456789{}[]\",:.aF".utf8)
      for _ in 0...below(3) { bytes[8 + below(header - 8)] = letters[below(letters.count)] }
    case .renamedTensor, .retypedTensor:
      var memory = ForgedMemory(try SafetensorsFile.parse(whole, path: "whole"))
      let tensor = below(memory.tensors.count)
      let another = (tensor + 1 + below(memory.tensors.count - 1)) % memory.tensors.count
      if self == .renamedTensor {
        let name = memory.tensors[tensor].name
        let isSwapped = below(2) == 0
        memory.tensors[tensor].name = isSwapped ? memory.tensors[another].name : name + "x"
        if isSwapped { memory.tensors[another].name = name }
      } else {
        let types: [SafetensorsType] = [.f32, .i32, .f16, .bf16, .u8, .i64]
        memory.tensors[tensor].type = types[below(types.count)]
      }
      return memory.serialized(reseals: false)
    case .duplicatedKey:
      // One member of the header once more, in front of the others.
      let text = String(decoding: whole[8..<header], as: UTF8.self)
      let names = try SafetensorsFile.parse(whole, path: "whole").tensors.map(\.name)
      let name = names[below(names.count)]
      let member = "\"\(name)\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},"
      let changed = Data(("{" + member + text.dropFirst()).utf8)
      return Self.length(changed.count) + changed + whole[header...]
    case .spliced:
      // A piece of the data, or all of the header, of another memory of the same shape.
      let otherHeader = Self.headerLength(other)
      if below(4) == 0 { return other[..<otherHeader] + whole[header...] }
      let data = other[otherHeader...]
      let start = below(min(data.count, bytes.count - header))
      let end = min(start + 1 + below(4096), data.count, bytes.count - header)
      for place in start..<end { bytes[header + place] = data[data.startIndex + place] }
    }
    return Data(bytes)
  }

  private static func headerLength(_ file: Data) -> Int {
    8 + file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private static func length(_ count: Int) -> Data {
    withUnsafeBytes(of: UInt64(count).littleEndian) { Data($0) }
  }
}
