import Foundation
import ModelFiles

/// A module's options. An adapter stores them as JSON; missing keys have their defaults, so that older files still load
/// when a module gains an option.
public protocol ModuleConfiguration: Codable, Sendable, Equatable {
  /// The defaults for a model.
  init(for context: ModuleContext)
  /// Whether every value is in range.
  var isSound: Bool { get }
  /// The valid ranges, for an error message; nil where the list would be too long.
  static var expectation: String? { get }
}

extension ModuleConfiguration {
  public static var expectation: String? { nil }

  /// A configuration as it is stored inside another one, where no defaults are merged in: what is left out is as in
  /// `defaults`.
  package init(merging decoder: any Decoder, into defaults: Self) throws {
    do {
      self = try defaults.merging(JSONTree(from: decoder))
    } catch {
      throw UnknownChoice(error)?.error(under: decoder.codingPath) ?? error
    }
  }

  /// This configuration with stored values replacing its own.
  fileprivate func merging(_ stored: JSONTree) throws -> Self {
    try JSONDecoder().decode(
      Self.self, from: JSONEncoder().encode(JSONTree(of: self).merged(stored)))
  }
}

extension ModuleParameters {
  /// The stored configuration, merged into the defaults.
  ///
  /// - Throws: `MemoryError.unknownChoice` for a word that this version does not know, `.malformed` when it cannot be read
  ///   otherwise.
  public func configuration<C: ModuleConfiguration>(
    _ type: C.Type, context: ModuleContext
  ) throws(MemoryError) -> C {
    do {
      // The strict parser first: this text may come from a file.
      return try C(for: context)
        .merging(StrictJSON.decode(JSONTree.self, from: configuration))
    } catch {
      throw Self.unreadable(error)
    }
  }
}

/// A JSON value as it is written.
enum JSONTree: Codable, Equatable {
  case null
  case bool(Bool)
  case integer(Int64)
  case natural(UInt64)
  case number(Double)
  case text(String)
  case list([JSONTree])
  case object([String: JSONTree])

  /// A value as its own JSON.
  init(of value: some Encodable) throws {
    self = try JSONDecoder().decode(JSONTree.self, from: JSONEncoder().encode(value))
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int64.self) {
      self = .integer(value)
    } else if let value = try? container.decode(UInt64.self) {
      self = .natural(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([JSONTree].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: JSONTree].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .natural(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .list(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }

  /// This tree with another's values replacing its own, object by object.
  func merged(_ other: JSONTree) -> JSONTree {
    guard case .object(let mine) = self, case .object(let theirs) = other else { return other }
    return .object(mine.merging(theirs) { $0.merged($1) })
  }

  /// This tree with one value set; missing objects on the path are created.
  ///
  /// - Returns: nil when a value on the path is not an object.
  func setting(_ path: ArraySlice<String>, to value: JSONTree) -> JSONTree? {
    guard let name = path.first else { return value }
    var members: [String: JSONTree] = [:]
    switch self {
    case .object(let found): members = found
    case .null: break
    default: return nil
    }
    let inner = members[name] ?? .null
    guard let changed = inner.setting(path.dropFirst(), to: value) else { return nil }
    members[name] = changed
    return .object(members)
  }

  /// The value at a path; nil where there is none.
  subscript(path: ArraySlice<String>) -> JSONTree? {
    guard let name = path.first else { return self }
    guard case .object(let members) = self else { return nil }
    return members[name]?[path.dropFirst()]
  }
}
