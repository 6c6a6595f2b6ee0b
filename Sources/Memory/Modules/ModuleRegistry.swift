/// The modules a program knows. A new module only adds itself to the standard registry, one room up.
public struct ModuleRegistry: Sendable {
  private let types: [any MemoryModule.Type]

  /// A registry of these modules, in the order they are listed to users.
  public init(_ types: [any MemoryModule.Type]) { self.types = types }

  /// The kinds it can make.
  public var kinds: [ModuleKind] { types.map { $0.kind } }

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
