package import Foundation
import ModelFiles
public import Tokenization
public import Transformer

extension DetachableMemory {
  /// Reads a memory file to change it: no other process can open it for writing until `closeForWriting()` or until this
  /// object is released.
  ///
  /// - Throws: `MemoryError.file(.locked)` when another process, or another memory of this one, has it open for writing;
  ///   what `load(_:model:registry:tokenizer:)` throws.
  public static func open(
    _ path: String, forWriting: Bool, model: TransformerModel, registry: ModuleRegistry,
    tokenizer: (any Tokenizer)? = nil, passphrase: Passphrase? = nil, kin: KinLoading = .refuse
  ) throws(MemoryError) -> DetachableMemory {
    guard forWriting else {
      return try load(
        path, model: model, registry: registry, tokenizer: tokenizer, passphrase: passphrase,
        kin: kin)
    }
    // Locked first, so that what is read is what will be replaced.
    let hold = try hold(path)
    let memory = try load(
      path, model: model, registry: registry, tokenizer: tokenizer, passphrase: passphrase)
    memory.place.hold = hold
    return memory
  }

  /// Locks a path for this memory before it is saved there for the first time.
  ///
  /// If there is no file yet, the first save creates it, unless another process has created one by then.
  ///
  /// - Parameter replacing: whether a file that is there may be replaced.
  /// - Throws: `MemoryError.fileExists`, `.file(.locked)`.
  public func openForWriting(
    _ path: String, replacing: Bool = false
  ) throws(MemoryError) {
    let hold = try Self.hold(path)
    guard replacing || !hold.exists else { throw .fileExists(path: path) }
    place.hold = hold
  }

  /// Saves the memory under a name that is not taken and binds it to that file: later saves go there.
  ///
  /// - Throws: `MemoryError.fileExists`, `.file`; the memory then stays bound to its former file.
  public func move(to path: String) throws(MemoryError) {
    let previous = place.hold
    do throws(MemoryError) {
      try openForWriting(path)
      try save(to: path)
    } catch {
      place.hold = previous
      throw error
    }
    name = Self.name(of: path)
  }

  /// Lets other processes open the file for writing.
  public func closeForWriting() { place.hold?.release() }

  /// Whether other processes are kept from writing to the file.
  public var isOpenForWriting: Bool { place.hold?.isForWriting == true }

  /// Takes over the file of another memory, which this one replaces.
  package func takeOver(_ other: DetachableMemory) {
    place.hold = other.place.hold
    other.place.hold = nil
  }

  /// The file that is at a path now; nil when it cannot be inspected: reading it then reports the error.
  static func look(at path: String) -> FileHold? { try? FileHold(path, forWriting: false) }

  /// Replaces a file by a memory's bytes.
  ///
  /// - Returns: whether it is the memory's own file, not a copy elsewhere.
  package func write(
    _ bytes: Data, to path: String, keepsPrevious: Bool
  ) throws(MemoryError) -> Bool {
    do throws(ModelFileError) {
      if let hold = place.hold, hold.isHold(of: path) {
        try hold.replace(with: bytes, keepingHistory: keepsPrevious)
        return true
      }
      let other = try FileHold(path, forWriting: false)
      try other.replace(with: bytes, keepingHistory: keepsPrevious)
      if isOpenForWriting { return false }
      place.hold = other
      return true
    } catch {
      throw .file(error)
    }
  }

  static func hold(_ path: String) throws(MemoryError) -> FileHold {
    do throws(ModelFileError) { return try FileHold(path, forWriting: true) } catch {
      throw .file(error)
    }
  }
}
