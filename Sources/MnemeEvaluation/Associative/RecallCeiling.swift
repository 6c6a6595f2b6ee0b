/// What memories reach on keys without structure, from simulations in NumPy: 64 columns, 32, 64 and 128 pairs, and 32 pairs of which half
/// were given another value.
enum RecallCeiling {
  static func of(_ name: String, load: Double, columns: Int) -> (right: Double?, updated: Double?)?
  {
    guard columns == 64, let place = [0.5, 1, 2].firstIndex(of: load) else { return nil }
    let updated = { (value: Double) in place == 0 ? value : nil }
    switch name {
    case "delta": return ([1, 0.92, 0.53][place], updated(1))
    case "delta rule=sum": return ([1, 1, 0.97][place], updated(0.76))
    case "memory-network", "dnc", "ntm": return (1, updated(1))
    // The nearest of two equal keys is either.
    case "hopfield", "neighbor": return (1, updated(0.74))
    default: return nil
    }
  }
}
