/// Intervals of differences on one scale, zero marked: a forest plot, a row at a time.
struct ForestPlot {
  private let low: Double
  private let high: Double
  private let direction: Metric.Direction
  private static let width = 180.0

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
      let a = SVG.number(x(interval.lowerBound))
      let b = SVG.number(x(interval.upperBound))
      bar = "<path class=\"whisker\" d=\"M\(a) 7v10M\(b) 7v10M\(a) 12H\(b)\"/>"
    }
    return """
      <svg class="forest \(style.color)" viewBox="0 0 180 24" aria-hidden="true">\(ground(24))\(bar)\
      \(style.mark(x: x(difference.mean), y: 12, size: 4))</svg>
      """
  }

  /// The scale, for the head of the column.
  func axis(_ metric: Metric) -> Markup {
    let zero = x(0)
    let scale = metric.isShare ? 100.0 : 1
    let all = SVG.ticks(from: low, to: high, count: 3)
    let decimals = SVG.decimals(all.map { $0 * scale })
    let ticks = all.filter { $0 != 0 && abs(x($0) - zero) > 34 }
    let marks = ticks.map { tick -> Markup in
      let place = min(max(x(tick), 20), Self.width - 20)
      let label = ReportFormat.signed(tick * scale, decimals: decimals)
      return "<text x=\"\(SVG.number(place))\" y=\"12\" text-anchor=\"middle\">\(label)</text>"
    }
    return """
      <svg class="forest" viewBox="0 0 180 16" aria-hidden="true">\(marks)\
      <text x="\(SVG.number(zero))" y="12" text-anchor="middle">0</text></svg>
      """
  }

  private func ground(_ height: Int) -> Markup {
    let zero = x(0)
    let start = direction == .higherIsBetter ? zero : 0
    let width = direction == .higherIsBetter ? Self.width - zero : zero
    return """
      <rect class="good" x="\(SVG.number(start))" y="0" width="\(SVG.number(width))" \
      height="\(height)"/><path class="zero" d="M\(SVG.number(zero)) 0v\(height)"/>
      """
  }

  private func x(_ value: Double) -> Double {
    min(max((value - low) / (high - low), 0), 1) * Self.width
  }
}
