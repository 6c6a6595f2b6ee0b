/// Messages that concern no fact: the fast weights are held to the plain model's answers to them.
enum UnrelatedPrompts {
  static let all = [
    "What is the tallest mountain on Earth?", "Give me an idea for dinner.", "How do magnets work?",
    "Write two lines about the sea.", "What does a carpenter do?", "Hi there!",
    "Explain what a fraction is.", "Which animals sleep in winter?", "Thank you for your help.",
    "How can I learn to draw?", "Name a famous painter.", "Why does ice float?",
  ]
}
