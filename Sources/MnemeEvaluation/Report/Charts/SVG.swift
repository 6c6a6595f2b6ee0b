import Foundation

/// Numbers and scales of drawings.
enum SVG {
  /// A coordinate with at most two decimals.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    var text = String(format: "%.2f", value)
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text == "-0" ? "0" : text
  }

  /// A place in per cent of a drawing that is as wide as the page lets it be.
  static func percent(_ value: Double) -> String { number(value) + "%" }

  /// Round numbers that divide a range, about `count` of them.
  static func ticks(from low: Double, to high: Double, count: Int = 5) -> [Double] {
    guard low.isFinite, high.isFinite, high > low, count > 0 else { return [low] }
    let rough = (high - low) / Double(count)
    let power = pow(10, floor(log10(rough)))
    guard power > 0, power.isFinite else { return [low] }
    let share = rough / power
    let step = power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10)
    let first = (low / step).rounded(.up)
    return (0...(2 * count)).map { (first + Double($0)) * step }.filter { $0 <= high + step * 1e-9 }
  }

  /// The number of decimals that distinguish the ticks.
  static func decimals(_ ticks: [Double]) -> Int {
    guard ticks.count > 1 else { return 2 }
    let step = abs(ticks[1] - ticks[0])
    return step > 0 && step.isFinite ? min(4, max(0, Int((-log10(step) - 1e-9).rounded(.up)))) : 0
  }
}
