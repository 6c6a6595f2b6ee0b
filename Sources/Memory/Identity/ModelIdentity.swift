import Cryptography
import Foundation
import ModelFiles
import Tensors
public import Transformer

/// The identity of a model, small enough for the header of a file: its fingerprint, and the properties that its
/// quantised variants share.
///
/// Memory files and adapters hold it as JSON under the metadata key `mneme.model`; files of earlier versions do not.
///
/// The tokenizer's digest covers the kind of vocabulary, every piece with its type, the merges in order, the order of
/// scored pieces (for unigram models the score values), the named pre-tokenizer, the ids of the begin, end and unknown
/// tokens and whether they are added, and the rules for spaces. It does not cover the end-of-turn tokens, padding, the
/// chat template, or the keys that only this program writes (`tokenizer.mneme.*`), so that a Hugging Face folder and a
/// GGUF file that another program converted from it agree if they tokenise texts alike.
public struct ModelIdentity: Sendable, Equatable {
  /// The exact fingerprint, which changes with the stored bytes of the weights.
  public let fingerprint: ModelFingerprint
  /// SHA-256 over all weights (`ContentsDigest`), 64 hexadecimal digits; nil in files of earlier versions, which knew
  /// a model by its fingerprint alone.
  package let contents: String?
  /// The architecture's name, such as `llama`.
  public let architecture: String
  /// The weights' storage type as named by the file, such as `Q8_0`; otherwise the type of most of them.
  public let type: String
  /// The name in the model file; nil where there is none, and for folders, whose name is the user's.
  public let name: String?
  /// SHA-256 over the hyper-parameters and the names and shapes of the matrices, 64 hexadecimal digits.
  public let configuration: String
  /// SHA-256 over the tokenizer, 64 hexadecimal digits.
  public let tokenizer: String
  /// SHA-256 over norms and biases as Float32, as the model uses them, 64 hexadecimal digits. All usual quantisations
  /// leave them unquantised.
  public let vectors: String
  /// Sampled weights of the matrices, for comparison.
  let sketch: WeightSketch

  /// Name, if there is one, and type, for messages.
  public var label: String { "\(name.map(ModelName.shown) ?? architecture) \(type)" }

  /// Reads a model: all of it once, and then, as long as the file stays what it is, its vectors, its vocabulary, and a few
  /// kilobytes of its matrices.
  public init(of model: TransformerModel) {
    let file = model.file
    fingerprint = ModelFingerprint(of: model)
    contents = ContentsDigest.of(model)
    architecture = Self.shown(model.configuration.architecture)
    name =
      file.format == .huggingFace
      ? nil : file.metadata.string("general.name").map(Self.shown).flatMap { $0.isEmpty ? nil : $0 }
    type = Self.type(of: file).name
    configuration = Self.digest(of: model.configuration, file)
    tokenizer = TokenizerDigest.of(file.metadata)
    vectors = Self.digest(ofVectors: file)
    sketch = WeightSketch(of: model)
  }

  /// Whether both are one model: the fingerprints agree, and the contents where both know them.
  package func isSame(as other: ModelIdentity) -> Bool {
    fingerprint == other.fingerprint && !hasOtherContents(than: other)
  }

  /// Whether the contents are known to differ.
  func hasOtherContents(than other: ModelIdentity) -> Bool {
    guard let contents, let others = other.contents else { return false }
    return contents != others
  }

  /// The longest stored name, in characters.
  static let nameLength = 64

  /// A name without control characters, not too long.
  private static func shown(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.filter { isShown($0) }.prefix(nameLength)))
  }

  static func isShown(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: false
    default: true
    }
  }

  /// A quantisation mixture is reported under its declared name if any matrix has that type.
  private static func type(of file: ModelFile) -> ElementType {
    // llama.cpp's numbers of mixtures by size: Q3_K_S and Q3_K_L, Q4_K_M, Q5_K_M.
    let mixtures: [UInt64: ElementType] = [11: .q3_K, 13: .q3_K, 15: .q4_K, 17: .q5_K]
    if let number = file.metadata.integer("general.file_type").flatMap({ UInt64(exactly: $0) }),
      let type = mixtures[number]
        ?? ElementType.allCases.first(where: { FileType.number($0) == number }),
      file.tensors.contains(where: { $0.shape.count > 1 && $0.type == type })
    {
      return type
    }
    return mostly(file.tensors)
  }

  /// The type most elements of matrices have.
  private static func mostly(_ tensors: [ModelTensor]) -> ElementType {
    var counts: [ElementType: Int] = [:]
    for tensor in tensors where tensor.shape.count > 1 {
      counts[tensor.type, default: 0] += tensor.elementCount
    }
    return counts.max { ($0.value, $0.key.rawValue) < ($1.value, $1.key.rawValue) }?.key ?? .f32
  }

  private static func digest(
    of configuration: TransformerConfiguration, _ file: ModelFile
  ) -> String {
    var hash = SHA256()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    if let json = try? encoder.encode(configuration) { hash.update(data: json) }
    for (name, tensor) in WeightSketch.matrices(of: file) {
      hash.update(data: Data("\(name):\(tensor.shape);".utf8))
    }
    return hash.finalize().hexadecimal
  }

  private static func digest(ofVectors file: ModelFile) -> String {
    var hash = SHA256()
    let vectors = file.tensors.filter { $0.shape.count == 1 && !$0.isTable }
    for tensor in vectors.sorted(by: { $0.name < $1.name }) {
      let count = tensor.elementCount
      hash.update(data: Data("\(tensor.name):\(count);".utf8))
      var values = [Float](repeating: 0, count: count)
      WeightMatrix(
        rows: 1, columns: count, type: tensor.type, bytes: tensor.bytes, owner: tensor.owner)?
        .dequantize(rows: 0..<1, into: &values)
      values.withUnsafeBytes { hash.update(bufferPointer: $0) }
    }
    return hash.finalize().hexadecimal
  }
}
