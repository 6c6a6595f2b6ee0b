public import ModelFiles

/// Errors of a memory, its file, or its use.
public enum MemoryError: MnemeError, Equatable {
  case file(ModelFileError)
  /// An encrypted memory file, or a passphrase.
  case sealing(SealingError)
  /// A file that is no memory file, or whose beginning is lost.
  case notAMemory(path: String)
  case newerFormat(path: String, found: Int, supported: Int)
  /// The memory belongs to another model; what differs, where the file has enough information to tell, and the names of
  /// both where they are two.
  case wrongModel(
    path: String, memory: String, model: String, differs: ModelDifference? = nil,
    names: Kinship.Variants? = nil)
  /// The memory or adapter belongs to a variant of the model, such as another quantisation, and more than reading was
  /// requested.
  case kinModel(path: String, made: String, loaded: String)
  case unknownModule(kind: String, available: [String])
  case noModules(available: [String])
  /// A checksum, of the data section or of the header, disagrees with the one recorded.
  case damaged(path: String, recorded: String, found: String)
  case malformed(path: String, what: String, expected: String?)
  case notFinite(path: String, tensor: String)
  case alreadyAttached(name: String)
  case readOnly(name: String)
  case calibrationFailed(reason: String)
  case fileExists(path: String)
  /// The folder in which a file is to be made is missing, or may not be written to.
  case noFolder(path: String)
  /// A chat was interrupted, or is going on, and the newest commits are in the log beside the file.
  case unfinished(path: String, commits: Int)
  case nothingToUndo(path: String)
  case nothingToRedo(path: String)
  /// The memory has no module that keeps facts.
  case noFacts(name: String)
  /// An option that no configuration has.
  case unknownSetting(name: String, known: [String])
  /// An option's value of the wrong type or out of range.
  case badSetting(name: String, value: String, expected: String)
  /// Options that are in range each, and that a module cannot be made with, and why.
  case refusedSetting(name: String, value: String, reason: String, expected: String?)
  /// A word in an adapter's or a memory's configuration that this version does not know, as one from a newer version.
  case unknownChoice(setting: String, word: String, known: [String])
  /// Two memories that have nothing in common that could be merged.
  case cannotMerge(names: [String], what: String, hint: String)
  /// A file that is not an export of a memory, or a malformed one.
  case notAnExport(path: String, line: Int, expected: String)
  /// The memory cannot be replayed: there is no journal, or one of format 1.
  case noReplay(name: String, hint: String)
  /// The journal's tokens belong to a tokenizer that is not available.
  case unknownTokens(path: String)
  case noSuchFact(handle: String, name: String)
  /// No fact or several fit a question.
  case ambiguousFact(name: String, candidates: [String])
  /// Nothing came from that source.
  case nothingToForget(name: String, alike: [ByteString] = [])

