/// The available modules. A new module only needs to be added to the standard registry in `MemoryModules`.
public struct ModuleRegistry: Sendable {
  private let types: [any MemoryModule.Type]

  /// A registry of these modules, in the order they are listed to users.
  public init(_ types: [any MemoryModule.Type]) { self.types = types }

  /// The description of each kind, in order.
  public var descriptions: [ModuleDescription] { types.map { $0.about } }

  /// The available kinds.
  public var kinds: [ModuleKind] { types.map { $0.kind } }

  /// The kinds that a new memory file contains by default.
  public var standardKinds: [ModuleKind] { types.filter { $0.about.isStandard }.map { $0.kind } }

  /// The kinds that keep facts which can be listed, replaced and forgotten one by one.
  public var factKinds: [ModuleKind] {
    types.filter { $0 is any FactMemory.Type }.map { $0.kind }
  }

  /// The read-outs that a refit of some module may choose.
  public var refitReadouts: [String] {
    types.compactMap { $0 as? any Refittable.Type }.flatMap { $0.refitReadouts }
  }

  /// The module whose predictions decide between key points: the one with `judgesKeys`, otherwise any associative one.
  ///
  /// - Throws: `MemoryError.noModules` for a registry without associative modules.
  func keyJudge() throws(MemoryError) -> any AssociativeModule.Type {
    let associative = types.compactMap { $0 as? any AssociativeModule.Type }
    guard let judge = associative.first(where: { $0.about.judgesKeys }) ?? associative.first
    else { throw .noModules(available: kinds.map(\.rawValue)) }
    return judge
  }

  /// The module of a kind.
  ///
  /// - Throws: `MemoryError.unknownModule` naming those available.
  public func type(of kind: ModuleKind) throws(MemoryError) -> any MemoryModule.Type {
    guard let type = types.first(where: { $0.kind == kind }) else {
      throw .unknownModule(kind: kind.rawValue, available: kinds.map(\.rawValue))
    }
    return type
  }
}
