extension EverydayKind {
  /// Facts about homes, things, numbers and tastes.
  static let home: [EverydayKind] = [
    EverydayKind(
      name: "town",
      values: .words([
        "Aarhus", "Leuven", "Swansea", "Limerick", "Basel", "Utrecht", "Dundee", "Angers",
      ]),
      statements: [
        "we've settled in {} by now, it feels like home",
        "Greetings from {}, that's where we ended up.",
        "home for us is {}, for better or worse",
        "I'm based in {}, at least for the time being.",
      ],
      corrections: [
        "We packed up and settled in {}.",
        "Home is {} as of this month, the boxes are still everywhere.",
      ],
      questions: ["Which town am I based in?", "where have we settled"],
      paraphrases: ["Where is home for me?", "In what town would you find me?"],
      lookalikes: ["What makes a town a city?"]),
    EverydayKind(
      name: "bike",
      values: .words(["museum", "bakery", "cinema", "town hall", "chapel", "brewery"]),
      statements: [
        "bike's chained up behind the {}",
        "I left my bike at the {}, the chain came off",
        "my bike is still at the {}, I walked home",
        "Had to leave the bike by the {} because of the puncture.",
      ],
      corrections: [
        "I've moved the bike, it's by the {} now.",
        "Someone wheeled my bike over to the {}, so that's where it is.",
      ],
      questions: ["Where's my bike?", "where did I leave the bike"],
      paraphrases: [
        "Where do I have to go to fetch my bicycle?", "Behind what have I put my bicycle?",
      ],
      lookalikes: ["Who invented the bike?"]),
    EverydayKind(
      name: "spare keys",
      values: .words([
        "greengrocer|greengrocer's", "butcher|butcher's", "barber|barber's", "tailor|tailor's",
        "newsagent|newsagent's",
      ]),
      statements: [
        "left the spare keys with the {} on the corner",
        "The {} looks after our spare keys, in case.",
        "our spare keys are at the {}'s, if you wonder",
        "If you get locked out: I gave the {} our spare keys.",
      ],
      corrections: [
        "I took the spare keys back and left them with the {}.",
        "The spare keys are with the {} now, safer there.",
      ],
      questions: ["Who has our spare keys?", "where are the spare keys"],
      paraphrases: [
        "Who could let me in if I'm locked out?", "With whom did I leave a second set of keys?",
      ],
      lookalikes: ["How does a locksmith copy keys?"]),
    EverydayKind(
      name: "bus", values: .digits(2),
      statements: [
        "I take the number {} bus in the mornings",
        "my bus, the {}, was late again",
        "the {} goes right past our door, handy bus",
        "I nearly always get the {} bus, unless I miss it",
      ],
      corrections: [
        "They changed the routes, my bus is the {} now.",
        "I get a different bus since the roadworks, the {}.",
      ],
      questions: ["Which bus do I take?", "what number is my bus"],
      paraphrases: [
        "What line do I ride in the mornings?", "How do I get to work on public transport?",
      ],
      lookalikes: ["When was the first bus built?"]),
    EverydayKind(
      name: "alarm", values: .digits(4),
      statements: [
        "alarm code for the cottage, just so you have it: {}",
        "the cottage alarm is {}, please don't set it off again",
        "You'll need {} for the alarm when you get to the cottage.",
        "it's {} to switch off the alarm at the cottage",
      ],
      corrections: [
        "I reset the cottage alarm, the code is {}.",
        "New alarm code at the cottage as of today: {}.",
      ],
      questions: ["What's the alarm code for the cottage?", "cottage alarm code?"],
      paraphrases: [
        "What do I type in at the cottage to stop the siren?",
        "Which digits disarm the cottage?",
      ],
      lookalikes: ["How loud is a smoke alarm?"]),
    EverydayKind(
      name: "library card", values: .digits(6),
      statements: [
        "my library card no. is {}",
        "they want a card number at the library, mine's {}",
        "Library card: {}. There, now it's written down.",
        "I finally got a library card, it says {} on it",
      ],
      corrections: [
        "Lost it, so the library gave me a new card number, {}.",
        "My library card was replaced, the no. is {}.",
      ],
      questions: ["What's the number of my library card?", "library card no.?"],
      paraphrases: ["Which number do I borrow books under?", "What do I quote to renew my books?"],
      lookalikes: ["Which library is the oldest in Europe?"]),
    EverydayKind(
      name: "van", values: .plate,
      statements: [
        "reg of the van is {}",
        "The van's plates read {}, if the garage asks.",
        "my van? white, number plate {}",
        "they towed my van, {}, from outside the shop",
      ],
      corrections: [
        "The van has got new plates: {}.",
        "I mistyped the reg, the van is {}.",
      ],
      questions: ["What's the reg of my van?", "What is my van's number plate?"],
      paraphrases: [
        "Which registration do I give for the van?", "What letters and digits are on my van?",
      ],
      lookalikes: ["What licence does one need to drive a van?"]),
    EverydayKind(
      name: "car", values: .words(["Fiat", "Volvo", "Mazda", "Peugeot", "Kia", "Subaru"]),
      statements: [
        "traded the old car in for a {}",
        "The car we've gone for in the end is a {}. Good little thing.",
        "my car these days is a {}, second hand",
        "picked up my new car, it's a {}, smells amazing",
      ],
      corrections: [
        "Took that car back and got a {}.",
        "The car died on us, we have a {} now.",
      ],
      questions: ["What make is my car?", "what kind of car have I got"],
      paraphrases: ["Which brand of vehicle do I own?", "What did I trade the old one in for?"],
      lookalikes: ["How does a car battery work?"]),
    EverydayKind(
      name: "rash",
      values: .words(["kiwi|kiwis", "celery", "lobster", "hazelnuts|hazelnut", "mango|mangoes"]),
      statements: [
        "I come out in a rash if I eat {}",
        "no {} for me please, it gives me a rash",
        "Me and {}: never again, I had a rash for days.",
        "my skin goes blotchy from {}, a proper rash",
      ],
      corrections: [
        "The tests are back, what gives me the rash is {}.",
        "Turns out the rash is from {}.",
      ],
      questions: ["What gives me a rash?", "what food brings me out in a rash"],
      paraphrases: ["Which food does my skin react to?", "What must not be in my dinner?"],
      lookalikes: ["How do you soothe a baby's rash?"]),
    EverydayKind(
      name: "pudding",
      values: .words(["trifle", "tiramisu", "rhubarb crumble", "cheesecake", "baklava", "sorbet"]),
      statements: [
        "nothing beats {} for pudding",
        "if there's {} on the menu I'm having it, best pudding there is",
        "I could eat {} every day, that's my kind of pudding",
        "For pudding I'd always pick {}, no contest.",
      ],
      corrections: [
        "I've gone off that pudding, give me {} any day.",
        "New number one pudding: {}.",
      ],
      questions: ["What's my favourite pudding?", "favourite pudding?"],
      paraphrases: ["What should you serve me for dessert?", "Which sweet would I always order?"],
      lookalikes: ["What is black pudding made of?"]),
    EverydayKind(
      name: "order",
      values: .words(["flat white", "cortado", "chai", "hot chocolate", "mint tea"]),
      statements: [
        "my usual at the cafe is a {}",
        "they know me at the cafe, a {} and the paper",
        "I'd have a {}, same as every morning at the cafe",
        "at the cafe it's always a {} for me, boring I know",
      ],
      corrections: [
        "I've changed my usual at the cafe to a {}.",
        "At the cafe I'm on {} these days.",
      ],
      questions: ["What's my usual at the cafe?", "what do I order at the cafe"],
      paraphrases: ["What does the barista make for me?", "Which drink do I have over the paper?"],
      lookalikes: ["How do you open a cafe?"]),
    EverydayKind(
      name: "instrument",
      values: .words(["banjo", "accordion", "bassoon", "harp", "ukulele", "saxophone", "trombone"]),
      statements: [
        "I've been learning the {} since spring, still awful",
        "sorry about the noise, I was practising the {}",
        "I play a bit of {}, only for myself",
        "The neighbours don't like it when I play the {}. I practise anyway.",
      ],
      corrections: [
        "Sold it, so I'm practising the {} instead.",
        "I've swapped instruments, I play the {} now.",
      ],
      questions: ["Which instrument do I play?", "what am i practising"],
      paraphrases: ["What do the neighbours hear me play?", "On what do I make music?"],
      lookalikes: ["What is the loudest instrument in an orchestra?"]),
    EverydayKind(
      name: "sport",
      values: .words(["fencing", "rowing", "judo", "badminton", "curling", "archery"]),
      statements: [
        "Sundays I'm at {} practice",
        "I joined a {} club last winter, best decision ever",
        "sore all over, my {} club met last night",
        "I do {} to keep fit, more or less every week.",
      ],
      corrections: [
        "I left that club, it's {} I do now.",
        "Different club, different sport: {} since March.",
      ],
      questions: ["What sport do I do?", "which sports club am I in"],
      paraphrases: ["How do I keep fit?", "What do I train for on Sundays?"],
      lookalikes: ["Which sport burns the most calories?"]),
    EverydayKind(
      name: "given up",
      values: .words(["crisps", "sugar", "fizzy drinks", "chocolate", "red meat"]),
      statements: [
        "I don't touch {} any more, gave it all up at New Year",
        "I've given up {}, day forty today",
        "no more {} for me, I quit",
        "Haven't had any {} since I gave up in spring. Not missing it.",
      ],
      corrections: [
        "I meant something else there: what I gave up is {}.",
        "Well, I took that up again. What I've given up now is {}.",
      ],
      questions: ["What have I given up?", "what did I quit"],
      paraphrases: ["Which habit did I drop?", "What do I stay away from these days?"],
      lookalikes: ["Why is it hard to quit a habit?"]),
    EverydayKind(
      name: "never learned",
      values: .words([
        "swim|swimming", "whistle|whistling", "skate|skating", "ski|skiing", "juggle|juggling",
      ]),
      statements: [
        "I never learned to {}, I'm a bit ashamed of it",
        "I can't {}, never could",
        "Funny, but I don't know how to {}. Nobody taught me.",
        "I'm the only one at home who can't {}",
      ],
      corrections: [
        "I took lessons and got it at last. The thing I still can't do is {}.",
        "Let me put that right: what I can't do is {}.",
      ],
      questions: ["What did I never learn to do?", "what can't I do"],
      paraphrases: ["Which skill do I lack?", "What would somebody have to teach me?"],
      lookalikes: ["At what age is it too late to learn the violin?"]),
    EverydayKind(
      name: "hall colour",
      values: .words(["ochre", "turquoise", "crimson", "lilac", "mustard", "navy"]),
      statements: [
        "we're painting the hall {}, finally agreed on something",
        "the hall's going to be {}, paint's bought",
        "After a long fight: {} for the hall.",
        "I reckon {} will look lovely in the hall, so that's what we'll paint it",
      ],
      corrections: [
        "It looked awful, so the hall will be {} after all.",
        "We went back to the shop, it's {} paint for the hall.",
      ],
      questions: ["What colour are we painting the hall?", "which colour for the hall"],
      paraphrases: ["What shade did we pick for the hallway?", "Which tin of paint did we get?"],
      lookalikes: ["What colour was the Parthenon once?"]),
    EverydayKind(
      name: "tortoise",
      values: .words(["attic", "cellar", "greenhouse", "laundry room", "porch", "larder"]),
      statements: [
        "the tortoise spends the winter in the {}",
        "We moved the tortoise into the {}, it's cooler there.",
        "if you're looking for the tortoise, try the {}",
        "the tortoise is asleep in the {} till spring, so keep it quiet",
      ],
      corrections: [
        "Too damp in there, so the tortoise is in the {} now.",
        "We carried the tortoise over to the {}.",
      ],
      questions: ["Where's the tortoise?", "where does our tortoise sleep"],
      paraphrases: ["Where did we put our pet for the winter?", "In which room is my reptile?"],
      lookalikes: ["How old can a tortoise get?"]),
  ]
}
