import Foundation
import ModelFiles

extension DetachableMemory {
  /// Whether the file at a path is an encrypted memory; false for one that is not there or cannot be read.
  ///
  /// Looks at the header alone, without checking it: `load` does.
  public static func isSealed(_ path: String) -> Bool {
    metadata(of: path, limit: longestSealedHeader)?[SealedFile.encryptionKey] != nil
  }

  /// The name of the model that the memory at a path was made with; nil for an encrypted or unreadable file, and for one
  /// that does not say.
  ///
  /// Looks at the header alone, without checking it: what a file holds may be a gigabyte.
  package static func modelName(of path: String) -> String? {
    metadata(of: path, limit: longestHeader).flatMap {
      (try? ModelIdentity.read($0, path: path))?.name
    }
  }

  /// Bytes; a description of at most 4 KiB, escaped, and a few hundred more.
  private static let longestSealedHeader = 1 << 16
  /// Bytes; an identity is the largest of what is in it.
  private static let longestHeader = 4 * ModelIdentity.largestText

  /// The metadata in a header; nil where there is none within the limit.
  private static func metadata(of path: String, limit: Int) -> [String: String]? {
    struct Header: Decodable {
      var __metadata__: [String: String]
    }
    guard let start = try? FileContents.start(of: path, limit: 8 + limit), start.count > 8 else {
      return nil
    }
    let length = start.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(start.count - 8) else { return nil }
    // The tensors' entries are no strings: only the metadata is decoded.
    let json = start.dropFirst(8).prefix(Int(length))
    return (try? StrictJSON.decode(Header.self, from: Data(json)))?.__metadata__
  }
}
