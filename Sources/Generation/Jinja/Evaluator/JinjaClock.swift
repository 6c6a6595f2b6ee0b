import Foundation

/// The clock of a template, for the function `strftime_now`.
package struct JinjaClock: Sendable {
  /// Year, month (1-12), day, hour, minute, second, day of the week (0 is Sunday), day of the year (1-366).
  package struct Moment: Sendable {
    package var year = 1970
    package var month = 1
    package var day = 1
    package var hour = 0
    package var minute = 0
    package var second = 0
    package var weekday = 4
    package var yearDay = 1

    package init() {}
  }

  /// The local time.
  package var now: @Sendable () -> Moment

  package init(now: @escaping @Sendable () -> Moment) { self.now = now }

  /// The computer's clock and time zone.
  package static let system = JinjaClock {
    var seconds = time(nil)
    var parts = tm()
    localtime_r(&seconds, &parts)
    var moment = Moment()
    moment.year = Int(parts.tm_year) + 1900
    moment.month = Int(parts.tm_mon) + 1
    moment.day = Int(parts.tm_mday)
    moment.hour = Int(parts.tm_hour)
    moment.minute = Int(parts.tm_min)
    moment.second = Int(parts.tm_sec)
    moment.weekday = Int(parts.tm_wday)
    moment.yearDay = Int(parts.tm_yday) + 1
    return moment
  }

  private static let days = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]

  /// The time in a form such as `%d %b %Y`, in English; nil for a form with other letters after a percent sign.
  func text(_ form: String) -> String? {
    let moment = now()
    var result = ""
    var rest = form[...]
    while let character = rest.popFirst() {
      guard character == "%" else {
        result.append(character)
        continue
      }
      var isPlain = false
      if rest.first == "-" {
        isPlain = true
        rest = rest.dropFirst()
      }
      guard let letter = rest.popFirst(), let part = Self.part(letter, of: moment, isPlain) else {
        return nil
      }
      result += part
    }
    return result
  }

  private static func part(_ letter: Character, of moment: Moment, _ isPlain: Bool) -> String? {
    func number(_ value: Int, _ width: Int = 2) -> String {
      let digits = String(value)
      return isPlain ? digits : String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let day = days[max(0, min(6, moment.weekday))]
    let month = months[max(1, min(12, moment.month)) - 1]
    switch letter {
    case "Y": return String(moment.year)
    case "y": return number(moment.year % 100)
    case "m": return number(moment.month)
    case "d": return number(moment.day)
    case "H": return number(moment.hour)
    case "I": return number((moment.hour + 11) % 12 + 1)
    case "M": return number(moment.minute)
    case "S": return number(moment.second)
    case "j": return number(moment.yearDay, 3)
    case "p": return moment.hour < 12 ? "AM" : "PM"
    case "A": return day
    case "a": return String(day.prefix(3))
    case "B": return month
    case "b", "h": return String(month.prefix(3))
    case "w": return String(moment.weekday)
    case "F": return "\(moment.year)-\(number(moment.month))-\(number(moment.day))"
    case "T": return "\(number(moment.hour)):\(number(moment.minute)):\(number(moment.second))"
    case "R": return "\(number(moment.hour)):\(number(moment.minute))"
    case "%": return "%"
    default: return nil
    }
  }
}
