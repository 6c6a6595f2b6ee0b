extension DetachableMemory {
  /// Another memory in the state of a snapshot of this one: to look at a former state while this one stays as it is.
  ///
  /// It knows no file, and nothing that is done with it reaches this one.
  ///
  /// - Throws: `MemoryError` when a module refuses the adapter's parameters.
  package func copy(at snapshot: MemorySnapshot) throws(MemoryError) -> DetachableMemory {
    let copy = try emptied()
    copy.place = MemoryPlace()
    copy.restore(snapshot)
    return copy
  }
}
