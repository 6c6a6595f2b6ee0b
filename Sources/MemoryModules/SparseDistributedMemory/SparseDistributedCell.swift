import Foundation
package import Memory
package import ModelFiles
import Tensors

/// A sparse distributed memory behind keys that are vectors.
///
/// The address of a key is the signs of 256 fixed random projections (Charikar 2002): the share of bits in which two addresses
/// differ is the angle between their keys over pi. The word is the code of the item.
package struct SparseDistributedCell: AssociativeCell {
  package static let about = ModuleDescription(
    kind: "sdm", socket: .associative,
    summary: "counters at random addresses: what is written near an address adds up",
    paper: "Kanerva, Sparse Distributed Memory (1988)", grows: true, readouts: [.text, .mixing])

  /// Bits of an address.
  static let addressBits = 256

  package private(set) var memory: SparseDistributedMemory
  /// Signs of the projections, [address bits, columns].
  private let projections: [Float]
  private let columns: Int

  package init(_ options: SparseDistributedConfiguration, columns: Int) {
    self.columns = columns
    var generator = SplitMix64(seed: 0x5d3_1988)
    let words = Self.addressBits / 64
    let addresses = (0..<options.locations * words).map { _ in generator.next() }
    memory = SparseDistributedMemory(
      addresses: addresses, addressWords: words, wordBits: ItemCodes.width,
      radius: options.radius)
    projections = generator.signs(Self.addressBits * columns)
  }

  /// The address of a key, [address bits / 64].
  package func address(of key: [Float]) -> [UInt64] {
    var projected = [Float](repeating: 0, count: Self.addressBits)
    LinearAlgebra.gemv(
      projections, key, &projected, rows: Self.addressBits, columns: columns)
    var address = [UInt64](repeating: 0, count: Self.addressBits / 64)
    for (bit, value) in projected.enumerated() where value > 0 {
      address[bit / 64] |= 1 << UInt64(bit % 64)
    }
    return address
  }

  package mutating func write(_ key: [Float], item: Int32) {
    memory.write(ItemCodes.bits(of: item), at: address(of: key))
  }

  /// The cosine of the sums at the key's address and each item's code.
  package func scores(_ key: [Float], among items: ItemCodes) -> [Float] {
    let sums = memory.sums(at: address(of: key)).map(Float.init)
    let length = sums.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return items.products(length > 0 ? sums.map { $0 / length } : sums)
  }

  package var stateBytes: Int { 2 * memory.counters.count }

  package func remark(of key: [Float]) -> String? {
    "in \(memory.active(address(of: key)).count) locations"
  }

  package func save(_ name: String, into writer: inout SafetensorsWriter) {
    let bytes = memory.counters.withUnsafeBytes { Data($0) }
    writer.add(
      "\(name).locations", type: .i16, shape: [memory.locations, memory.wordBits], bytes: bytes)
  }

  package mutating func load(
    _ name: String, from file: SafetensorsFile
  ) throws(MemoryError) {
    let tensor: SafetensorsTensor
    do throws(ModelFileError) {
      tensor = try file.require("\(name).locations")
    } catch {
      throw .file(error)
    }
    guard tensor.type == .i16, tensor.shape == [memory.locations, memory.wordBits] else {
      throw Self.malformed(file, expected: "a counter per location and bit")
    }
    memory.counters = tensor.data.withUnsafeBytes { raw in
      (0..<raw.count / 2).map {
        Int16(littleEndian: raw.loadUnaligned(fromByteOffset: 2 * $0, as: Int16.self))
      }
    }
  }
}
