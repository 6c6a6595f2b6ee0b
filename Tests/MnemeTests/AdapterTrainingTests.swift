import Foundation
import Memory
import Mneme
import TestSupport
import Testing

@Suite("Fitting an adapter")
struct AdapterTrainingTests {
  private let text = String(
    repeating: "the dog sat by the sea. a cat ran, and my hat is red. ", count: 12)

  @Test("Fits what needs no back-propagation, and measures on what it was not fitted to")
  func trains() throws {
    let chat = try TinyChat.shared.get()
    let progress = Seen()
    let old = try chat.model.adapter(at: Adapter.path(beside: chat.tiny.path))
    let (adapter, report) = try AdapterTraining(model: chat.model, contextLength: 64).run(
      [text], replacing: old
    ) { share, what in progress.add(share, what) }
    #expect(adapter.fingerprint == ModelFingerprint(of: chat.model.transformer))
    #expect(report.detached.map { $0 > 0 } == true)
    #expect(report.modules.map(\.kind) == adapter.modules.keys.map(\.rawValue).sorted())
    // A text that says the same over and over is what a fitted memory is good at.
    for module in report.modules where ["neural", "neighbor"].contains(module.kind) {
      #expect(module.after < (report.detached ?? 0), "\(module)")
    }
    for module in report.modules {
      // What the old adapter has nothing for has no figure before.
      #expect((module.before != nil) == (old?.modules[ModuleKind(rawValue: module.kind)] != nil))
      #expect(module.before?.isFinite != false && module.after.isFinite)
    }
    #expect(progress.shares == progress.shares.sorted() && progress.shares.last == 1)
  }

  @Test("An adapter file of another model is not taken for this one's")
  func otherModel() throws {
    let chat = try TinyChat.shared.get()
    let place = Adapter.path(beside: chat.tiny.path)
    #expect(try chat.model.adapter(at: place) != nil)
    #expect(try chat.model.adapter(at: place + ".none") == nil)
    let stranger = try TinyLlama(seed: 9)
    let other = try LanguageModel(path: stranger.path, threads: 1)
    #expect(try other.adapter(at: place) == nil)
    let broken = chat.freshPath()
    try Data("no adapter".utf8).write(to: URL(fileURLWithPath: broken))
    #expect(throws: MemoryError.self) { _ = try chat.model.adapter(at: broken) }
    withExtendedLifetime(stranger) {}
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
