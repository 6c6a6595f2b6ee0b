import Tensors

/// A weight matrix inside a block, with TransformerLens's names.
///
/// | name | matrix | outputs x inputs |
/// |---|---|---|
/// | `blocks.i.attn.W_Q` | queries | heads x head dimension, width |
/// | `blocks.i.attn.W_K`, `W_V` | keys, values | key/value heads x head dimension, width |
/// | `blocks.i.attn.W_O` | output of attention | width, heads x head dimension |
/// | `blocks.i.mlp.W_gate` | gate of a gated feed-forward network | inner width, width |
/// | `blocks.i.mlp.W_in` | input of the feed-forward network | inner width, width |
/// | `blocks.i.mlp.W_out` | output of the feed-forward network | width, inner width |
///
/// Rows stand in the order of the GGUF file: for Llama's queries and keys that is llama.cpp's order, in which the values
/// that RoPE rotates together are neighbours. Architectures that store several of these as one matrix have them all.
public struct ProjectionPoint: NamedPlace {
  /// The matrices of a block.
  public enum Site: String, Sendable, Codable, CaseIterable {
    case query = "attn.W_Q"
    case key = "attn.W_K"
    case value = "attn.W_V"
    case attentionOutput = "attn.W_O"
    case gate = "mlp.W_gate"
    case up = "mlp.W_in"
    case down = "mlp.W_out"
  }

  /// The block.
  public let layer: Int
  /// The matrix.
  public let site: Site

  /// A matrix of block `layer`.
  public init(_ layer: Int, _ site: Site) {
    self.layer = layer
    self.site = site
  }

  /// The matrix of that name, or nil when no matrix has it.
  public init?(_ name: String) {
    guard let place = Self.inBlock(name), let site = Site(rawValue: place.site) else { return nil }
    self.init(place.layer, site)
  }

  /// The full name.
  public var name: String { "blocks.\(layer).\(site.rawValue)" }
}

extension TransformerModel {
  /// Every matrix of the blocks that can be updated, in the order of the forward pass.
  public var projections: [ProjectionPoint] {
    blocks.indices.flatMap { layer in
      ProjectionPoint.Site.allCases.filter { blocks[layer].projection($0) != nil }
        .map { ProjectionPoint(layer, $0) }
    }
  }

  /// The extents of a matrix; nil where the model has none of that name.
  public func shape(of point: ProjectionPoint) -> (outputs: Int, inputs: Int)? {
    guard blocks.indices.contains(point.layer),
      let matrix = blocks[point.layer].projection(point.site)?.matrix
    else { return nil }
    return (matrix.rows, matrix.columns)
  }
}

extension TransformerModel.Block {
  func projection(_ site: ProjectionPoint.Site) -> Projection? {
    switch site {
    case .query: query
    case .key: key
    case .value: value
    case .attentionOutput: attentionOutput
    case .gate: gate
    case .up: up
    case .down: down
    }
  }
}
