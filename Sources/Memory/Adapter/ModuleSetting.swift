import Foundation
import ModelFiles
public import Transformer

/// A configuration option of a module, as typed on the command line: `episodic.readout=latents`,
/// `episodic.scope.threshold=0.6`.
public struct ModuleSetting: Sendable, Codable, Equatable {
  /// The module whose configuration is changed.
  public var kind: ModuleKind
  /// The keys that lead to the option in the configuration's JSON.
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

extension ModuleConfiguration {
  /// Parameters with some options set. Ranges are not checked here: the module checks them when it is created.
  ///
  /// Every option of the configuration can be set, including those that the JSON leaves out at their defaults.
  ///
  /// - Throws: `MemoryError.unknownSetting` for a name the configuration does not have, `MemoryError.badSetting` for a value
  ///   it cannot take.
  package static func applying(
    _ settings: [ModuleSetting], to parameters: ModuleParameters, context: ModuleContext
  ) throws(MemoryError) -> ModuleParameters {
    let before = try tree(of: parameters.configuration(Self.self, context: context))
    var after = before
    for setting in settings {
      guard let changed = after.setting(setting.path[...], to: setting.tree(instead: before))
      else { throw unknown(setting, in: before) }
      after = changed
    }
    let configuration: Self
    do {
      configuration = try JSONDecoder().decode(Self.self, from: JSONEncoder().encode(after))
    } catch {
      throw misfit(error, settings, before: before)
    }
    let known = try tree(of: configuration)
    for setting in settings where known[setting.path[...]] == nil {
      throw unknown(setting, in: known)
    }
    var result = parameters
    result.configuration = try ModuleParameters(configuration, gate: parameters.gate).configuration
    return result
  }

  /// What is wrong with settings that cannot be decoded: a word that is none of those an option takes, or else the first
  /// value whose type differs from the one it replaces.
  private static func misfit(
    _ error: any Error, _ settings: [ModuleSetting], before: JSONTree
  ) -> MemoryError {
    if let choice = UnknownChoice(error),
      let wrong = settings.last(where: { choice.setting.starts(with: $0.path) })
    {
      // Inside an object the path alone does not say which of its words is meant.
      let isWhole = choice.setting.count == wrong.path.count
      return .badSetting(
        name: isWhole ? wrong.name : "\(wrong.kind).\(choice.setting.joined(separator: "."))",
        value: choice.word, expected: UnknownChoice.list(choice.known))
    }
    guard let wrong = settings.first(where: { !$0.isOfSameType(in: before) }) ?? settings.first
    else { return ModuleParameters.unreadable(error) }
    if case .number = wrong.tree(instead: before), wrong.isOfSameType(in: before) {
      return .badSetting(name: wrong.name, value: wrong.value, expected: "a whole number")
    }
    return .badSetting(
      name: wrong.name, value: wrong.value,
      expected: before[wrong.path[...]]?.typeName ?? "a value the module knows")
  }

  private static func unknown(_ setting: ModuleSetting, in tree: JSONTree) -> MemoryError {
    var level = tree
    for name in setting.path.dropLast() {
      guard let inner = level[[name]], case .object = inner else { break }
      level = inner
    }
    guard case .object(let members) = level else {
      return .unknownSetting(name: setting.name, known: [])
    }
    return .unknownSetting(name: setting.name, known: members.keys.sorted())
  }

  private static func tree(of configuration: Self) throws(MemoryError) -> JSONTree {
    guard let tree = try? JSONTree(of: configuration) else {
      throw .calibrationFailed(reason: "a value is not finite")
    }
    return tree
  }
}

extension ModuleSetting {
  /// The value as JSON; a bare word, or any value for an option that holds a string, is a string.
  fileprivate func tree(instead tree: JSONTree) -> JSONTree {
    let read = try? StrictJSON.decode(JSONTree.self, from: Data(value.utf8))
    if case .text = tree[path[...]] {
      if case .text(let word) = read { return .text(word) }
      return .text(value)
    }
    return read ?? .text(value)
  }

  fileprivate func isOfSameType(in tree: JSONTree) -> Bool {
    guard let old = tree[path[...]] else { return true }
    return self.tree(instead: tree).typeName == old.typeName
  }
}

extension JSONTree {
  /// The name of a JSON value's type, for messages.
  fileprivate var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .integer, .natural, .number: "a number"
    case .text: "a word"
    case .list: "a list"
    case .object: "an object"
    }
  }
}

extension Adapter {
  /// This adapter with some options set.
  ///
  /// - Throws: `MemoryError` for a module the adapter has nothing for, a name or a type that does not fit.
  public func applying(
    _ settings: [ModuleSetting], model: TransformerModel, registry: ModuleRegistry
  ) throws(MemoryError) -> Adapter {
    var modules = modules
    let context = ModuleContext(model: model, keyColumns: keys.columns)
    for kind in Set(settings.map(\.kind)) {
      guard let parameters = modules[kind] else {
        throw .unknownModule(
          kind: kind.rawValue, available: modules.keys.map(\.rawValue).sorted())
      }
      modules[kind] = try registry.type(of: kind).configurationType.applying(
        settings.filter { $0.kind == kind }, to: parameters, context: context)
    }
    return Adapter(fingerprint: fingerprint, keys: keys, modules: modules, identity: identity)
  }
}
