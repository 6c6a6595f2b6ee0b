import Foundation
import Generation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Tokenization
import Transformer

@Suite("Projections of sentences")
struct SentenceProjectionTests {
  private static let points = [HookPoint.block(0, .residPost), .block(1, .residPost)]

  /// A projection to three columns for the tiny model.
  private static func projection(width: Int = 64) throws -> SentenceProjection {
    var random = TestRandom(seed: 5)
    return try #require(
      SentenceProjection(
        points: points, mean: random.normals(2 * width, deviation: 0.1),
        matrix: random.normals(2 * width * 3, deviation: 1)))
  }

  private static func write(
    _ projection: SentenceProjection, of model: TransformerModel, to path: String,
    points: String? = nil
  ) throws {
    var writer = SafetensorsWriter()
    let names = projection.points.map { "\"\($0)\"" }.joined(separator: ",")
    writer.metadata["mneme.sentences"] = points ?? "{\"points\":[\(names)]}"
    writer.metadata["mneme.model"] = ModelIdentity(of: model).text
    writer.add("mean", floats: projection.mean, shape: [projection.mean.count])
    writer.add(
      "matrix", floats: projection.matrix, shape: [projection.mean.count, projection.columns])
    try writer.write(to: path)
  }

  @Test("Counts that disagree and values that are not finite make none")
  func sound() {
    let points = Self.points
    #expect(SentenceProjection(points: [], mean: [1], matrix: [1]) == nil)
    #expect(SentenceProjection(points: points, mean: [], matrix: []) == nil)
    #expect(SentenceProjection(points: points, mean: [1, 2], matrix: [1, 2, 3]) == nil)
    #expect(SentenceProjection(points: points, mean: [.nan], matrix: [1]) == nil)
    #expect(SentenceProjection(points: points, mean: [1], matrix: [.infinity]) == nil)
    #expect(SentenceProjection(points: points, mean: [1, 2], matrix: [1, 2, 3, 4])?.columns == 2)
  }

  @Test("(x - mean) W, of length 1")
  func vector() throws {
    let projection = try #require(
      SentenceProjection(points: [Self.points[0]], mean: [1, 2], matrix: [3, 0, 1, 0, 2, 1]))
    let vector = try #require(projection.vector([2, 1]))
    // (1, -1) W = (3, -2, 0)
    let length = Float(13).squareRoot()
    for (value, expected) in zip(vector, [3 / length, -2 / length, 0]) {
      #expect(abs(value - expected) < 1e-6)
    }
    #expect(projection.vector([1, 2]) == nil && projection.vector([1]) == nil)
    #expect(projection.vector([.nan, 0]) == nil)
  }

  @Test("A file is found for its model, whatever lies beside it, and for no other")
  func found() throws {
    let tiny = try TinyModel()
    let model = try tiny.load()
    let other = try TinyModel(TinyModel.Shape { $0.seed = 2 }).load()
    let folder = try TemporaryFolder()
    let projection = try Self.projection()
    try Data("no".utf8).write(to: URL(filePath: folder.path("a.sentences.safetensors")))
    try Self.write(
      projection, of: model, to: folder.path("b.sentences.safetensors"), points: "{}")
    let wide = try #require(
      SentenceProjection(points: Self.points, mean: [1], matrix: [1]))
    try Self.write(wide, of: model, to: folder.path("c.sentences.safetensors"))
    func find(for model: TransformerModel, in folders: [String]) -> SentenceProjection? {
      .find(for: ModelIdentity(of: model), shape: model.configuration, in: folders)
    }
    #expect(find(for: model, in: [folder.url.path]) == nil)
    #expect(throws: MemoryError.self) {
      try SentenceProjection.load(folder.path("b.sentences.safetensors"))
    }
    try Self.write(projection, of: model, to: folder.path("d.sentences.safetensors"))
    #expect(
      find(for: model, in: ["/nonexistent", folder.url.path]) == projection)
    #expect(find(for: other, in: [folder.url.path]) == nil)
    // Those that are part of the program are for models that people know.
    #expect(
      SentenceProjection.included(for: ModelIdentity(of: model), shape: model.configuration) == nil)
  }

  @Test("A meeting takes it over, with the gate that belongs to it, and the file keeps the vectors")
  func meeting() throws {
    let tiny = try TinyModel()
    let model = try tiny.load()
    let tokenizer = try loadTokenizer(from: model.file)
    let projection = try Self.projection()
    for trained in [projection, nil] {
      let adapter = try FirstMeeting(
        model: model, tokenizer: tokenizer,
        template: ChatTemplate(family: .chatml, tokenizer: tokenizer), registry: .standard,
        projection: trained
      ).run()
      let memory = try DetachableMemory.create(
        kinds: [.episodic], model: model, tokenizer: tokenizer, adapter: adapter)
      let module = try #require(memory.modules.first as? EpisodicMemory)
      #expect(module.meaningEncoder?.columns == (trained == nil ? 64 : 3))
      #expect(module.configuration.textScope == (trained == nil ? TextScope() : .trained))
      #expect(module.configuration.textScope.isSound)
    }
  }

  @Test("What an earlier version whitened at its only point is still used")
  func earlier() throws {
    let tiny = try TinyModel()
    let model = try tiny.load()
    let context = ModuleContext(
      model: model, keyColumns: 64, tokenizer: try loadTokenizer(from: model.file))
    let configuration = #"{"readout":"text","meaningPoint":"blocks.1.hook_resid_post"}"#
    func memory(_ columns: Int) throws -> EpisodicMemory {
      let matrix = (0..<columns * columns).map { Float($0 % (columns + 1) == 0 ? 1 : 0) }
      return try EpisodicMemory(
        context: context,
        parameters: ModuleParameters(
          configuration: Data(configuration.utf8),
          gate: .closed(ReadoutGate.commonFeatureNames + EpisodicMemory.featureNames),
          tensors: [
            "meaning.mean": #require(
              ParameterTensor(shape: [columns], values: [Float](repeating: 0, count: columns))),
            "meaning.whitening": #require(
              ParameterTensor(shape: [columns, columns], values: matrix)),
          ]))
    }
    #expect(try memory(64).meaningEncoder?.encode("hello")?.count == 64)
    #expect(throws: MemoryError.self) { try memory(8) }
  }
}
