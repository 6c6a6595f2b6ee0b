public import Transformer

extension DetachableMemory {
  /// This memory with other gates, configurations and slow weights for the same keys; what was learned stays.
  ///
  /// - Parameters:
  ///   - modules: parameters that replace the adapter's own.
  ///   - registry: the available modules.
  /// - Throws: `MemoryError` when a module refuses its parameters.
  public func replacing(
    _ modules: [ModuleKind: ModuleParameters], model: TransformerModel, registry: ModuleRegistry
  ) throws(MemoryError) -> DetachableMemory {
    let changed = Adapter(
      fingerprint: adapter.fingerprint, keys: adapter.keys,
      modules: adapter.modules.merging(modules) { $1 })
    try changed.check(ModelFingerprint(of: model))
    let context = ModuleContext(
      model: model, keyColumns: changed.keys.columns, tokenizer: tokenizer)
    let copies = try Self.makeModules(
      self.modules.map { $0.kind }, context: context, adapter: changed,
      registry: registry)
    for (copy, module) in zip(copies, self.modules) { copy.restore(module.snapshot()) }
    return DetachableMemory(
      name: name, owner: owner, adapter: changed, modules: copies, context: context, state: state,
      place: MemoryPlace(path: path, sealing: place.sealing), hasUnsavedChanges: true)
  }
}
