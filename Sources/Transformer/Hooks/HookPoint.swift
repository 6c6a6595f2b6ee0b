/// A named place in the forward pass, with TransformerLens's names.
///
/// | name | activation, per token | columns |
/// |---|---|---|
/// | `hook_embed` | token embedding | width |
/// | `blocks.i.hook_resid_pre` / `_mid` / `_post` | residual stream before attention, between, after the feed-forward | width |
/// | `blocks.i.ln1.hook_normalized` / `ln2` | input of attention / of the feed-forward, after its norm | width |
/// | `blocks.i.attn.hook_q` / `_k` / `_v` | before RoPE | heads x head dimension (key/value heads for k, v) |
/// | `blocks.i.attn.hook_rot_q` / `_rot_k` | after RoPE | as above |
/// | `blocks.i.hook_attn_out`, `blocks.i.hook_mlp_out` | what a sub-layer adds | width |
/// | `ln_final.hook_normalized` | input of the output matrix | width |
/// | `hook_logits` | logits of the selected rows | vocabulary |
///
/// Unlike in TransformerLens, `hook_normalized` includes the norm's weight: it is the input of the next matrix.
public struct HookPoint: NamedPlace {
  /// The kinds of places.
  public enum Site: String, Sendable, Codable, CaseIterable {
    case embed = "hook_embed"
    case residPre = "hook_resid_pre"
    case ln1 = "ln1.hook_normalized"
    case q = "attn.hook_q"
    case k = "attn.hook_k"
    case v = "attn.hook_v"
    case rotQ = "attn.hook_rot_q"
    case rotK = "attn.hook_rot_k"
    case attnOut = "hook_attn_out"
    case residMid = "hook_resid_mid"
    case ln2 = "ln2.hook_normalized"
    case mlpOut = "hook_mlp_out"
    case residPost = "hook_resid_post"
    case lnFinal = "ln_final.hook_normalized"
    case logits = "hook_logits"

    var isInBlock: Bool { self != .embed && self != .lnFinal && self != .logits }
  }

  /// The kind of place.
  public let site: Site
  /// The block, nil for places outside the blocks.
  public let layer: Int?

  private init(_ site: Site, _ layer: Int?) {
    self.site = site
    self.layer = layer
  }

  /// The token embeddings.
  public static let embed = HookPoint(.embed, nil)
  /// The input of the output matrix.
  public static let lnFinal = HookPoint(.lnFinal, nil)
  /// The logits.
  public static let logits = HookPoint(.logits, nil)

  /// A place inside block `layer`.
  public static func block(_ layer: Int, _ site: Site) -> HookPoint {
    precondition(site.isInBlock, "\(site.rawValue) is not inside a block")
    return HookPoint(site, layer)
  }

  /// The point of that name, or nil when there is none of it.
  public init?(_ name: String) {
    if let site = Site(rawValue: name), !site.isInBlock {
      self.init(site, nil)
      return
    }
    guard let place = Self.inBlock(name), let site = Site(rawValue: place.site), site.isInBlock
    else { return nil }
    self.init(site, place.layer)
  }

  /// The full name.
  public var name: String {
    layer.map { "blocks.\($0).\(site.rawValue)" } ?? site.rawValue
  }

  /// The values per token at this point.
  public func columns(in configuration: TransformerConfiguration) -> Int {
    switch site {
    case .q, .rotQ: configuration.headCount * configuration.headDimension
    case .k, .v, .rotK: configuration.keyValueHeadCount * configuration.headDimension
    case .logits: configuration.vocabularySize
    default: configuration.width
    }
  }

  /// Whether a model of this configuration has the point.
  public func exists(in configuration: TransformerConfiguration) -> Bool {
    layer.map { $0 < configuration.layerCount } ?? true
  }

  /// Every point of a model, in the order of the forward pass.
  public static func all(for configuration: TransformerConfiguration) -> [HookPoint] {
    let inside = Site.allCases.filter(\.isInBlock)
    return [.embed]
      + (0..<configuration.layerCount).flatMap { layer in inside.map { HookPoint($0, layer) } }
      + [.lnFinal, .logits]
  }

  /// The points whose names match a pattern of literal text, `*` (anything) and `?` (one character); several patterns
  /// may be joined by commas.
  public static func matching(
    glob: String, for configuration: TransformerConfiguration
  ) -> [HookPoint] {
    let patterns = glob.split(separator: ",").map { Array($0.utf8) }
    return all(for: configuration).filter { point in
      patterns.contains { globMatches($0[...], Array(point.name.utf8)[...]) }
    }
  }
}

/// Whether `text` matches `pattern`; linear in the text for each star.
private func globMatches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
  var p = pattern.startIndex
  var t = text.startIndex
  var star: (p: Int, t: Int)?
  while t < text.endIndex {
    if p < pattern.endIndex, pattern[p] == UInt8(ascii: "*") {
      star = (p, t)
      p += 1
    } else if p < pattern.endIndex, pattern[p] == text[t] || pattern[p] == UInt8(ascii: "?") {
      p += 1
      t += 1
    } else if let last = star {
      star = (last.p, last.t + 1)
      p = last.p + 1
      t = last.t + 1
    } else {
      return false
    }
  }
  return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
}
