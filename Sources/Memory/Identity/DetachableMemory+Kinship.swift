import ModelFiles
import Transformer

/// How loading treats a memory of a variant of the model (`Kinship.kin`).
public enum KinLoading: Sendable {
  /// It is refused, as required when the memory may be written to.
  case refuse
  /// It is loaded and can be attached for reading only.
  case read
}

/// The model a memory belongs to, and the one it is loaded for.
struct ModelOwner {
  /// The fingerprint of the model it belongs to.
  let fingerprint: ModelFingerprint
  /// The identity of that model; nil only for files of earlier versions that were loaded with a variant of their model.
  let identity: ModelIdentity?
  /// How it relates to the model the memory is loaded for.
  let kinship: Kinship
  /// The fingerprint of the model it is loaded for, when that is a variant.
  let reader: ModelFingerprint?
  /// A notice for the user, one sentence; nil when there is none.
  let remark: String?

  /// The owner of a new memory.
  init(of identity: ModelIdentity, remark: String?) {
    fingerprint = identity.fingerprint
    self.identity = identity
    kinship = .same
    reader = nil
    self.remark = remark
  }

  /// Decides whether a file may be loaded for a model.
  ///
  /// - Throws: `MemoryError.wrongModel`, `.kinModel`.
  init(
    of header: MemoryFileHeader, path: String, model: TransformerModel, kin: KinLoading
  ) throws(MemoryError) {
    let loaded = ModelIdentity(of: model)
    fingerprint = header.fingerprint
    let relation =
      header.identity?.kinship(to: loaded)
      ?? (header.fingerprint == loaded.fingerprint ? .same : .stranger(.weights))
    if relation == .same {
      // Taken from the loaded model, not from the file: files of earlier versions have no identity.
      identity = loaded
      kinship = .same
      reader = nil
      remark = nil
      return
    }
    guard let made = header.identity, case .kin(let variants) = relation else {
      throw .wrongModel(
        path: path, memory: header.fingerprint.short, model: loaded.fingerprint.short,
        differs: header.identity == nil ? nil : relation.difference,
        names: header.identity.flatMap { made in
          made.label == loaded.label ? nil : .init(made: made.label, loaded: loaded.label)
        })
    }
    guard kin == .read else {
      throw .kinModel(path: path, made: variants.made, loaded: variants.loaded)
    }
    identity = made
    kinship = relation
    reader = loaded.fingerprint
    remark =
      "the memory \(quoted(DetachableMemory.name(of: path))) was made with \(quoted(variants.made)) "
      + "and is read with \(quoted(variants.loaded)), another form of the same model; "
      + "'mneme memory rebind' makes it this model's own"
  }
}

extension Kinship {
  /// The first difference, for a memory of another model.
  var difference: ModelDifference? {
    if case .stranger(let difference) = self { difference } else { nil }
  }
}

extension DetachableMemory {
  /// Checks that the memory may be attached to a session of a model.
  ///
  /// - Throws: `MemoryError.wrongModel`; `.kinModel` for writing with a variant of its model.
  func check(_ model: TransformerModel, readOnly: Bool) throws(MemoryError) {
    let fingerprint = ModelFingerprint(of: model)
    guard let reader = owner.reader, reader == fingerprint, case .kin(let variants) = kinship else {
      try adapter.check(fingerprint, path: path)
      guard let contents = identity?.contents, contents != ContentsDigest.of(model) else { return }
      throw .wrongModel(
        path: path ?? "the memory", memory: fingerprint.short, model: fingerprint.short,
        differs: .weights)
    }
    guard readOnly else {
      throw .kinModel(
        path: path ?? "the memory", made: variants.made, loaded: variants.loaded)
    }
  }
}
