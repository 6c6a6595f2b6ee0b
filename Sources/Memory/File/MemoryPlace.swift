import ModelFiles

/// Where a memory is kept.
struct MemoryPlace {
  /// The file it was loaded from or saved to last.
  var path: String?
  /// The file it is read from and saved to, and who may have it meanwhile.
  var hold: FileHold?
  /// How it is encrypted when it is saved; nil when it is not.
  var sealing: Sealing?
  /// Whether that is another way than its file is.
  var isResealed = false
}
