import Foundation

/// Lines over a shared axis, with a table of the same figures below.
///
/// Places are in per cent of the drawing, which is as wide as the page: lines stretch, while text, marks and strokes keep
/// their size.
struct LineChart {
  /// One line.
  struct Series {
    var name: String
    var style: ArmStyle
    /// One value per point of the chart; `nil` leaves a gap.
    var values: [Double?]
  }

  /// What it shows.
  var title: String
  var xLabel: String
  var yLabel: String
  /// Places of the points, ascending.
  var x: [Double]
  /// Names of the points, for the table and the readout.
  var names: [String]
  /// Names of the points along the axis; `nil` writes round numbers.
  var axisNames: [String]?
  var series: [Series]
  /// A value in words.
  var text: (Double?) -> String
  /// A value on the axis; decimals follow from the axis unless given.
  var tickText: ((Double) -> String)?
  /// Ratio of the largest to the smallest value from which the axis is logarithmic.
  var logarithmicFrom = Double.infinity
  /// Heading of the first column of the table.
  var corner: String
  /// Further columns of the table, after the names.
  var counts: (heading: String, values: [Int])?

  /// The chart with legend, readout and table; nothing when there is no value.
  func html(id: String) -> Markup {
    guard let scale = Scale(series.flatMap(\.values), logarithmicFrom: logarithmicFrom),
      !x.isEmpty
    else { return "" }
    let legend = series.map { line -> Markup in "<li>\(line.style.chip(line.name))</li>" }
    let at = places.map(SVG.number).joined(separator: " ")
    return """
      <figure class="chart" id="\(id)">
      <figcaption>\(title)\(scale.isLogarithmic ? " (logarithmic axis)" : "")</figcaption>
      <ul class="legend">\(legend)</ul>
      <p class="unit" aria-hidden="true">\(yLabel)</p>
      <div class="plot" data-at="\(at)">
      <svg role="img" aria-label="\(title): \(yLabel) over \(xLabel); the table below has the \
      figures">
      \(grid(scale))\(axis)\(series.map { line($0, scale) })
      <line class="cursor" x1="0" x2="0" y1="0" y2="100%" visibility="hidden"/></svg></div>
      <p class="readout js" aria-hidden="true">Point at the chart, or use the arrow keys on it.</p>
      <details><summary>Figures of this chart</summary>
      \(table.html)</details></figure>

      """
  }

  private var table: DataTable {
    var columns: [(Markup, String)] = series.map { ($0.style.chip($0.name), "n") }
    if let counts { columns.insert(("\(counts.heading)", "n count"), at: 0) }
    let rows = names.indices.map { index -> (Markup, [DataTable.Cell]) in
      var cells = series.map { line in
        DataTable.Cell("\(text(line.values.indices.contains(index) ? line.values[index] : nil))")
      }
      if let counts, counts.values.indices.contains(index) {
        cells.insert(DataTable.Cell("\(ReportFormat.count(counts.values[index]))"), at: 0)
      }
      return ("\(names[index])", cells)
    }
    return DataTable(
      caption: "\(title), \(yLabel)", hidesCaption: true, corner: "\(corner)", columns: columns,
      rows: rows)
  }

  /// Places of the points, in per cent.
  private var places: [Double] {
    guard let first = x.first, let last = x.last, last > first else { return x.map { _ in 50 } }
    let inset = axisNames == nil ? 1.5 : 6
    return x.map { inset + ($0 - first) / (last - first) * (100 - 2 * inset) }
  }

  private func y(_ value: Double, _ scale: Scale) -> Double { 100 * (1 - scale.share(value)) }

  private func grid(_ scale: Scale) -> Markup {
    let ticks = scale.ticks
    let decimals = SVG.decimals(ticks)
    return Markup(
      ticks.map { tick -> Markup in
        let y = SVG.percent(y(tick, scale))
        let label = tickText?(tick) ?? ReportFormat.number(tick, decimals: decimals)
        return """
          <line class="grid" x1="0" x2="100%" y1="\(y)" y2="\(y)"/>\
          <text class="tick" x="-8" y="\(y)" dy=".35em" text-anchor="end">\(label)</text>

          """
      })
  }

