import MemoryModules

/// Short ways to the parts of a memory under test.
extension NeuralMemory {
  /// The trainer of its only part, the text part's where there are two.
  var trainer: NeuralTrainer {
    get {
      guard let trainer = text?.trainer ?? wired?.trainer else {
        preconditionFailure("a neural memory of no parts")
      }
      return trainer
    }
    set {
      if let text { text.trainer = newValue } else { wired?.trainer = newValue }
    }
  }

  /// The text part's losses.
  var objective: NeuralObjective {
    guard let text else { preconditionFailure("a neural memory that learns no texts") }
    return text.objective
  }
}
