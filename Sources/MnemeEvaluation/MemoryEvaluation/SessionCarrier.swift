import Foundation
public import Memory
public import Mneme
import ModelFiles
import Transformer

/// The way a memory file is passed from one session to the next when a suite splits them: in this process, or through
/// others.
public struct SessionCarrier: Sendable {
  /// Whether each session is a process of its own.
  public let isProcess: Bool
  /// Teaches one session to the memory file at a path and saves it; `source` is the source of statements that name
  /// none.
  public let teach:
    @Sendable (_ session: [Telling], _ source: String, _ path: String) throws -> Void
  /// Continues a user's message greedily, with the memory file at a path: the tokens.
  public let complete: @Sendable (_ prompt: String, _ path: String) throws -> [Int32]

  /// A carrier.
  public init(
    isProcess: Bool,
    teach:
      @escaping @Sendable (_ session: [Telling], _ source: String, _ path: String) throws -> Void,
    complete: @escaping @Sendable (_ prompt: String, _ path: String) throws -> [Int32]
  ) {
    self.isProcess = isProcess
    self.teach = teach
    self.complete = complete
  }

  /// Loads the file, works, and saves it, in this process: nothing but the file passes from session to session.
  ///
  /// - Parameter passphrase: of an encrypted file, which stays encrypted.
  public static func inProcess(
    _ model: LanguageModel, contextLength: Int, passphrase: Passphrase? = nil
  ) -> SessionCarrier {
    SessionCarrier(isProcess: false) { session, source, path in
      let memory = try model.loadMemory(path, forWriting: true, passphrase: passphrase)
      defer { memory.closeForWriting() }
      let transformer = TransformerSession(model: model.transformer, contextLength: contextLength)
      let attachment = try memory.attach(to: transformer)
      defer { attachment.detach() }
      try EpisodeTeacher(model: model, source: source, session: transformer, memories: [memory])
        .teach(session)
      try memory.save(to: path)
    } complete: { prompt, path in
      var options = GenerationOptions.greedy
      options.maximumResponseTokens = 16
      return try TextCompletion(
        model: model, contextLength: contextLength, memories: [(path, true)],
        passphrases: passphrase.map { [ByteString(path): $0] } ?? [:]
      ).run(prompt, chat: true, options: options) { _ in }.response.tokens
    }
  }
}