  private var axis: Markup {
    var labels: [(Double, String)] = []
    let places = places
    if let axisNames {
      let step = max(1, (axisNames.count + 9) / 10)
      for index in stride(from: 0, to: min(axisNames.count, places.count), by: step) {
        labels.append((places[index], axisNames[index]))
      }
    } else if let first = x.first, let last = x.last, let start = places.first,
      let end = places.last
    {
      for tick in SVG.ticks(from: first, to: last, count: 6) where tick >= first {
        let share = last > first ? (tick - first) / (last - first) : 0
        labels.append((start + share * (end - start), ReportFormat.count(Int(tick))))
      }
    }
    // Every second one gives way where there is no room for all, sooner where they are many.
    let gives = labels.count > 7 ? " dense" : " second"
    let texts = labels.enumerated().map { index, label -> Markup in
      """
      <text class="tick\(index % 2 == 1 ? gives : "")" x="\(SVG.percent(label.0))" y="100%" \
      dy="1.5em" text-anchor="middle">\(label.1)</text>

      """
    }
    return """
      <line class="base" x1="0" x2="100%" y1="100%" y2="100%"/>
      \(texts)<text class="axis" x="50%" y="100%" dy="3.1em" text-anchor="middle">\(xLabel)</text>

      """
  }

  private func line(_ series: Series, _ scale: Scale) -> Markup {
    var path = ""
    var marks: [Markup] = []
    var isDown = false
    let places = places
    let every = max(1, (places.count + 11) / 12)
    for (index, place) in places.enumerated() {
      guard series.values.indices.contains(index), let value = series.values[index],
        value.isFinite, scale.holds(value)
      else {
        isDown = false
        continue
      }
      let y = y(value, scale)
      path += "\(isDown ? "L" : "M")\(SVG.number(place)) \(SVG.number(y))"
      isDown = true
      if index % every == 0 || index == places.count - 1 {
        marks.append(series.style.mark(x: place, y: y))
      }
    }
    return """
      <g class="\(series.style.color)"><svg viewBox="0 0 100 100" preserveAspectRatio="none" \
      overflow="visible"><path class="line" vector-effect="non-scaling-stroke" stroke-dasharray="\
      \(series.style.dashes.isEmpty ? "none" : series.style.dashes)" d="\(path)"/></svg>\(marks)</g>

      """
  }
}

extension LineChart {
  /// Values to heights.
  struct Scale {
    var low: Double
    var high: Double
    var isLogarithmic: Bool

    /// A scale that holds every finite value; `nil` without one.
    init?(_ values: [Double?], logarithmicFrom ratio: Double) {
      let finite = values.compactMap { $0 }.filter(\.isFinite)
      guard let smallest = finite.min(), let largest = finite.max() else { return nil }
      let positive = finite.filter { $0 > 0 }.min() ?? 0
      isLogarithmic = smallest >= 0 && positive > 0 && largest / positive >= ratio
      if isLogarithmic {
        low = pow(10, floor(log10(positive)))
        high = pow(10, ceil(log10(largest)))
        if high <= low { high = low * 10 }
        return
      }
      let pad = max((largest - smallest) * 0.06, max(abs(largest) * 0.01, 1e-9))
      low = smallest >= 0 && smallest < 0.4 * largest ? 0 : smallest - pad
      high = largest + pad
    }

    /// Whether a value can be drawn.
    func holds(_ value: Double) -> Bool { !isLogarithmic || value > 0 }

    /// Height of a value, 0 to 1.
    func share(_ value: Double) -> Double {
      isLogarithmic
        ? (log10(value) - log10(low)) / (log10(high) - log10(low)) : (value - low) / (high - low)
    }

    var ticks: [Double] {
      guard isLogarithmic else { return SVG.ticks(from: low, to: high) }
      let first = Int(log10(low).rounded())
      let last = Int(log10(high).rounded())
      return first <= last ? (first...min(last, first + 20)).map { pow(10, Double($0)) } : [low]
    }
  }
}
