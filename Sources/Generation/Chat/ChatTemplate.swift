public import ModelFiles
public import Tokenization

/// The form in which a model expects conversations.
///
/// Model files contain Jinja programs for this. A file's own is run by an interpreter that can do nothing but write
/// text (`JinjaTemplate`). If there is none, if it needs features that the interpreter lacks, or if the user names a
/// form, one of the built-in forms is used; the family of a program is recognised by its marks, as in llama.cpp.
///
/// Encoding goes straight to tokens. Only the template's own marks become control tokens; a message that contains the
/// text of one stays text, so that no user can impersonate another role.
public struct ChatTemplate: Sendable {
  /// The built-in forms.
  public enum Family: String, Sendable, Codable, CaseIterable {
    /// `<|user|> hello<|end|>`: the bundled model's.
    case mneme
    /// `<|im_start|>user\nhello<|im_end|>\n`
    case chatml
    /// `[INST] hello [/INST]`
    case llama2
    /// `<|start_header_id|>user<|end_header_id|>\n\nhello<|eot_id|>`
    case llama3
    /// `<|user|>\nhello</s>\n`
    case zephyr
    /// `<|user|>\nhello<|end|>\n`
    case phi3
    /// `<start_of_turn>user\nhello<end_of_turn>\n`
    case gemma
    /// The messages, a line each; for models that were not trained to chat.
    case plain
  }

  /// Which template encodes conversations.
  public enum Source: String, Sendable, Codable {
    /// The model file's own template.
    case file
    /// The form of the family.
    case builtIn = "built-in"
  }

  /// The form, or the one whose marks the file's own template has.
  public let family: Family
  /// Why the file's own template is not used although there is one.
  public let note: JinjaError?
  package let tokenizer: any Tokenizer
  let variant: Variant
  let program: ChatProgram?
  let marks: ChatMarks
  /// The marks of reasoning that the file's template names or the vocabulary has.
  package let reasoning: ReasoningMarks?

  /// Which template encodes conversations.
  public var source: Source { program == nil ? .builtIn : .file }

  /// Differences within families.
  struct Variant: Sendable, Equatable {
    /// llama2: system messages stand between `<<SYS>>` and `<</SYS>>`.
    var marksSystem = false
    /// llama2: every turn begins with the begin of sequence.
    var repeatsBOS = false
    /// llama2: white space around messages is dropped.
    var trims = false
    /// zephyr: messages end with the end of sequence instead of `<|endoftext|>`.
    var endsWithEOS = false
  }

  /// Uses a model file's template, or the built-in form of its family if it cannot be run: `note` says why.
  ///
  /// - Parameters:
  ///   - jinja: the value of `tokenizer.chat_template`; nil when the file has none.
  ///   - tokenizer: the vocabulary to encode with.
  public init(detecting jinja: String?, tokenizer: any Tokenizer) {
    self.init(detecting: jinja, tokenizer: tokenizer, clock: .system)
  }

  package init(detecting jinja: String?, tokenizer: any Tokenizer, clock: JinjaClock) {
    var program: ChatProgram?
    var note: JinjaError?
    if let jinja {
      do throws(JinjaError) {
        program = try ChatProgram(jinja, tokenizer: tokenizer, clock: clock)
      } catch {
        note = error
      }
    }
    self.init(
      family: Self.family(of: jinja ?? ""), tokenizer: tokenizer, template: jinja ?? "",
      program: program, note: note)
  }

  /// Uses the template in a model file's metadata; see `init(detecting:tokenizer:)`.
  ///
  /// What is there and is no text is noted: a file may hold several templates, none of which is the usual one.
  public init(of metadata: GGUFMetadata, tokenizer: any Tokenizer) {
    let jinja = Self.text(in: metadata)
    guard jinja == nil, metadata[Self.key] != nil else {
      self.init(detecting: jinja, tokenizer: tokenizer)
      return
    }
    self.init(family: .plain, tokenizer: tokenizer, template: "", note: .notText)
  }

  /// A template's text in a model file's metadata.
  public static func text(in metadata: GGUFMetadata) -> String? { metadata.string(key) }

  private static let key = "tokenizer.chat_template"

  /// Uses a built-in form whatever the file says.
  public init(family: Family, tokenizer: any Tokenizer) {
    self.init(family: family, tokenizer: tokenizer, template: "<<SYS>> eos_token")
  }

  private init(
    family: Family, tokenizer: any Tokenizer, template: String, program: ChatProgram? = nil,
    note: JinjaError? = nil
  ) {
    self.family = family
    self.tokenizer = tokenizer
    self.program = program
    self.note = note
    reasoning = ReasoningMarks(template: template, tokenizer: tokenizer)
    marks = ChatMarks(tokenizer: tokenizer, template: template, reasoning: reasoning)
    variant = Variant(
      marksSystem: template.contains("<<SYS>>"),
      repeatsBOS: template.contains("bos_token + '[INST]"),
      trims: template.contains("content.strip()"),
      endsWithEOS: template.contains("eos_token") && !template.contains("<|endoftext|>"))
  }

  /// The family by the marks in a template. The order is llama.cpp's, so that a template with several marks is read as
  /// there; ours is distinguished from Phi-3's, which has the same marks, by having no line breaks.
  private static func family(of template: String) -> Family {
    func has(_ mark: String) -> Bool { template.contains(mark) }
    if has("<|im_start|>") { return .chatml }
    if has("[INST]") { return .llama2 }
    let marksRoles = has("<|assistant|>") || has("<|{{ message['role'] }}|>")
    if marksRoles, has("<|end|>") { return has("\\n") || has("\n") ? .phi3 : .mneme }
    if has("<|user|>"), has("<|endoftext|>") || has("eos_token") { return .zephyr }
    if has("<start_of_turn>") { return .gemma }
    if has("<|start_header_id|>"), has("<|end_header_id|>") { return .llama3 }
    return .plain
  }
}
