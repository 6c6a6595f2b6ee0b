extension EverydayKind {
  /// Facts about jobs, learning and plans.
  static let work: [EverydayKind] = [
    EverydayKind(
      name: "job",
      values: .words([
        "plasterer", "librarian", "radiographer", "glazier", "bookbinder", "roofer", "translator",
      ]),
      statements: [
        "I make my living as a {}, have done for ages",
        "I'm a {} by trade.",
        "what I do for a crust is nothing glamorous, I'm a {}",
        "Been a {} since I left school, give or take a year.",
      ],
      corrections: [
        "I've retrained, so these days I'm a {}.",
        "I handed in my notice and I'm a {} from now on.",
      ],
      questions: ["What's my profession?", "what am i by trade"],
      paraphrases: ["How do I make my living?", "Which trade did I go into?"],
      lookalikes: ["What professions will robots take over?"]),
    EverydayKind(
      name: "employer", values: .fullName,
      statements: [
        "started at {} three weeks ago, still learning the ropes",
        "I'm on the payroll of {}, a small firm out by the canal.",
        "{} hired me in spring and it's been great",
        "My employer is a company by the name of {}.",
      ],
      corrections: [
        "I've left that firm, my employer is {} now.",
        "The firm I'm with was bought and is called {} since.",
      ],
      questions: ["Who is my employer?", "What's the firm I'm employed by?"],
      paraphrases: ["Whose payroll am I on?", "Which company hired me?"],
      lookalikes: ["What must an employer put in a contract?"]),
    EverydayKind(
      name: "studies",
      values: .words([
        "geology", "astronomy", "Latin", "forestry", "economics", "botany", "linguistics",
      ]),
      statements: [
        "I studied {} at uni, not that I ever used it",
        "my degree's in {}",
        "Three years of {} at university and I still can't explain it. Good fun, though.",
        "I read {} at university back in the day",
      ],
      corrections: [
        "I switched courses, my degree will be in {}.",
        "I should be precise: what I studied was {}.",
      ],
      questions: ["What did I study?", "what is my degree in"],
      paraphrases: ["Which subject did I read at university?", "What was my course at uni?"],
      lookalikes: ["How long does a degree take in Scotland?"]),
    EverydayKind(
      name: "language",
      values: .words(["Finnish", "Welsh", "Korean", "Dutch", "Turkish", "Basque", "Polish"]),
      statements: [
        "I'm trying to pick up some {}, ten minutes a day",
        "evening class tonight: learning {}, my second term",
        "I have been learning {} since January, slowly.",
        "doing a {} language course online, the grammar's killing me",
      ],
      corrections: [
        "I gave that course up and switched to {}.",
        "Different language for me now: I'm learning {}.",
      ],
      questions: ["Which language am I learning?", "what language do I study in the evenings"],
      paraphrases: ["Which foreign tongue am I picking up?", "What is my language course about?"],
      lookalikes: ["Which language has the most speakers?"]),
    EverydayKind(
      name: "floor",
      values: .words(["third|3rd", "fourth|4th", "sixth|6th", "eighth|8th", "ninth|9th"]),
      statements: [
        "they've put my desk up on the {} floor, lovely view",
        "I sit on the {} floor, next to the copier.",
        "My desk's on the {} floor, I believe, at least until spring.",
        "the lift's broken and my desk is on the {} floor",
      ],
      corrections: [
        "They shuffled us around, my desk is on the {} floor now.",
        "My desk went up in the world: {} floor since today.",
      ],
      questions: ["On which floor is my desk?", "what floor do I sit on"],
      paraphrases: [
        "How high up do I sit at work?", "To which storey do I have to climb to my desk?",
      ],
      lookalikes: ["How do you clean a wooden floor?"]),
    EverydayKind(
      name: "vet", values: .words(["Monday", "Tuesday", "Wednesday", "Thursday", "Saturday"]),
      statements: [
        "the vet wants to see the dog on {}",
        "Vet's on {}, poor old dog.",
        "I managed to get a slot at the vet for {}",
        "note to self, {} is the vet",
      ],
      corrections: [
        "The vet rang, they can only do {}.",
        "Change of plan, the vet is {} instead.",
      ],
      questions: ["When is the vet?", "what day do we have to be at the vet's"],
      paraphrases: ["Which day is the dog being looked at?", "When will someone examine my dog?"],
      lookalikes: ["How many years does a vet train?"]),
    EverydayKind(
      name: "theory test", values: .words(["January", "February", "June", "August", "November"]),
      statements: [
        "I'm sitting my theory test in {}",
        "theory test's booked for {}. Nervous already",
        "If all goes well I take the theory test in {}.",
        "They gave me a date in {} for the theory test, finally.",
      ],
      corrections: [
        "The theory test was put back to {}.",
        "I couldn't make that date, so the theory test is in {}.",
      ],
      questions: ["In which month is my theory test?", "when am I sitting the theory test"],
      paraphrases: [
        "By what month do I need to know my road signs?", "When do I get tested on theory?",
      ],
      lookalikes: ["What is string theory?"]),
    EverydayKind(
      name: "trip",
      values: .words([
        "Seville", "Tallinn", "Riga", "Palermo", "Salzburg", "Valencia", "Gdansk", "Bologna",
      ]),
      statements: [
        "off to {} for a long weekend in October",
        "We've booked {} for the long weekend! Just the two of us.",
        "thinking of {} for our weekend away, well, it's as good as booked",
        "our weekend away is going to be {}, can't wait",
      ],
      corrections: [
        "Flights were silly money, so our weekend away is {} instead.",
        "We rebooked the long weekend: it's {} now.",
      ],
      questions: ["Where's our weekend away?", "where are we going for the long weekend"],
      paraphrases: [
        "Which city did I book for October?", "What is the destination of our short break?",
      ],
      lookalikes: ["What should one pack for a city break?"]),
    EverydayKind(
      name: "gift",
      values: .words(["telescope", "teapot", "hammock", "raincoat", "cookbook", "record player"]),
      statements: [
        "I'm getting dad a {} for Christmas, don't tell him",
        "dad's present is sorted: a {}",
        "Ordered a {} for dad for Christmas. He has dropped enough hints.",
        "I've hidden dad's {} in the wardrobe till Christmas Eve",
      ],
      corrections: [
        "Sold out! So dad's present is a {} instead.",
        "I returned dad's present and bought a {}.",
      ],
      questions: ["What am I giving dad for Christmas?", "what's dad's present"],
      paraphrases: ["Which gift did I choose for my father?", "What will my father unwrap?"],
      lookalikes: ["Where does the custom of Christmas presents come from?"]),
    EverydayKind(
      name: "wedding", values: .words(["barn", "castle", "lighthouse", "boathouse", "vineyard"]),
      statements: [
        "my cousin's wedding is in a {}, of all places",
        "So the wedding of my cousin will be held in a {}.",
        "my cousin's getting married in a {}! very fancy",
        "They hired a {} for my cousin's wedding, or so I hear.",
      ],
      corrections: [
        "The venue fell through; my cousin's wedding will be in a {}.",
        "My cousin found somewhere else for the wedding, a {}.",
      ],
      questions: ["Where is my cousin's wedding?", "where's my cousin getting married"],
      paraphrases: [
        "What sort of venue will my cousin marry in?",
        "What place did my cousin hire for the big day?",
      ],
      lookalikes: ["Why do brides wear white at a wedding?"]),
    EverydayKind(
      name: "parcel", values: .words(["kettle", "doormat", "lampshade", "toaster", "bookshelf"]),
      statements: [
        "I'm waiting in for a parcel, it's the {} I ordered",
        "still no sign of the parcel with my {}. It was due days ago!",
        "the parcel that's coming is a {}, careful with it",
        "Someone has to sign for the parcel with the {}.",
      ],
      corrections: [
        "They sent the wrong thing, the parcel that's coming now is a {}.",
        "I cancelled that order; the parcel will be a {}.",
      ],
      questions: ["What's in the parcel I'm waiting for?", "what is my parcel"],
      paraphrases: [
        "Which item is about to be delivered to me?", "What should the courier bring me?",
      ],
      lookalikes: ["How is a parcel sorted at the post office?"]),
  ]
}
