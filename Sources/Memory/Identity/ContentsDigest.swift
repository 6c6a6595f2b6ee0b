import Cryptography
import Foundation
import ModelFiles
import Synchronization
import Tensors
import Transformer

/// SHA-256 over every byte of a model's weights: what tells a model from one that was changed anywhere, which samples
/// (`ModelFingerprint`, `WeightSketch`) cannot.
///
/// Weights are read once: a digest is kept in the user's cache under the file's path, size, time and inode, and for as long as
/// the process runs.
enum ContentsDigest {
  /// Bytes that are hashed on one thread at a time.
  private static let piece = 8 << 20

  /// The digest of a model, 64 lower-case hexadecimal digits.
  static func of(_ model: TransformerModel) -> String {
    let file = model.file
    guard let stamp = FileStamp(ofModel: file.path) else { return computed(file) }
    if let known = ContentsCache.digest(of: stamp, at: file.path) { return known }
    let digest = computed(file)
    // A file that was written meanwhile keeps no digest.
    if FileStamp(ofModel: file.path) == stamp {
      ContentsCache.keep(digest, of: stamp, at: file.path)
    }
    return digest
  }

  /// Hashes all weights, on all processors.
  ///
  /// Tensors count in the order of their names, each with name, type and shape, then the SHA-256 of each 8 MiB of its
  /// bytes: the digest depends neither on where a tensor lies in the file nor on the number of threads.
  static func computed(_ file: ModelFile) -> String {
    let tensors = file.tensors.sorted { $0.name < $1.name }
    let pieces = tensors.flatMap { tensor in
      stride(from: 0, to: tensor.bytes.count, by: piece).map { (tensor, $0) }
    }
    let digests = Mutex([SHA256.Digest?](repeating: nil, count: pieces.count))
    ThreadPool.shared.parallel(pieces.count) { range in
      for index in range {
        let (tensor, start) = pieces[index]
        let end = min(tensor.bytes.count, start + piece)
        var hash = SHA256()
        hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: tensor.bytes[start..<end]))
        let digest = hash.finalize()
        digests.withLock { $0[index] = digest }
      }
    }
    var found = digests.withLock { $0 }.makeIterator()
    var hash = SHA256()
    for tensor in tensors {
      hash.update(data: Data("\(tensor.name):\(tensor.type.name):\(tensor.shape);".utf8))
      for _ in stride(from: 0, to: tensor.bytes.count, by: piece) {
        if let digest = found.next() ?? nil { hash.update(data: Data(digest)) }
      }
    }
    return hash.finalize().hexadecimal
  }
}

/// Digests by file, in the process and in the user's cache.
private enum ContentsCache {
  private struct Entry: Codable {
    var path: String
    var stamp: FileStamp
    var contents: String
  }

  /// Entries of this process: under `MNEME_CACHE=off`, as in tests, the only ones.
  private static let known = Mutex<[FileStamp: String]>([:])

  static func digest(of stamp: FileStamp, at path: String) -> String? {
    if let digest = known.withLock({ $0[stamp] }) { return digest }
    guard let place = UserCache.contents(of: path),
      let data = try? FileContents.start(of: place, limit: 1 << 16),
      let entry = try? StrictJSON.decode(Entry.self, from: data),
      entry.stamp == stamp, entry.path == path, let digits = ModelFingerprint(hex: entry.contents)
    else { return nil }
    known.withLock { $0[stamp] = digits.hex }
    return digits.hex
  }

  static func keep(_ digest: String, of stamp: FileStamp, at path: String) {
    known.withLock { $0[stamp] = digest }
    // Within the clock's grain a second change would leave the same time.
    guard stamp.isSettled, let place = UserCache.contents(of: path),
      let data = try? JSONEncoder().encode(Entry(path: path, stamp: stamp, contents: digest))
    else { return }
    // What cannot be kept is hashed again next time.
    try? UserCache.keep(data, at: place)
  }
}
