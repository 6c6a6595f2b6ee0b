import Foundation
import Mneme
import TestSupport
import Testing

@Suite("Fitting an adapter")
struct AdapterTrainingTests {
  private let text = String(repeating: "the dog sat by the sea. a cat ran, and my hat is red. ", count: 40)

  @Test("Fits what needs no back-propagation, and measures on what it was not fitted to")
  func trains() throws {
    let tiny = try TinyLlama(seed: 3)
    let model = try LanguageModel(path: tiny.path, threads: 1)
    let progress = Seen()
    let training = AdapterTraining(model: model, contextLength: 64)
    let (adapter, report) = try training.run([text]) { share, what in
      progress.add(share, what)
    }
    #expect(adapter.fingerprint == ModelFingerprint(of: model.transformer))
    #expect(report.detached.map { $0 > 0 } == true)
    #expect(report.modules.map(\.kind) == adapter.modules.keys.map(\.rawValue).sorted())
    #expect(report.modules.allSatisfy { $0.before == nil && $0.after.isFinite })
    #expect(progress.shares == progress.shares.sorted() && progress.shares.last == 1)
    // Beside an adapter that was there, both are measured, and the same fit gives the same figure.
    let (again, second) = try training.run([text], replacing: adapter)
    #expect(again == adapter)
    #expect(second.modules.allSatisfy { $0.before == $0.after })
    #expect(second.modules.map(\.after) == report.modules.map(\.after))
  }

  @Test("An adapter file of another model is not taken for this one's")
  func otherModel() throws {
    let chat = try TinyChat.shared.get()
    let place = Adapter.path(beside: chat.tiny.path)
    #expect(try chat.model.adapter(at: place) != nil)
    #expect(try chat.model.adapter(at: place + ".none") == nil)
    let other = try LanguageModel(path: try TinyLlama(seed: 9).path, threads: 1)
    #expect(try other.adapter(at: place) == nil)
    let broken = chat.freshPath()
    try Data("no adapter".utf8).write(to: URL(fileURLWithPath: broken))
    #expect(throws: MemoryError.self) { _ = try chat.model.adapter(at: broken) }
  }

  /// Calls come one at a time, from the thread that runs the training.
  private final class Seen: @unchecked Sendable {
    var shares: [Double] = []
    func add(_ share: Double, _ what: String) {
      #expect(!what.isEmpty)
      shares.append(share)
    }
  }
}
