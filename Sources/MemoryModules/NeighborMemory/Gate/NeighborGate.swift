import Foundation
import Memory
import Tensors
import Transformer

/// The neighbor memory's own gate, in two steps: whether to search at all, from cheap features, and the weight of the
/// neighbors' votes, from the search result (He et al. 2021, with the published features in the first step).
struct NeighborGate: Sendable, Equatable {
  /// Available before a search: the plain model's uncertainty, n-gram counts of the store, and the hidden state.
  static let cheapNames =
    ["entropy", "log top p", "entries"] + (1...4).map { "log frequency \($0)" }
    + (1...4).map { "log fertility \($0)" }
  /// Available after it; the first step's log-odds replace the hidden state.
  static let foundNames = [
    "best cosine", "mean cosine", "margin", "entropy of votes", "log memory top p", "agreement",
    "log p of memory top", "first step",
  ]

  /// Decides before a search.
  var skip: GateNetwork
  /// Decides after it.
  var mix: GateNetwork

  /// The gate among slow weights; nil when there is none.
  static func load(
    _ tensors: [String: ParameterTensor], width: Int
  ) throws(MemoryError) -> NeighborGate? {
    let skip = try GateNetwork.load(
      tensors, prefix: "skip", inputs: cheapNames.count + width)
    let mix = try GateNetwork.load(
      tensors, prefix: "mix", inputs: cheapNames.count + foundNames.count)
    guard let skip, let mix else { return nil }
    return NeighborGate(skip: skip, mix: mix)
  }

  var tensors: [String: ParameterTensor] {
    skip.tensors(prefix: "skip").merging(mix.tensors(prefix: "mix")) { first, _ in first }
  }

  /// Features before a search, [cheap], without the hidden state.
  static func cheap(
    base: BaseDistribution, entries: Int, counts: SuccessorCounts, text: TextWindow, row: Int
  ) -> [Float] {
    let end = min(text.tokens.count, text.positions[row] + 1)
    let start = max(0, end - SuccessorCounts.orders)
    return [base.entropy, base.topLogProbability, log(Float(entries) + 1)]
      + counts.features(text.tokens[start..<max(start, end)])
  }

  /// Features after a search, [found].
  ///
  /// - Parameter reading: nil when nothing was found; its features are then 0.
  static func found(
    _ reading: Reading?, meanCosine: Float, base: BaseDistribution, topLogProbability: Float,
    firstStep: Float
  ) -> [Float] {
    var spread: Float = 0
    if case .sparse(_, let probabilities) = reading?.distribution {
      spread = NeighborMemory.entropy(probabilities)
    }
    let top = reading?.top
    let features = FeatureVector<NeighborMemory.Feature>(reading?.features ?? [])
    return [
      features[.bestCosine], meanCosine, features[.margin], spread,
      max(-20, top?.logProbability ?? -20), top?.token == base.top ? 1 : 0,
      max(-20, topLogProbability), firstStep,
    ]
  }
}
