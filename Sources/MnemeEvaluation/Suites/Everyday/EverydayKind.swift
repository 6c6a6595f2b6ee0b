/// A kind of fact that people tell about their lives, with the ways it is said and asked for. `{}` is the value.
package struct EverydayKind: Sendable {
  /// Where values come from.
  package enum Values: Sendable {
    /// Given ones; behind a bar stand other words for the same.
    case words([String])
    /// An invented name.
    case name
    /// An invented name of two words.
    case fullName
    /// A number of so many digits.
    case digits(Int)
    /// Two letters, three digits, as on plates and lockers.
    case plate
  }

  /// A label.
  package let name: String
  /// Where values come from.
  package let values: Values
  /// First tellings, in different styles.
  package let statements: [String]
  /// Later messages that give a new value.
  package let corrections: [String]
  /// Questions in plain words.
  package let questions: [String]
  /// Questions in other words than the statements'.
  package let paraphrases: [String]
  /// Questions with words of the fact that concern no fact at all.
  package let lookalikes: [String]
}

/// A value as it is told, and the other words for it.
struct EverydayValue: Equatable {
  /// As it stands in statements.
  let told: String
  /// Every accepted form, the told one first.
  let forms: [String]

  /// A value whose other forms stand behind bars.
  init(_ text: String) {
    forms = text.split(separator: "|").map(String.init)
    told = forms.first ?? text
  }
}

/// Values of one life: none twice, and none of those avoided.
struct EverydayValues {
  private var names: InventedNames
  private var taken: Set<String>

  /// Values that are none of `avoided`.
  init(avoiding avoided: Set<String>) {
    names = InventedNames(avoiding: avoided)
    taken = avoided
  }

  /// A new value for a kind of fact.
  mutating func next(_ values: EverydayKind.Values, _ random: inout SuiteRandom) -> EverydayValue {
    let value =
      switch values {
      case .words(let words):
        // A list that is used up begins again.
        EverydayValue(
          random.shuffled(words).first { taken.isDisjoint(with: EverydayValue($0).forms) }
            ?? random.pick(words))
      case .name: EverydayValue(names.next(&random))
      case .fullName: EverydayValue(names.next(&random) + " " + names.next(&random))
      case .digits(let count): EverydayValue(drawn(&random) { $0.digits(count) })
      case .plate:
        EverydayValue(
          drawn(&random) {
            let letters = Array("BCDFGHJKLMNPRSTVWXZ")
            return "\($0.pick(letters))\($0.pick(letters))\($0.digits(3))"
          })
      }
    taken.formUnion(value.forms)
    return value
  }

  /// The first of up to a thousand draws that is not taken.
  private func drawn(
    _ random: inout SuiteRandom, _ draw: (inout SuiteRandom) -> String
  ) -> String {
    var text = draw(&random)
    for _ in 0..<1000 where taken.contains(text) { text = draw(&random) }
    return text
  }
}
