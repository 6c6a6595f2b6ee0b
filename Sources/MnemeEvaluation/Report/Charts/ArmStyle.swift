/// The appearance of an arm everywhere on the page: a colour, a mark and a line style, so that no chart depends on
/// colour alone.
struct ArmStyle: Sendable, Equatable {
  /// Class that sets the colour.
  var color: String
  /// Dashes of its line; empty for a solid one.
  var dashes: String
  /// The number of its mark, 0 to 5.
  var mark: Int

  /// A style by role; memory arms, of which there may be several, also by their place.
  init(_ arm: ArmDescription, among arms: [ArmDescription]) {
    switch arm.role {
    case .memory:
      let memories = arms.filter { $0.role == .memory }
      let place = memories.firstIndex { $0.name == arm.name } ?? 0
      self.init(color: "c-m\(place % 6 + 1)", dashes: "", mark: place % 6)
    case .detached: self.init(color: "c-d", dashes: "6 3", mark: 4)
    case .wrongMemory: self.init(color: "c-w", dashes: "2 3", mark: 5)
    case .fullContext: self.init(color: "c-f", dashes: "9 3 2 3", mark: 1)
    case .retrieval: self.init(color: "c-r", dashes: "4 2", mark: 2)
    case .randomRetrieval: self.init(color: "c-q", dashes: "1 3", mark: 3)
    }
  }

  private init(color: String, dashes: String, mark: Int) {
    self.color = color
    self.dashes = dashes
    self.mark = mark
  }

  /// The mark at a point, given in per cent of the drawing: it keeps its size however wide the drawing is.
  func mark(x: Double, y: Double, size: Double = 3.6) -> Markup {
    """
    <svg x="\(SVG.percent(x))" y="\(SVG.percent(y))" overflow="visible"><path class="mark" \
    transform="scale(\(SVG.number(size)))" d="\(Self.paths[mark % 6])"/></svg>
    """
  }

  /// The arm's name after its mark.
  func chip(_ name: String) -> Markup {
    """
    <span class="arm \(color)"><svg class="key" viewBox="-2 -2 4 4" aria-hidden="true">\
    <path d="\(Self.paths[mark % 6])"/></svg>\(name)</span>
    """
  }

  /// Circle, square, triangle, diamond, ring and cross within a unit of the origin.
  private static let paths = [
    "M-1 0a1 1 0 1 0 2 0a1 1 0 1 0 -2 0z",
    "M-.9 -.9h1.8v1.8h-1.8z",
    "M0 -1.1L1.05 .85H-1.05z",
    "M0 -1.3L1.2 0L0 1.3L-1.2 0z",
    "M-1.1 0a1.1 1.1 0 1 0 2.2 0a1.1 1.1 0 1 0 -2.2 0zM-.5 0a.5 .5 0 1 1 1 0a.5 .5 0 1 1 -1 0z",
    "M-1.1 -.7L-.7 -1.1L0 -.4L.7 -1.1L1.1 -.7L.4 0L1.1 .7L.7 1.1L0 .4L-.7 1.1L-1.1 .7L-.4 0z",
  ]
}
