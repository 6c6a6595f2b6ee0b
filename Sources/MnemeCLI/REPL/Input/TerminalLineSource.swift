import CLineEditor
import Foundation

/// Lines a person types, edited by libedit.
@MainActor
package final class TerminalLineSource: LineSource {
  package let isInteractive = true
  /// What Tab offers.
  package var completion: Completion
  package var words: SessionWords {
    get { completion.session }
    set { completion.session = newValue }
  }
  private let editor: OpaquePointer
  private let history: HistoryFile
  private var historyEnabled: Bool

  /// Opens the terminal; `nil` when it cannot be used for editing.
  package init?(completion: Completion, history: HistoryFile, historyEnabled: Bool) {
    _ = mneme_select_utf8_locale()
    guard let editor = mneme_editor_open("mneme") else { return nil }
    self.editor = editor
    self.completion = completion
    self.history = history
    self.historyEnabled = historyEnabled
    if historyEnabled {
      for entry in history.load() { mneme_editor_add_history(editor, entry) }
    }
    mneme_editor_set_completer(editor, complete, Unmanaged.passUnretained(self).toOpaque())
  }

  isolated deinit {
    mneme_editor_close(editor)
  }

  package func next(prompt: String) -> InputLine {
    var text: UnsafePointer<CChar>?
    let result = prompt.withCString { mneme_editor_read(editor, $0, &text) }
    switch result {
    case MNEME_READ_LINE: return .line(text.map { String(cString: $0) } ?? "")
    case MNEME_READ_INTERRUPTED: return .interrupted
    default: return .end
    }
  }

  package func remember(_ input: String) {
    mneme_editor_add_history(editor, input)
    if historyEnabled { history.append(input) }
  }

  package func setHistory(_ enabled: Bool) {
    historyEnabled = enabled
  }

  /// Called by the editor on Tab, on the thread that reads the line: the main one.
  fileprivate func insertion(for left: String, listed: UnsafeMutablePointer<Bool>?) -> String? {
    let result = completion.complete(left)
    if result.candidates.count > 1, result.insertion.isEmpty {
      try? StandardStreams.out(
        "\n" + Completion.list(result.candidates, columns: StandardStreams.columns))
      listed?.pointee = true
    }
    return result.insertion
  }
}

/// The editor's C callback. It runs inside `mneme_editor_read`, that is on the main actor.
private let complete: mneme_completer = { line, listed, context in
  guard let line, let context else { return nil }
  let address = UInt(bitPattern: context)
  let flag = UInt(bitPattern: listed)
  let left = String(cString: line)
  let text: String? = MainActor.assumeIsolated {
    guard let pointer = UnsafeRawPointer(bitPattern: address) else { return nil }
    let source = Unmanaged<TerminalLineSource>.fromOpaque(pointer).takeUnretainedValue()
    return source.insertion(for: left, listed: UnsafeMutablePointer<Bool>(bitPattern: flag))
  }
  return text.flatMap { strdup($0) }
}
