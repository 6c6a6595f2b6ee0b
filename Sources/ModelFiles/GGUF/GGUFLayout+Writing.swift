extension GGUFLayout {
  /// Receives the data of one tensor, in pieces of any size.
  public struct Output: ~Copyable {
    fileprivate let file: AtomicFile.Replacement
    fileprivate var missing: Int

    /// Adds bytes at the end of the tensor.
    ///
    /// - Throws: `ModelFileError.unwritable`.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) throws(ModelFileError) {
      precondition(bytes.count <= missing, "more data than the tensor has room for")
      missing -= bytes.count
      try file.append(bytes)
    }
  }

  /// Writes the file atomically: the header, then each tensor's data from `fill`.
  ///
  /// The data go to a temporary file beside `path`, which is removed when anything throws.
  ///
  /// - Parameter fill: called once per tensor, in order; it must append exactly the tensor's bytes.
  /// - Returns: the size of the file in bytes.
  /// - Throws: `ModelFileError`, and what `fill` throws.
  @discardableResult
  public func write(
    to path: String, _ fill: (Tensor, inout Output) throws -> Void
  ) throws -> Int {
    let file = try AtomicFile.Replacement(of: path)
    try file.append(header())
    for tensor in tensors {
      var output = Output(file: file, missing: tensor.byteCount)
      try fill(tensor, &output)
      precondition(output.missing == 0, "too few data for tensor \(tensor.name)")
      try file.append(Self.padding(after: tensor.byteCount))
    }
    try file.commit()
    return file.count
  }
}
