/// Rows of keys and values that attention looks at beside the tokens of a pass, head by head, and that are themselves learned: a
/// trained prefix (prefix tuning, arXiv 2101.00190; Cartridges, arXiv 2506.06266).
public struct AttentionPrefix: Sendable, Equatable {
  /// The rows of one key/value head.
  public struct Head: Sendable, Equatable {
    /// Before RoPE, [rows, head dimension].
    public var keys: [Float]
    /// [rows, head dimension].
    public var values: [Float]
    /// Added to the score of each row.
    public var biases: [Float]
    /// The position of each.
    public var positions: [Int]

    /// Creates the rows of a head.
    public init(keys: [Float], values: [Float], biases: [Float], positions: [Int]) {
      self.keys = keys
      self.values = values
      self.biases = biases
      self.positions = positions
    }

    /// How many rows there are.
    public var count: Int { biases.count }
  }

  /// [blocks x key/value heads].
  public var heads: [Head]
  /// The first token of every sequence that sees the rows.
  public var visibleFrom: Int
  /// Positions that are left free before that token, so that the rows have room there.
  public var gap: Int

  /// Creates a prefix.
  public init(heads: [Head], visibleFrom: Int, gap: Int) {
    self.heads = heads
    self.visibleFrom = visibleFrom
    self.gap = gap
  }
}

/// The rows of a prefix as a pass uses them, and room for their gradients.
final class PrefixWorkspace {
  private let visibleFrom: Int
  private let gap: Int
  private let heads: [AttentionPrefix.Head]
  /// The first row of each head among all, [blocks x key/value heads].
  private let starts: [Int]
  private let dimension: Int
  private let keyHeads: Int
  /// Query heads of a key/value head.
  private let sharing: Int
  /// After RoPE, [all rows, head dimension].
  private let keys: UnsafeMutablePointer<Float>
  private let values: UnsafeMutablePointer<Float>
  private let biases: UnsafeMutablePointer<Float>
  /// Of the rows after RoPE, for every query head by itself, [query heads of a key/value head, all rows, head dimension].
  private let keyGradients: UnsafeMutablePointer<Float>
  private let valueGradients: UnsafeMutablePointer<Float>
  private let biasGradients: UnsafeMutablePointer<Float>
  private let total: Int

  init(_ prefix: AttentionPrefix, of pass: GradientPass, wantsGradients: Bool) {
    let configuration = pass.model.configuration
    precondition(
      prefix.heads.count == configuration.layerCount * configuration.keyValueHeadCount,
      "rows of every head")
    visibleFrom = prefix.visibleFrom
    gap = prefix.gap
    heads = prefix.heads
    dimension = configuration.headDimension
    keyHeads = configuration.keyValueHeadCount
    sharing = configuration.headCount / keyHeads
    starts = prefix.heads.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    total = starts[starts.count - 1]
    func make(_ count: Int) -> UnsafeMutablePointer<Float> {
      let room = UnsafeMutablePointer<Float>.allocate(capacity: max(1, count))
      room.initialize(repeating: 0, count: max(1, count))
      return room
    }
    keys = make(total * dimension)
    values = make(total * dimension)
    biases = make(total)
    keyGradients = make(wantsGradients ? sharing * total * dimension : 0)
    valueGradients = make(wantsGradients ? sharing * total * dimension : 0)
    biasGradients = make(wantsGradients ? sharing * total : 0)
    for (index, head) in heads.enumerated() {
      let rotary = pass.rotary(layer: index / keyHeads)
      for row in 0..<head.count {
        let place = starts[index] + row
        for column in 0..<dimension {
          keys[place * dimension + column] = head.keys[row * dimension + column]
          values[place * dimension + column] = head.values[row * dimension + column]
        }
        biases[place] = head.biases[row]
        rotary.rotateAnywhere(keys + place * dimension, heads: 1, position: head.positions[row])
      }
    }
  }

  deinit {
    for room in [keys, values, biases, keyGradients, valueGradients, biasGradients] {
      room.deallocate()
    }
  }

  /// The rows of the head that a query head looks at.
  struct Rows {
    let count: Int
    /// The first token that sees them.
    let visibleFrom: Int
    let keys: UnsafeMutablePointer<Float>
    let values: UnsafeMutablePointer<Float>
    let biases: UnsafeMutablePointer<Float>
    let keyGradients: UnsafeMutablePointer<Float>
    let valueGradients: UnsafeMutablePointer<Float>
    let biasGradients: UnsafeMutablePointer<Float>
  }

  func rows(layer: Int, queryHead: Int) -> Rows {
    let index = layer * keyHeads + queryHead / sharing
    let start = starts[index]
    let own = (queryHead % sharing) * total + start
    return Rows(
      count: heads[index].count, visibleFrom: visibleFrom, keys: keys + start * dimension,
      values: values + start * dimension, biases: biases + start,
      keyGradients: keyGradients + own * dimension,
      valueGradients: valueGradients + own * dimension, biasGradients: biasGradients + own)
  }

  /// The most rows of a head.
  var longest: Int { heads.map(\.count).max() ?? 0 }

  /// The gradients of all rows, of keys before RoPE.
  func gradients(_ pass: GradientPass) -> AttentionPrefix {
    var result = AttentionPrefix(heads: heads, visibleFrom: visibleFrom, gap: gap)
    func sum(_ all: UnsafeMutablePointer<Float>, _ first: Int, _ count: Int, of size: Int)
      -> [Float]
    {
      (0..<count).map { place in
        (0..<sharing).reduce(Float(0)) { $0 + all[$1 * size + first + place] }
      }
    }
    for (index, head) in heads.enumerated() {
      let (start, count) = (starts[index], head.count)
      var keys = sum(
        keyGradients, start * dimension, count * dimension, of: total * dimension)
      let rotary = pass.rotary(layer: index / keyHeads)
      keys.withUnsafeMutableBufferPointer { buffer in
        guard let keys = buffer.baseAddress else { return }
        for row in 0..<count {
          rotary.rotateAnywhere(
            keys + row * dimension, heads: 1, position: head.positions[row], isBack: true)
        }
      }
      result.heads[index].keys = keys
      result.heads[index].values = sum(
        valueGradients, start * dimension, count * dimension, of: total * dimension)
      result.heads[index].biases = sum(biasGradients, start, count, of: total)
    }
    return result
  }
}
