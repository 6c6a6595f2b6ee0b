/// Words that ask for one and the same thing: "Where do I live?" is about "We moved to Bergen", "What is my job?" about "I
/// work as a nurse". A word may belong to several concepts.
///
/// English, with some words of German, Spanish and French, so that a fact said in one of these languages is found when it
/// is asked for in another.
enum Concepts {
  /// The words of each concept, as stems (`WordSplitter.stems`).
  static let members: [[String]] = table.split(separator: "\n").map { line in
    var seen: Set<String> = []
    return WordSplitter.stems(of: String(line)).filter { seen.insert($0).inserted }
  }

  /// The concepts a word belongs to.
  static let ofWord: [String: [Int]] = {
    var found: [String: [Int]] = [:]
    for (concept, words) in members.enumerated() {
      for word in words { found[word, default: []].append(concept) }
    }
    return found
  }()

  private static let table = """
    live home hometown town city address street house flat apartment reside residence moved move moving lane road wohne wohnst wohnt wohnen lebe vivo vives vive habite habites habitons adresse
    work job works living profession occupation employed employer career working arbeite arbeitest arbeit beruf trabajo trabaja travaille métier
    name called names nickname call heiße heißt heißen llama llamo appelle appelles nombre nom
    kid child children son daughter boy girl baby babies toddler kinder sohn tochter hijo hija enfant fils fille
    wife husband spouse partner fiancé fiancee married marry marriage wedding anniversary engaged frau mann esposa marido mari femme girlfriend boyfriend
    mother mum mom mama mutter madre mère
    father dad papa vater padre père
    parent mother father mum mom dad eltern
    sibling brother sister bruder schwester hermano hermana frère sœur soeur
    cat kitten kitty katze gato gata chat
    dog puppy hund perro chien
    pet cat kitten dog puppy hamster rabbit parrot animal horse haustier
    old age year aged turned young alt jahre edad año año âge ans born
    birthday born birth geburtstag cumpleaño anniversaire party parties
    food eat meal diet dish cuisine vegetarian vegan gluten meat dinner essen comida manger hungry
    hate dislike stand loathe despise
    like love prefer enjoy favourite favorite fav best mag liebe gusta aime
    allergy allergies allergic intolerance intolerant react
    drink tea coffee alcohol beer wine trinke bebo bois beverage
    car drive vehicle auto coche voiture automobile parked park renault
    travel trip flight fly flying plane holiday vacation journey visit reise viaje voyage
    buy purchase shopping shop groceries get
    meeting appointment kickoff schedule scheduled
    phone telephone mobile cell number
    password passcode pin code pw login combination key
    wifi wlan internet router network
    money rent pay cost price expensive salary earn month
    weigh weight kilo kg heavy gewicht
    tall height size metre meter cm m
    doctor dentist physician appointment surgery nurse hospital
    school university study studying thesis degree college student teacher
    language speak speaks sprache idioma langue
    colour color red green blue teal silver black white bleue bleu rot blau azul farbe
    music band instrument play song guitar piano cello oboe violin orchestra
    film movie films cinema
    book novel reading read author wrote
    computer laptop pc operating system os linux windows
    tomorrow plan plans planning planned next todo
    illness sick ill disease condition
    boss manager supervisor chef ceo head lead
    neighbour neighbor neighbours downstairs upstairs
    friend mate buddy pal freund amigo ami
    passport id document papers drawer
    hiking swimming running sport sports exercise hobby hobbies collect
    found founded founder established built
    leave left quit retire retired
    dead die died death passed
    team members member colleague colleagues coworker
    want wish need should must remind reminder
    place where located location room floor building keep kept parked
    time when clock hour date day
    afraid fear scared phobia
    gift present birthday
    starsign zodiac
    glasses eye eyes
    hair haircut
    religion church believe faith
    have has got own i've we've
    from come comes origin country nationality born
    """
}
