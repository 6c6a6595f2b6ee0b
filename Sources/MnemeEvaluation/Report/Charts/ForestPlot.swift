/// Intervals of differences on one scale, zero marked: a forest plot, a row at a time. Places are in per cent, so that
/// rows are as wide as their column and figures keep their size.
struct ForestPlot {
  private let low: Double
  private let high: Double
  private let direction: Metric.Direction

  /// A scale that holds zero, every mean and every bound.
  init(_ differences: [PairedDifference], direction: Metric.Direction) {
    var values = [0.0]
    for difference in differences {
      values.append(difference.mean)
      if let interval = difference.interval {
        values += [interval.lowerBound, interval.upperBound]
      }
    }
    let finite = values.filter(\.isFinite)
    let smallest = finite.min() ?? 0
    let largest = finite.max() ?? 0
    let span = largest > smallest ? largest - smallest : 1
    low = smallest - span * 0.08
    high = largest + span * 0.08
    self.direction = direction
  }

  /// A row: the better side shaded, the interval as a line, the mean as a mark.
  func row(_ difference: PairedDifference, style: ArmStyle) -> Markup {
    guard difference.mean.isFinite else { return "" }
    var bar: Markup = ""
    if let interval = difference.interval, interval.lowerBound.isFinite,
      interval.upperBound.isFinite
    {
      let a = SVG.percent(x(interval.lowerBound))
      let b = SVG.percent(x(interval.upperBound))
      bar = """
        <g class="whisker"><line x1="\(a)" x2="\(a)" y1="7" y2="17"/>\
        <line x1="\(b)" x2="\(b)" y1="7" y2="17"/><line x1="\(a)" x2="\(b)" y1="12" y2="12"/></g>
        """
    }
    return """
      <svg class="forest \(style.color)" height="24" aria-hidden="true">\(ground)\(bar)\
      \(style.mark(x: x(difference.mean), y: 50, size: 4))</svg>
      """
  }

  /// The scale, for the head of the column.
  func axis(_ metric: Metric) -> Markup {
    let zero = x(0)
    let scale = metric.isShare ? 100.0 : 1
    let all = SVG.ticks(from: low, to: high, count: 3)
    let decimals = SVG.decimals(all.map { $0 * scale })
    let ticks = all.filter { $0 != 0 && abs(x($0) - zero) > 19 }
    let marks = ticks.map { tick -> Markup in
      let place = min(max(x(tick), 11), 89)
      let label = ReportFormat.signed(tick * scale, decimals: decimals)
      return "<text x=\"\(SVG.percent(place))\" y=\"12\" text-anchor=\"middle\">\(label)</text>"
    }
    return """
      <svg class="forest" height="16" aria-hidden="true">\(marks)\
      <text x="\(SVG.percent(zero))" y="12" text-anchor="middle">0</text></svg>
      """
  }

  private var ground: Markup {
    let zero = x(0)
    let start = direction == .higherIsBetter ? zero : 0
    let width = direction == .higherIsBetter ? 100 - zero : zero
    return """
      <rect class="good" x="\(SVG.percent(start))" y="0" width="\(SVG.percent(width))" \
      height="24"/><line class="zero" x1="\(SVG.percent(zero))" x2="\(SVG.percent(zero))" y1="0" \
      y2="24"/>
      """
  }

  /// A place in per cent.
  private func x(_ value: Double) -> Double {
    min(max((value - low) / (high - low), 0), 1) * 100
  }
}
