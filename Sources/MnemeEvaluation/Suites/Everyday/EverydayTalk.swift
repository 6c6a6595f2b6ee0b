/// What stands between the facts of a life, and questions that concern none of them.
package enum EverydayTalk {
  /// Messages that tell nothing worth keeping, with replies.
  package static let small: [(said: String, reply: String)] = [
    ("morning! sleep ok? i did, sort of", "Good morning! Glad to hear it."),
    ("What a gloomy sky out there.", "Maybe it clears up later."),
    ("ha, that made me laugh", "I am glad it did."),
    ("ok cool, cheers", "Any time."),
    ("Could you make that a bit shorter?", "Of course."),
    ("ugh, so much email this week", "I hope it calms down soon."),
    ("hmm let me think about that", "Take your time."),
    ("brb, someone's at the door", "See you in a moment."),
    ("Right, back to work then.", "Good luck with it."),
    ("wow, did not expect that", "It is surprising, yes."),
    ("Give me a fun fact, will you?", "Honey keeps for centuries."),
    ("never mind, found it", "Good that you did."),
  ]

  /// Requests that concern nobody's life.
  package static let unrelated = [
    "Name two rivers that flow through Asia.",
    "Why do leaves turn brown before they fall?",
    "How do you poach an egg?",
    "Suggest a headline for an article about recycling.",
    "What does the abbreviation UNESCO stand for?",
    "What is the smallest continent?",
    "Put these in order of size: mouse, elephant, cat.",
    "How many minutes are there in three hours?",
    "Write one sentence about autumn.",
    "Who composed The Magic Flute?",
    "What is the opposite of generous?",
    "Explain briefly what a comet is.",
    "Which metal is liquid at room temperature?",
    "Find a rhyme for moon.",
    "What's 17 times 4?",
    "Say goodbye in three languages.",
    "How does a refrigerator stay cold?",
    "Which ocean lies between Africa and Australia?",
    "Make up a riddle about a candle.",
    "What is the freezing point of water in Fahrenheit?",
    "Are spiders insects?",
    "Finish this proverb: a stitch in time",
    "Who was the first emperor of Rome?",
    "What is a haiku?",
  ]

  /// Corrections that only make sense right after what they correct; `{}` is the new value, `()` the old one.
  package static let corrections = [
    "Hang on, I mixed that up. It's {}, not ().",
    "scratch that, {} not ()",
    "Oops, I wrote () but it should say {}.",
    "Wait, wrong! {} is what I wanted to say.",
  ]

  /// Replies to a statement.
  package static let replies = ["Okay.", "Got it.", "Thanks for telling me.", "I see."]
}
