import Foundation

/// A switch of a module's configuration, as people write it: `episodic.readout=latents`, `episodic.scope.threshold=0.6`.
public struct ModuleSetting: Sendable, Codable, Equatable {
  /// Whose configuration.
  public var kind: ModuleKind
  /// Names down the configuration's JSON.
  public var path: [String]
  /// JSON, or a bare word for a string.
  public var value: String

  /// Creates a setting.
  public init(_ kind: ModuleKind, _ path: [String], _ value: String) {
    self.kind = kind
    self.path = path
    self.value = value
  }

  /// Reads `MODULE.KEY=VALUE`; nil for a text of another form.
  public init?(parsing text: String) {
    guard let sign = text.firstIndex(of: "=") else { return nil }
    let names = text[..<sign].split(separator: ".", omittingEmptySubsequences: false)
    let value = text[text.index(after: sign)...]
    guard names.count >= 2, names.allSatisfy({ !$0.isEmpty }), !value.isEmpty else { return nil }
    self.init(
      ModuleKind(rawValue: String(names[0])), names.dropFirst().map(String.init), String(value))
  }

  /// `MODULE.KEY`.
  package var name: String { ([kind.rawValue] + path).joined(separator: ".") }
}

extension ModuleParameters {
  /// These parameters with one switch set; whether its value makes sense the module says when it is made.
  ///
  /// - Throws: `MemoryError.unknownSetting` for a name the configuration does not have, `MemoryError.badSetting` for a value
  ///   of another type.
  public func applying(_ setting: ModuleSetting) throws(MemoryError) -> ModuleParameters {
    guard let tree = try? JSONSerialization.jsonObject(with: configuration) as? [String: Any]
    else {
      throw .malformed(
        path: "the module's configuration", what: "a module's configuration cannot be read",
        expected: nil)
    }
    let changed = try Self.setting(setting.path[...], in: tree, of: setting)
    guard
      let json = try? JSONSerialization.data(withJSONObject: changed, options: [.sortedKeys])
    else { throw .badSetting(name: setting.name, value: setting.value, expected: "a JSON value") }
    var result = self
    result.configuration = json
    return result
  }

  private static func setting(
    _ path: ArraySlice<String>, in tree: [String: Any], of setting: ModuleSetting
  ) throws(MemoryError) -> [String: Any] {
    var tree = tree
    guard let name = path.first, let old = tree[name] else {
      throw .unknownSetting(name: setting.name, known: tree.keys.sorted())
    }
    if path.count > 1 {
      guard let inner = old as? [String: Any] else {
        throw .unknownSetting(name: setting.name, known: tree.keys.sorted())
      }
      tree[name] = try Self.setting(path.dropFirst(), in: inner, of: setting)
      return tree
    }
    let read = try? JSONSerialization.jsonObject(
      with: Data(setting.value.utf8), options: [.fragmentsAllowed])
    let value: Any = old is String ? read as? String ?? setting.value : read ?? setting.value
    guard Self.type(of: value) == Self.type(of: old) else {
      throw .badSetting(
        name: setting.name, value: setting.value, expected: Self.type(of: old))
    }
    tree[name] = value
    return tree
  }

  /// What a JSON value is called.
  private static func type(of value: Any) -> String {
    switch value {
    case is String: "a word"
    case is [Any]: "a list"
    case is [String: Any]: "an object"
    case let number as NSNumber where isBoolean(number): "true or false"
    case is NSNumber: "a number"
    default: "null"
    }
  }

  /// JSONSerialization reads true and false as numbers that know they come from a Bool.
  private static func isBoolean(_ number: NSNumber) -> Bool {
    String(cString: number.objCType) == String(cString: NSNumber(value: true).objCType)
  }
}

extension Adapter {
  /// This adapter with some switches set.
  ///
  /// - Throws: `MemoryError` for a module the adapter has nothing for, a name or a type that does not fit.
  public func applying(_ settings: [ModuleSetting]) throws(MemoryError) -> Adapter {
    var modules = modules
    for setting in settings {
      guard let parameters = modules[setting.kind] else {
        throw .unknownModule(
          kind: setting.kind.rawValue, available: modules.keys.map(\.rawValue).sorted())
      }
      modules[setting.kind] = try parameters.applying(setting)
    }
    return Adapter(fingerprint: fingerprint, keys: keys, modules: modules, identity: identity)
  }
}