  public var explanation: ErrorExplanation {
    switch self {
    case .file(let error): error.explanation
    case .sealing(let error): error.explanation
    case .notAMemory(let path):
      .init(
        what: "this is not a memory file, or its beginning is damaged", location: path,
        hint:
          "'mneme chat NAME.mneme' makes a memory file; 'mneme learn FILE' reads a text into one")
    case .newerFormat(let path, let found, let supported):
      .init(
        what: "the memory file has format \(found)", location: path,
        expected: "at most format \(supported)", hint: "use a newer version of mneme")
    case .wrongModel(let path, _, _, _, .some(let names)):
      .init(
        what: "this memory belongs to \(names.made), not to \(names.loaded)", location: path,
        hint: "start with that model (--model), or see 'mneme memory rebind'")
    case .wrongModel(let path, _, _, let differs, nil):
      .init(
        what: "this memory belongs to another model" + (differs.map { ", " + $0.sentence } ?? ""),
        location: path,
        hint: "start with the model it was made with (--model), or see 'mneme memory rebind'")
    case .kinModel(let path, let made, let loaded):
      .init(
        what:
          "this memory belongs to \(quoted(made)); \(quoted(loaded)), another form of that model, "
          + "may read it but not write to it", location: path,
        hint: "attach it for reading as FILE:ro, or make it this model's own with "
          + "'mneme memory rebind'")
    case .unknownModule(let kind, let available):
      .init(
        what: "there is no memory module \(quoted(kind))",
        expected: available.joined(separator: ", "))
    case .noModules(let available):
      .init(
        what: "a memory needs at least one module", expected: available.joined(separator: ", "),
        hint: "name one with --module")
    case .damaged(let path, let recorded, let found):
      .init(
        what: "the memory file is damaged: what it holds is not what was saved", location: path,
        expected: "the checksum \(recorded.prefix(8)), not \(found.prefix(8))",
        hint: "restore it from a backup")
    case .malformed(let path, let what, let expected):
      .init(what: what, location: path, expected: expected)
    case .notFinite(let path, let tensor):
      .init(
        what: "the file is damaged: \(quoted(tensor)) holds numbers that are not finite",
        location: path, hint: "restore it from a backup")
    case .alreadyAttached(let name):
      .init(
        what: "the memory \(quoted(name)) is attached already", hint: "detach it first")
    case .readOnly(let name):
      .init(what: "the memory \(quoted(name)) is attached read-only")
    case .calibrationFailed(let reason):
      .init(
        what: "the memory could not be calibrated for this model: \(reason)",
        hint: "'mneme adapter train' makes a new adapter")
    case .fileExists(let path):
      .init(
        what: "there is a file already", location: path,
        hint: "choose another name, or delete it first")
    case .noFolder(let path):
      .init(
        what: "there is no folder of that name, or nothing may be written to it", location: path,
        hint: "make the folder first, or choose another place")
    case .unfinished(let path, _):
      .init(
        what: "what was said last, in a chat that is going on or was cut off, is still in the log "
          + "beside it (\(path)-log)", location: path,
        hint: "end that chat, or run 'mneme memory compact' on the file, which takes the log in")
    case .nothingToUndo(let path):
      .init(
        what: "there is nothing to undo", location: path,
        expected: "an earlier 'memory write' or 'learn'",
        hint: "what was forgotten or replaced cannot come back: nothing of it is kept")
    case .nothingToRedo(let path):
      .init(
        what: "there is nothing to redo", location: path,
        expected: "a change that 'memory undo' took back",
        hint: "a write after 'memory undo' takes the place of what was undone")
    case .unknownSetting(let name, let known):
      .init(
        what: "there is no setting \(quoted(name))", expected: known.joined(separator: ", "),
        hint: "give it as MODULE.KEY=VALUE, for example episodic.readout=latents")
    case .badSetting(let name, let value, let expected):
      .init(what: "\(name) cannot be \(quoted(value))", expected: expected)
    case .refusedSetting(let name, let value, let reason, let expected):
      .init(what: "\(name) cannot be \(quoted(value)): \(reason)", expected: expected)
    case .unknownChoice(let setting, let word, let known):
      .init(
        what: "this version of Mneme does not know \(quoted(word)) as \(setting)",
        expected: UnknownChoice.list(known),
        hint:
          "the adapter or memory file was made by a newer version: update Mneme, or make it again")
    case .noFacts(let name):
      .init(
        what: "the memory \(quoted(name)) keeps no facts",
        hint: "create one that does; 'mneme memory kinds' says which kinds keep facts")
    case .ambiguousFact(let name, let candidates):
      .init(
        what: candidates.isEmpty
          ? "no fact in the memory \(quoted(name)) fits"
          : "several facts in the memory \(quoted(name)) fit ("
            + candidates.joined(separator: ", ") + ")",
        expected: "exactly one", hint: "give its digits with --id")
    case .nothingToForget(let name, let alike):
      .init(
        what: "nothing in the memory \(quoted(name)) came from that source",
        hint: alike.isEmpty
          ? "'mneme memory facts' shows the sources"
          : "sources of that name: \(alike.map { quoted($0.text) }.joined(separator: ", "))")
    case .cannotMerge(let names, let what, let hint):
      .init(
        what:
          "the memories \(names.map(quoted).joined(separator: " and ")) cannot be merged: \(what)",
        hint: hint)
    case .notAnExport(let path, let line, let expected):
      .init(
        what: "this is not a line of an exported memory", location: "\(path), line \(line)",
        expected: expected)
    case .noReplay(let name, let hint):
      .init(
        what: "the memory \(quoted(name)) has no journal that could be read again", hint: hint)
    case .unknownTokens(let path):
      .init(
        what: "the memory was made with a model of another tokenizer, and holds its tokens",
        location: path, expected: "that model, to decode them", hint: "name it with --from")
    case .noSuchFact(let handle, let name):
      .init(
        what: "there is no fact \(handle) in the memory \(quoted(name))",
        hint: "'mneme memory facts' lists them")
    }
  }
}
