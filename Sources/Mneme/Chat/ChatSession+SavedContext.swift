import Cryptography
import Foundation
import Memory
import ModelFiles
import Transformer

/// What a model has read of a conversation, in a file beside the transcript: `mneme-context` version 1, safetensors with the
/// tensors `tokens` (I32), `keys` and `values` (U8), bound to the model by its fingerprint and checked by SHA-256.
///
/// It only spares time. Where it is missing, damaged, or another model's, the conversation is read again.
private struct ContextFile {
  private static let format = "mneme-context"
  private static let version = "1"

  static func bytes(of context: SavedContext, model: ModelFingerprint) -> Data {
    var writer = SafetensorsWriter(metadata: [
      "format": format, "version": version, "model": model.hex, "cache": context.type.rawValue,
      "sha256": digest(of: context),
    ])
    writer.add("tokens", int32s: context.tokens, shape: [context.tokens.count])
    writer.add("keys", type: .u8, shape: [context.keys.count], bytes: context.keys)
    writer.add("values", type: .u8, shape: [context.values.count], bytes: context.values)
    return writer.serialized()
  }

  /// The context of a file that this model can go on with.
  static func read(_ path: String, model: ModelFingerprint) -> SavedContext? {
    guard let file = try? SafetensorsFile.open(path), file.metadata["format"] == format,
      file.metadata["version"] == version, file.metadata["model"] == model.hex,
      let type = file.metadata["cache"].flatMap(CacheType.init),
      let tokens = file.tensor("tokens"), tokens.type == .i32, let keys = file.tensor("keys"),
      let values = file.tensor("values")
    else { return nil }
    let ids = stride(from: 0, to: tokens.data.count - 3, by: 4).map { place in
      tokens.data.withUnsafeBytes {
        Int32(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: Int32.self))
      }
    }
    let context = SavedContext(tokens: ids, type: type, keys: keys.data, values: values.data)
    return digest(of: context) == file.metadata["sha256"] ? context : nil
  }

  private static func digest(of context: SavedContext) -> String {
    var hash = SHA256()
    hash.update(data: context.tokens.withUnsafeBytes { Data($0) })
    hash.update(data: context.keys)
    hash.update(data: context.values)
    return hash.finalize().hexadecimal
  }
}

extension ChatSession {
  /// Keeps what the model has read of the conversation in a file that only its owner can read, for `restoreContext`.
  ///
  /// The file holds some tens of kilobytes a token. Where nothing has been read yet none is written, and an old one is removed.
  ///
  /// - Throws: `ChatError.unwritable`.
  public func saveContext(to path: String) throws(ChatError) {
    let context = engine.savedContext()
    guard !context.tokens.isEmpty else {
      try? FileManager.default.removeItem(atPath: path)
      return
    }
    let bytes = ContextFile.bytes(of: context, model: ModelFingerprint(of: model.transformer))
    do {
      try PrivateFile.write(bytes, to: path)
    } catch {
      throw ChatError.unwritable(path: path, reason: PrivateFile.reason(of: error))
    }
  }

  /// Goes on where `saveContext` left off, after `load`: what the file and the conversation have in common is not read
  /// again.
  ///
  /// - Returns: the tokens that need not be read; 0 where the file is missing, damaged, or another model's.
  @discardableResult
  public func restoreContext(from path: String) -> Int {
    guard engine.tokens.isEmpty,
      let context = ContextFile.read(path, model: ModelFingerprint(of: model.transformer)),
      engine.restore(context)
    else { return 0 }
    engine.truncate(to: engine.tokens.commonPrefix(with: contextTokens))
    return engine.tokens.count
  }
}
