extension EverydayKind {
  /// Facts about people and animals.
  static let people: [EverydayKind] = [
    EverydayKind(
      name: "landlady", values: .name,
      statements: [
        "so the woman we rent from, she's called {}, lives right underneath us",
        "Our landlady {} came round again about the boiler.",
        "I've to ring {} about the deposit, that's the landlady.",
        "{} owns the place we rent. Nice landlady, really.",
      ],
      corrections: [
        "The house was sold, by the way: our new landlady is {}.",
        "We have a different landlady since May, {}.",
      ],
      questions: ["What's our landlady's name?", "who is my landlady"],
      paraphrases: ["Who do we rent our home from?", "Who owns the place I rent?"],
      lookalikes: ["What are a landlady's duties?"]),
    EverydayKind(
      name: "flatmate", values: .name,
      statements: [
        "I share the flat with a guy called {}, he's hardly ever in",
        "My flatmate {} burnt the pan. Again.",
        "there's two of us in the flat, me and {}",
        "I'm living with {} at the moment, a good flatmate I think. A friend from school.",
      ],
      corrections: [
        "New flatmate as of this week! It's {} now.",
        "My old flatmate left and {} took the room.",
      ],
      questions: ["What is my flatmate called?", "who's my flatmate"],
      paraphrases: ["Who do I share the flat with?", "Who else lives in my flat?"],
      lookalikes: ["How do you find a good flatmate?"]),
    EverydayKind(
      name: "driving instructor", values: .name,
      statements: [
        "{} is teaching me to drive, another lesson today",
        "Got a driving instructor at last, {}. Very patient.",
        "My driving lessons are with {}, I guess I got lucky there.",
        "had my driving lesson, and {} says I brake too late",
      ],
      corrections: [
        "I swapped driving instructors, I'm with {} from today.",
        "My driving instructor retired, so {} has taken over the lessons.",
      ],
      questions: ["Who is my driving instructor?", "What's the name of my driving instructor?"],
      paraphrases: ["Who teaches me to drive?", "Who do I have driving lessons with?"],
      lookalikes: ["What does a driving instructor earn?"]),
    EverydayKind(
      name: "physio", values: .name,
      statements: [
        "my physio, {}, told me to rest the knee for a week",
        "Physio was brutal today, {} doesn't go easy on anyone.",
        "I'm seeing {} for my back, the physio in the high street.",
        "If anyone asks, my physio is Dr. {}.",
      ],
      corrections: [
        "They gave me another physio at the clinic, {} it is now.",
        "I don't see that physio any more; my physio is {} these days.",
      ],
      questions: ["What is my physio's name?", "who's my physio again?"],
      paraphrases: ["Which physiotherapist treats me?", "Who looks after my bad back and knees?"],
      lookalikes: ["What happens at a physio session?"]),
    EverydayKind(
      name: "sister-in-law", values: .name,
      statements: [
        "You'd like my sister-in-law {}, she's hilarious.",
        "{} - my sister-in-law - is staying over Christmas",
        "my sister in law's name is {} if that helps",
        "I promised {}, that's my sister-in-law, I'd help her paint. She hates ladders.",
      ],
      corrections: [
        "My brother remarried, so my sister-in-law is {} now.",
        "I keep getting it wrong: my sister-in-law goes by {}.",
      ],
      questions: ["What is my sister-in-law called?", "What's my sister-in-law's name?"],
      paraphrases: ["Who is married to my brother?", "How do I address my brother's wife?"],
      lookalikes: ["What is the German word for sister-in-law?"]),
    EverydayKind(
      name: "godson", values: .name,
      statements: [
        "I'm godmother to little {}, isn't that sweet?",
        "My godson {} lost his first tooth",
        "bought a kite for my godson, for {}",
        "They named my godson {}. Unusual, but I like it.",
      ],
      corrections: [
        "They settled on another name for my godson after all: {}.",
        "Spelling matters here, my godson is {}.",
      ],
      questions: ["What's the name of my godson?", "who is my godson?"],
      paraphrases: ["Which child am I godmother to?", "For whom did I become a godparent?"],
      lookalikes: ["What gifts does a godson usually get?"]),
    EverydayKind(
      name: "rabbit", values: .name,
      statements: [
        "the bunny answers to {}, well, sometimes",
        "our rabbit {} chewed through my charger. Honestly!",
        "We've got a rabbit in the garden, name's {}.",
        "I called the rabbit {} after an old teacher",
      ],
      corrections: [
        "We renamed the rabbit, {} suits him better.",
        "The rabbit is {} from now on, the kids outvoted me.",
      ],
      questions: ["What's our rabbit's name?", "what is the rabbit called"],
      paraphrases: ["What name did I give the bunny?", "Which name does my bunny answer to?"],
      lookalikes: ["How long does a rabbit live?"]),
    EverydayKind(
      name: "nephew's age",
      values: .words(["six|6", "eight|8", "nine|9", "eleven|11", "twelve|12"]),
      statements: [
        "my nephew's turning {} this weekend",
        "Can't believe my nephew is {} already.",
        "I think my nephew's {}, roughly.",
        "got a nephew, he's {} and football mad",
      ],
      corrections: [
        "My nephew had his birthday: he's {} now.",
        "I checked with his mother and my nephew is {}.",
      ],
      questions: ["How old is my nephew?", "what age is my nephew"],
      paraphrases: [
        "How many candles does my nephew's cake need?", "My nephew is how many years old?",
      ],
      lookalikes: ["At what age do children learn to read?"]),
    EverydayKind(
      name: "partner's job",
      values: .words(["midwife", "welder", "beekeeper", "locksmith", "zookeeper", "florist"]),
      statements: [
        "my partner's a {} and works nights half the month",
        "My partner's a {}, so I know all the stories. Loves the job.",
        "My partner trained as a {} and never looked back.",
        "Well, my partner is a {}, that pays the bills.",
      ],
      corrections: [
        "My partner changed careers and is a {} now.",
        "Big news, my partner quit and has started over as a {}.",
      ],
      questions: ["What is my partner's job?", "what does my partner do?"],
      paraphrases: [
        "How does my partner earn a living?", "What profession does my partner have?",
      ],
      lookalikes: ["How much holiday does a night nurse get?"]),
    EverydayKind(
      name: "grandfather",
      values: .words([
        "Antwerp", "Trieste", "Galway", "Tromso", "Krakow", "Coimbra", "Ghent", "Bruges",
      ]),
      statements: [
        "Grandpa was born in {} if I remember rightly.",
        "my grandfather comes from {}, he still has the accent",
        "Granddad grew up in {} and never stopped talking about it.",
        "The family is from {} on my grandfather's side.",
      ],
      corrections: [
        "I asked mum, and grandpa was actually born in {}.",
        "Found the birth certificate: my grandfather is from {}.",
      ],
      questions: ["Where is my grandfather from?", "where was grandpa born"],
      paraphrases: ["Which town did my granddad come from?", "What are my grandfather's roots?"],
      lookalikes: ["How does a grandfather clock keep time?"]),
  ]
}
