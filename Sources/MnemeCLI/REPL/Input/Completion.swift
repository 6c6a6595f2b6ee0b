import Foundation

/// What Tab offers: commands, settings, names of memories, paths.
@MainActor
package struct Completion {
  /// Words for the argument of a command, by the command's name.
  package enum Argument: Sendable, Equatable {
    case none
    case path
    /// Files whose names end so, and folders.
    case file(ending: String)
    case commands
    /// Names of attached memories.
    case memories
    /// Digits of the facts that were listed last.
    case facts
    /// Names of saved conversations, and paths.
    case sessions
    case words([String])
  }

  /// Text to insert, and everything that would fit.
  package struct Result: Equatable {
    package var insertion: String
    package var candidates: [String]

    package init(insertion: String, candidates: [String]) {
      self.insertion = insertion
      self.candidates = candidates
    }
  }

  private let commands: [String: Argument]
  /// What the session knows.
  package var session = SessionWords()

  /// Completes the given commands (without slash) and their arguments.
  package init(commands: [String: Argument]) {
    self.commands = commands
  }

  /// Completes the text left of the cursor.
  package func complete(_ left: String) -> Result {
    guard left.hasPrefix("/") else { return Result(insertion: "", candidates: []) }
    let parts = left.dropFirst().split(
      separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      let word = parts.first.map(String.init) ?? ""
      return Self.choose(word, among: commands.keys.sorted(), display: { "/" + $0 }, ending: " ")
    }
    let typed = parts[1].drop { $0 == " " }
    switch commands[String(parts[0])] ?? .none {
    case .none: return Result(insertion: "", candidates: [])
    case .words(let words): return Self.words(typed, words)
    case .commands: return Self.words(typed, Array(commands.keys))
    case .memories: return Self.words(typed, session.memories)
    case .facts: return Self.words(typed, session.facts)
    case .sessions:
      let named = Self.words(typed, session.sessions)
      return named.candidates.isEmpty ? Self.path(String(typed), ending: "") : named
    case .path: return Self.path(String(typed), ending: "")
    case .file(let ending): return Self.path(String(typed), ending: ending)
    }
  }

  private static func words(_ typed: Substring, _ words: [String]) -> Result {
    choose(String(typed), among: words.sorted(), display: { $0 }, ending: " ")
  }

  private static func choose(
    _ typed: String, among words: [String], display: (String) -> String, ending: String
  ) -> Result {
    // Scalar by scalar, which is byte by byte: two names that are canonically equal are two names.
    let start = typed.unicodeScalars
    let fitting = words.filter { $0.unicodeScalars.starts(with: start) }
    guard let first = fitting.first else { return Result(insertion: "", candidates: []) }
    let common = fitting.dropFirst().reduce(Array(first.unicodeScalars)) { common, word in
      zip(common, word.unicodeScalars).prefix { $0 == $1 }.map(\.0)
    }
    var insertion = ""
    insertion.unicodeScalars.append(contentsOf: common.dropFirst(start.count))
    if fitting.count == 1 { insertion += ending }
    return Result(insertion: insertion, candidates: fitting.map(display))
  }

  private static func path(_ typed: String, ending: String) -> Result {
    let expanded = PathText.expanded(typed)
    let split = expanded.lastIndex(of: "/").map { expanded.index(after: $0) } ?? expanded.startIndex
    let folder = String(expanded[..<split])
    let start = String(expanded[split...])
    let names =
      (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
    let shown = names.filter { !$0.hasPrefix(".") || start.hasPrefix(".") }.sorted()
    let marked = shown.map { name -> String in
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: folder + name, isDirectory: &isFolder)
      return isFolder.boolValue ? name + "/" : name
    }
    let wanted = marked.filter { $0.hasSuffix("/") || $0.hasSuffix(ending) }
    var result = choose(start, among: wanted, display: { $0 }, ending: " ")
    if result.insertion.hasSuffix("/ ") { result.insertion.removeLast() }
    return result
  }

  /// Candidates in columns, one line at least.
  package static func list(_ candidates: [String], columns: Int) -> String {
    let width = (candidates.map(\.count).max() ?? 0) + 2
    let perLine = max(1, columns / max(width, 1))
    var text = ""
    for (index, candidate) in candidates.enumerated() {
      let isLast = index == candidates.count - 1 || (index + 1) % perLine == 0
      text += isLast ? candidate + "\n" : candidate.padding(to: width)
    }
    return text
  }
}

/// Paths as a person types them.
package enum PathText {
  /// Replaces a leading `~` by the home folder.
  package static func expanded(_ path: String) -> String {
    path.hasPrefix("~") ? (path as NSString).expandingTildeInPath : path
  }
}

extension String {
  /// Padded with spaces on the right.
  package func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
