/// Tokens that a memory harmed, left unchanged and helped, as one bar.
enum EffectBar {
  /// The bar; nothing when no token was scored.
  static func html(_ effect: SuiteFigures.TokenEffect) -> Markup {
    let total = effect.harmed + effect.unchanged + effect.helped
    guard total > 0, min(effect.harmed, effect.unchanged, effect.helped) >= 0 else { return "" }
    let width = 180.0
    let harmed = Double(effect.harmed) / Double(total) * width
    let helped = Double(effect.helped) / Double(total) * width
    return """
      <svg class="effect" viewBox="0 0 180 16" preserveAspectRatio="none" aria-hidden="true">\
      <rect class="same" x="0" y="0" width="180" height="16"/>\
      <rect class="harm" x="0" y="0" width="\(SVG.number(harmed))" height="16"/>\
      <rect class="help" x="\(SVG.number(width - helped))" y="0" width="\(SVG.number(helped))" \
      height="16"/></svg>
      """
  }
}
