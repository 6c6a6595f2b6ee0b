public import Foundation
import ModelFiles

/// The text of a conversation: instructions, prompts and responses, in order.
///
/// A transcript is plain data. It holds no model state, no key/value cache and no memory: loading
/// one into a session gives the model the same text to read again.
public struct Transcript: Sendable, Equatable, Codable {
  /// The author of an entry.
  public enum Role: String, Sendable, Codable {
    /// The system prompt.
    case instructions
    /// The user.
    case prompt
    /// The model.
    case response
  }

  /// One message.
  public struct Entry: Sendable, Equatable, Codable, Identifiable {
    /// Unique within the transcript.
    public var id: String
    /// Its author.
    public var role: Role
    /// Its text.
    public var content: String
    /// When, in seconds since 1970.
    public var time: Double
    /// Whether a response was stopped before its end.
    public var isPartial: Bool
    /// What the model thought before a response; no part of its text.
    public var reasoning: String?

    private enum CodingKeys: String, CodingKey {
      case id, role, content, time, isPartial
      case reasoning = "reasoning_content"
    }

    /// An entry from its parts; the identifier is a fresh one unless given.
    public init(
      id: String = UUID().uuidString, role: Role, content: String,
      time: Double = Date().timeIntervalSince1970, isPartial: Bool = false,
      reasoning: String? = nil
    ) {
      self.id = id
      self.role = role
      self.content = content
      self.time = time
      self.isPartial = isPartial
      self.reasoning = reasoning
    }
  }

  /// Names the conversation in the provenance of what a memory learns from it.
  public var conversation: String
  /// The entries, oldest first. Instructions, if any, come first.
  public var entries: [Entry]

  /// A transcript of the given entries; a new conversation unless named.
  public init(entries: [Entry] = [], conversation: String = UUID().uuidString) {
    self.entries = entries
    self.conversation = conversation
  }

  /// The system prompt, if there is one.
  public var instructions: String? {
    entries.first { $0.role == .instructions }?.content
  }

  /// Pairs of prompt and response; the last prompt may be without one.
  public var exchanges: [(prompt: Entry, response: Entry?)] {
    var pairs: [(prompt: Entry, response: Entry?)] = []
    for entry in entries {
      switch entry.role {
      case .instructions: continue
      case .prompt: pairs.append((entry, nil))
      case .response:
        if let last = pairs.last, last.response == nil { pairs[pairs.count - 1].response = entry }
      }
    }
    return pairs
  }
}

extension Transcript {
  /// Reads a transcript that `write(to:)` wrote.
  ///
  /// - Throws: `ChatError.unreadableTranscript` for a file that is missing, not JSON or of another form.
  public static func read(from path: String) throws(ChatError) -> Transcript {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw .unreadableTranscript(path: path, reason: "the file cannot be read")
    }
    guard !ByteOrderMark.isWide(data) else {
      throw .unreadableTranscript(path: path, reason: "the text is not UTF-8 but UTF-16 or UTF-32")
    }
    do {
      return try StrictJSON.decode(Transcript.self, from: ByteOrderMark.removed(from: data))
    } catch {
      throw .unreadableTranscript(path: path, reason: "this is not a transcript")
    }
  }

  /// Writes the transcript as JSON, through a temporary file, readable by its owner only.
  ///
  /// - Throws: `ChatError.unwritable` when the folder or the file cannot be written.
  public func write(to path: String) throws(ChatError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      let data = try encoder.encode(self)
      try PrivateFile.write(data, to: path)
    } catch {
      throw .unwritable(path: path, reason: PrivateFile.reason(of: error))
    }
  }
}
