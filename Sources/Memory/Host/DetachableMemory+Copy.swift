extension DetachableMemory {
  /// A copy of this memory in the state of a snapshot, to inspect an earlier state without changing this memory.
  ///
  /// It is bound to no file, and changes to it do not affect this one.
  ///
  /// - Throws: `MemoryError` when a module refuses the adapter's parameters.
  package func copy(at snapshot: MemorySnapshot) throws(MemoryError) -> DetachableMemory {
    let copy = try emptied()
    copy.place = MemoryPlace()
    copy.restore(snapshot)
    return copy
  }
}
