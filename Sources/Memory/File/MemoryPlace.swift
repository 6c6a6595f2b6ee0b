import ModelFiles

/// The file a memory is stored in.
struct MemoryPlace {
  /// The file it was loaded from or saved to last.
  var path: String?
  /// The file it is read from and saved to, and its lock.
  var hold: FileHold?
  /// How it is encrypted when it is saved; nil when it is not.
  var sealing: Sealing?
  /// Whether the file on disk is encrypted differently.
  var isResealed = false
  /// What the file holds, for a log beside it; nil where that is not known.
  var base: LogBase?
  /// The log beside the file; nil where there is none.
  var log: KeptLog?
}
